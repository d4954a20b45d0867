package dev.whatsit.domain.batch;

/**
 * The result of a conditional write.
 *
 * @param value the value after the call
 * @param written whether this call wrote it
 */
public record Changed<T>(T value, boolean written) {}
