package dev.whatsit.domain.batch;

/**
 * What a conditional write came to.
 *
 * @param value as it now stands
 * @param written whether by this call
 */
public record Changed<T>(T value, boolean written) {}
