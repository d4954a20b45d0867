package dev.whatsit.local.dispatch;

/** What events are about, and who gets them. */
public enum Topic {
  /** Images to be classified. */
  WORK("work", "classify"),
  /** The same, to make thumbnails of. */
  THUMBNAILS("work", "thumbnail"),
  /** Messages that were given up. */
  DEAD_LETTERS("dead-letters", "dead-letter"),
  /** Ends of work that somebody waits for. */
  RESULTS("results", "notify"),
  /** Ends of images that batches may wait for. */
  PROGRESS("results", "progress"),
  /** Open items of batches. */
  FETCHES("fetches", "fetch");

  private final String word;
  private final String function;

  Topic(String word, String function) {
    this.word = word;
    this.function = function;
  }

  /** The function that gets them, which is the subscription's name too. */
  String function() {
    return function;
  }

  /** Whether who gets them claims the image's record, which then holds the message. */
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
