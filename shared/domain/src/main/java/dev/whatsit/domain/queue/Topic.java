package dev.whatsit.domain.queue;

/** Where messages are put, to be delivered to the functions that take them. */
public enum Topic {
  /** Images to be classified, each a {@link WorkMessage}. */
  WORK("WORK_TOPIC"),
  /** Ends of work, each a {@link dev.whatsit.domain.callback.ResultMessage}. */
  RESULTS("RESULTS_TOPIC"),
  /** Items of batches to be fetched, each a {@link dev.whatsit.domain.batch.FetchMessage}. */
  FETCHES("FETCH_TOPIC"),
  /** Messages that cannot be worked on, each a {@link DeadLetterMessage}. */
  DEAD_LETTERS("DEAD_LETTER_TOPIC");

  private final String setting;

  Topic(String setting) {
    this.setting = setting;
  }

  /** The setting that names the topic where topics have names of their own. */
  public String setting() {
    return setting;
  }
}
