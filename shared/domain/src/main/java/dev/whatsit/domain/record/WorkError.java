package dev.whatsit.domain.record;

import dev.whatsit.domain.failure.PermanentFailure;

/**
 * Why an image's work failed for good, as clients see it.
 *
 * @param code stable upper-case word
 * @param detail one sentence for people, with no internal name in it
 * @param retryable whether asking for a retry can make sense
 */
public record WorkError(String code, String detail, boolean retryable) {
  /** The error that a permanent failure becomes. */
  public static WorkError of(PermanentFailure failure) {
    return new WorkError(failure.code(), failure.detail(), failure.retryable());
  }
}
