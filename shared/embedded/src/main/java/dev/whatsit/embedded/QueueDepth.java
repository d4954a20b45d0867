package dev.whatsit.embedded;

/**
 * How many messages there are, by what they wait for. Each message is counted once.
 *
 * @param ready could be received now
 * @param inFlight held by a receiver
 * @param delayed backing off or deferred
 * @param dead among the dead letters, in a queue that has such; else 0
 */
public record QueueDepth(long ready, long inFlight, long delayed, long dead) {}
