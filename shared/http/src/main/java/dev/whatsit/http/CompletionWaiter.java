package dev.whatsit.http;

import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.logging.EventLog;
import dev.whatsit.logging.Labels;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Delays a response until the image's work has ended, for clients that send {@code Prefer: wait=N}
 * (RFC 7240 section 4.3). The record is polled with pauses that grow from {@link #FIRST_PAUSE} to
 * {@link #MAX_PAUSE}: about 35 reads in the longest wait. A waiting request blocks one of the
 * platform's threads, so the number of waiting requests is limited; above the limit the preference
 * is ignored, as RFC 7240 allows. Thread-safe.
 */
public final class CompletionWaiter {
  /** The setting that limits the number of waiting requests. */
  public static final String SETTING = "MAX_WAITERS";

  /** The longest wait; longer ones are cut to it. */
  public static final Duration MAX_WAIT = Duration.ofSeconds(30);

  static final Duration FIRST_PAUSE = Duration.ofMillis(50);
  static final Duration MAX_PAUSE = Duration.ofSeconds(1);

  private static final EventLog LOG = EventLog.of(CompletionWaiter.class);
  private static final Pattern WAIT =
      Pattern.compile("(?i)\\s*wait\\s*=\\s*\"?([0-9]+)\"?\\s*(;.*)?");

  private final RecordStore records;
  private final Clock clock;
  private final LongSupplier nanos;
  private final Pause pause;
  private final Semaphore permits;
  private final CountDownLatch stopping;

  /** Waits between two reads. */
  @FunctionalInterface
  interface Pause {
    /**
     * Waits.
     *
     * @return whether the service is stopping, so that the request must wait no longer
     */
    boolean pass(Duration length) throws InterruptedException;
  }

  /**
   * With a given time source: {@code nanos} must advance while {@code pause} waits. A null {@code
   * pause} waits in real time.
   */
  CompletionWaiter(
      RecordStore records, Clock clock, int maxWaiters, LongSupplier nanos, @Nullable Pause pause) {
    this.nanos = nanos;
    this.records = records;
    this.clock = clock;
    this.permits = new Semaphore(maxWaiters);
    this.stopping = new CountDownLatch(1);
    this.pause =
        pause != null ? pause : length -> stopping.await(length.toNanos(), TimeUnit.NANOSECONDS);
  }

  /**
   * Creates it with a limit of waiting requests.
   *
   * @param maxWaiters how many requests may wait at the same time, from {@link #maxWaiters}
   */
  public CompletionWaiter(RecordStore records, Clock clock, int maxWaiters) {
    this(records, clock, maxWaiters, System::nanoTime, null);
  }

  /**
   * Reads {@code MAX_WAITERS}, 0 to 1000; with 0 the preference is ignored. The default is 8, half
   * of the concurrent requests of an upload instance, so that other requests are still served.
   */
  public static int maxWaiters(Settings settings) {
    return (int) settings.integer(SETTING, 8, 0, 1000);
  }

  /**
   * The result of a wait.
   *
   * @param record the record as last read
   * @param applied the seconds that were granted; 0 when the request did not ask, or when the limit
   *     of waiting requests was reached
   */
  public record Result(ImageRecord record, int applied) {
    /**
     * The response with the header {@code Preference-Applied} (RFC 7240 section 3), if a wait was
     * granted.
     */
    public ApiResponse mark(ApiResponse response) {
      return applied == 0 ? response : response.with("Preference-Applied", "wait=" + applied);
    }
  }

  /** Waits until the record is final, for as long as the request asks. */
  public Result await(ApiRequest request, ImageRecord record) {
    Optional<Duration> asked = asked(request);
    if (asked.isEmpty()) {
      return new Result(record, 0);
    }
    int seconds = (int) asked.get().toSeconds();
    if (record.status().isFinal()) {
      return new Result(record, seconds);
    }
    if (!permits.tryAcquire()) {
      return new Result(record, 0);
    }
    try {
      return new Result(untilFinal(record, asked.get()), seconds);
    } finally {
      permits.release();
    }
  }

  private ImageRecord untilFinal(ImageRecord first, Duration timeout) {
    ImageHash hash = first.hash();
    ImageRecord record = first;
    // A deadline, not a sum of pauses, because the reads take time too.
    long deadline = nanos.getAsLong() + timeout.toNanos();
    Duration next = FIRST_PAUSE;
    try {
      while (!record.status().isFinal()) {
        Duration left = Duration.ofNanos(deadline - nanos.getAsLong());
        if (left.isNegative() || left.isZero()) {
          return record;
        }
        if (pause.pass(next.compareTo(left) < 0 ? next : left)) {
          return record;
        }
        next = next.multipliedBy(3).dividedBy(2);
        next = next.compareTo(MAX_PAUSE) < 0 ? next : MAX_PAUSE;
        Optional<ImageRecord> found = records.find(hash, clock.instant());
        if (found.isEmpty()) {
          return record;
        }
        record = found.get();
      }
    } catch (TransientFailure e) {
      // The failed read does not affect the work; the client can ask again later.
      LOG.warning("waiting ended early", Labels.of("image_hash", hash), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return record;
  }

  private static Optional<Duration> asked(ApiRequest request) {
    for (String preference : request.joinedHeader("Prefer").orElse("").split(",", -1)) {
      Matcher wait = WAIT.matcher(preference);
      if (wait.matches()) {
        // The first one counts (RFC 7240 section 2). More than nine digits exceed any limit.
        String digits = wait.group(1);
        long seconds = digits.length() > 9 ? Long.MAX_VALUE : Long.parseLong(digits);
        return seconds == 0
            ? Optional.empty()
            : Optional.of(Duration.ofSeconds(Math.min(seconds, MAX_WAIT.toSeconds())));
      }
    }
    return Optional.empty();
  }

  /** Ends all current and future waits at once; each returns the record as last read. */
  public void stop() {
    stopping.countDown();
  }
}
