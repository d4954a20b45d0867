package dev.whatsit.embedded;

/**
 * What {@link EmbeddedStores#recover} did.
 *
 * @param alone whether nobody else uses the data folder; if not, nothing was done and what the dead
 *     held comes back by itself when its lease ends
 * @param records how many records went back to {@code queued}
 * @param callbacks how many callbacks that somebody was sending are due again
 * @param messages how many messages became visible
 */
public record Recovery(boolean alone, int records, int callbacks, int messages) {}
