package dev.whatsit.notify;

import dev.whatsit.outbound.OutboundFailure.Reason;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What came of sending once.
 *
 * @param httpStatus the answer's status, or null when there was no answer
 * @param code stable upper-case word for what went wrong, or null when it was received
 * @param retryAfter how long the receiver wants to be left alone, when it says so
 */
record Sent(@Nullable Integer httpStatus, @Nullable String code, Optional<Duration> retryAfter) {
  static final int GONE = 410;

  /** Nothing was sent: the guard refuses the URL, or every address that its name has. */
  static final Sent REFUSED = new Sent(null, Reason.FORBIDDEN.name(), Optional.empty());

  /** Whether the guard refused it, which says nothing of the server. */
  boolean isRefused() {
    return httpStatus == null && Reason.FORBIDDEN.name().equals(code);
  }

  /** Whether it was received: any 2xx. */
  boolean isReceived() {
    return httpStatus != null && httpStatus / 100 == 2;
  }

  /** Whether the receiver wants no more of it. */
  boolean isGone() {
    return httpStatus != null && httpStatus == GONE;
  }
}
