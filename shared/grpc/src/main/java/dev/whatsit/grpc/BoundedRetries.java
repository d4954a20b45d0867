package dev.whatsit.grpc;

import com.google.api.gax.retrying.RetrySettings;
import java.time.Duration;

/** How long a call may take and how its attempts follow each other. */
public final class BoundedRetries {
  /** One attempt may take this part of a call, so that one that hangs leaves time for others. */
  private static final int ATTEMPTS_THAT_HANG = 3;

  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);
  private static final double GROWTH = 2;

  private BoundedRetries() {}

  /** For a call that must have ended, retries included, after this time. */
  public static RetrySettings of(Duration longestCall) {
    return within(longestCall, longestCall);
  }

  /**
   * For a call that may take less than others like it.
   *
   * @param time after which it must have ended, retries included
   * @param longestCall what such a call may take as a rule, of which one attempt takes a third
   */
  public static RetrySettings within(Duration time, Duration longestCall) {
    Duration attempt = longestCall.dividedBy(ATTEMPTS_THAT_HANG);
    return RetrySettings.newBuilder()
        .setTotalTimeoutDuration(time)
        .setInitialRpcTimeoutDuration(attempt)
        .setMaxRpcTimeoutDuration(attempt)
        .setRpcTimeoutMultiplier(1)
        .setInitialRetryDelayDuration(FIRST_PAUSE)
        .setRetryDelayMultiplier(GROWTH)
        .setMaxRetryDelayDuration(LONGEST_PAUSE)
        .build();
  }
}
