package dev.whatsit.embedded;

/**
 * The result of {@link EmbeddedStores#recover}.
 *
 * @param records the number of records that went back to {@code queued}
 * @param callbacks the number of callbacks that were being sent and are due again
 * @param messages the number of messages that became visible
 */
public record Recovery(int records, int callbacks, int messages) {}
