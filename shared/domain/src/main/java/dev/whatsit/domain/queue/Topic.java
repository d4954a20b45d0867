package dev.whatsit.domain.queue;

/** The topics to which messages are published. */
public enum Topic {
  /** Images to classify, each a {@link WorkMessage}. */
  WORK("WORK_TOPIC"),
  /** Completion events, each a {@link dev.whatsit.domain.callback.ResultMessage}. */
  RESULTS("RESULTS_TOPIC"),
  /** Batch items to process, each a {@link dev.whatsit.domain.batch.FetchMessage}. */
  FETCHES("FETCH_TOPIC"),
  /** Messages that cannot be processed, each a {@link DeadLetterMessage}. */
  DEAD_LETTERS("DEAD_LETTER_TOPIC");

  private final String setting;

  Topic(String setting) {
    this.setting = setting;
  }

  /** The setting with the topic's name, on platforms where topics have configurable names. */
  public String setting() {
    return setting;
  }
}
