package dev.whatsit.notify;

import dev.whatsit.outbound.OutboundFailure.Reason;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The result of sending a callback once.
 *
 * @param httpStatus the response's status, or null when there was no response
 * @param code stable upper-case code of the failure, or null on success
 * @param retryAfter the wait that the receiver requested, if any
 */
record SendResult(
    @Nullable Integer httpStatus, @Nullable String code, Optional<Duration> retryAfter) {
  static final int GONE = 410;

  /** Nothing was sent: the guard refuses the URL, or every address of its host name. */
  static final SendResult REFUSED = new SendResult(null, Reason.FORBIDDEN.name(), Optional.empty());

  /** Whether the guard refused it, which says nothing about the server. */
  boolean isRefused() {
    return httpStatus == null && Reason.FORBIDDEN.name().equals(code);
  }

  /** Whether the receiver accepted it, by any 2xx. */
  boolean isReceived() {
    return httpStatus != null && httpStatus / 100 == 2;
  }

  /** Whether the receiver wants no further attempts. */
  boolean isGone() {
    return httpStatus != null && httpStatus == GONE;
  }
}
