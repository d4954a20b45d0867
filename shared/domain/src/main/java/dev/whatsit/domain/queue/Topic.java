package dev.whatsit.domain.queue;

/** Where messages are put, to be delivered to the functions that take them. */
public enum Topic {
  /** Images to be classified, as {@link WorkMessage} writes them. */
  WORK("WORK_TOPIC", "dev.whatsit.work.v1"),
  /** Ends of work, as the results queue writes them. */
  RESULTS("RESULTS_TOPIC", "dev.whatsit.result.v1"),
  /** Items of batches to be fetched. */
  FETCHES("FETCH_TOPIC", "dev.whatsit.fetch.v1"),
  /** Messages that cannot be worked on. */
  DEAD_LETTERS("DEAD_LETTER_TOPIC", "dev.whatsit.dead-letter.v1");

  private final String setting;
  private final String eventType;

  Topic(String setting, String eventType) {
    this.setting = setting;
    this.eventType = eventType;
  }

  /** The setting that names the topic where topics have names of their own. */
  public String setting() {
    return setting;
  }

  /** The type of its messages where they are CloudEvents. */
  public String eventType() {
    return eventType;
  }
}
