package dev.whatsit.local.dispatch;

/** The topics of the embedded queue, each with the function that receives its messages. */
public enum Topic {
  /** Images to classify. */
  WORK("work", "classify"),
  /** The same messages, to create thumbnails. */
  THUMBNAILS("work", "thumbnail"),
  /** Messages that failed too often or cannot be read. */
  DEAD_LETTERS("dead-letters", "dead-letter"),
  /** Completion events, to notify subscribers. */
  RESULTS("results", "notify"),
  /** Completion events, to update batches. */
  PROGRESS("results", "progress"),
  /** Open batch items. */
  FETCHES("fetches", "fetch");

  private final String word;
  private final String function;

  Topic(String word, String function) {
    this.word = word;
    this.function = function;
  }

  /** The function that receives the messages; also the name of the subscription. */
  String function() {
    return function;
  }

  /**
   * Whether a lease on the image's record with the id of a message means that the function is
   * processing it. False for thumbnail: it gets classify's messages, but claims no record.
   */
  boolean isClaimed() {
    return this != THUMBNAILS;
  }

  String source() {
    return "//pubsub.googleapis.com/projects/local/topics/" + word;
  }

  String subscription() {
    return "projects/local/subscriptions/" + function;
  }
}
