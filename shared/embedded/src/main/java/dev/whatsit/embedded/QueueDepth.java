package dev.whatsit.embedded;

/**
 * How many messages there are, by what they wait for. Each message is counted once.
 *
 * @param ready could be received now
 * @param inFlight held by a receiver
 * @param delayed backing off, deferred or scheduled
 */
public record QueueDepth(long ready, long inFlight, long delayed) {}
