package dev.whatsit.embedded;

/**
 * The number of messages by state. Each message is counted once.
 *
 * @param ready can be received now
 * @param inFlight held by a receiver
 * @param delayed backing off, deferred or scheduled
 */
public record QueueDepth(long ready, long inFlight, long delayed) {}
