package dev.whatsit.embedded;

/**
 * What {@link EmbeddedStores#recover} did.
 *
 * @param records how many records went back to {@code queued}
 * @param callbacks how many callbacks that were being sent are due again
 * @param messages how many messages became visible
 */
public record Recovery(int records, int callbacks, int messages) {}
