package dev.whatsit.domain.record;

import dev.whatsit.domain.failure.PermanentFailure;

/**
 * The permanent error of an image's work, as clients see it.
 *
 * @param code stable upper-case word
 * @param detail one sentence for people, with no internal name in it
 * @param retryable whether a requested retry may succeed
 */
public record WorkError(String code, String detail, boolean retryable) {
  /** Converts a permanent failure. */
  public static WorkError of(PermanentFailure failure) {
    return new WorkError(failure.code(), failure.detail(), failure.retryable());
  }
}
