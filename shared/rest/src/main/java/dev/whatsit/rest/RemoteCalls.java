package dev.whatsit.rest;

import com.google.auth.Retryable;
import dev.whatsit.domain.failure.TransientFailure;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Makes remote calls: the only place where they are tried again, given up, and their failures
 * translated. Only for calls that may be made twice, unless the limits allow one attempt: then each
 * is sent once at most. Safe for use by several threads.
 */
public final class RemoteCalls {
  /** What passes, as cloud.google.com/storage/docs/retry-strategy names it. */
  private static final Set<Integer> PASSING = Set.of(408, 429, 500, 502, 503, 504);

  /** Between two tries to end what goes on after its time. */
  private static final long ENDING_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private static final long IDLE_SECONDS = 10;
  private static final int TOO_MANY_REQUESTS = 429;

  /** What a service that says "too much", and not until when, is given. */
  private static final Duration THROTTLED = Duration.ofSeconds(10);

  private final String service;
  private final RemoteLimits limits;
  private final Function<Refusal, String> advice;
  private final Set<Integer> passing;
  private final EncryptedSockets sockets;
  private final ScheduledThreadPoolExecutor watch;
  private final Set<Attempt> underWay = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /**
   * A request and the reading of its answer.
   *
   * @param <T> what is read
   */
  @FunctionalInterface
  public interface Request<T> {
    /**
     * Sends it once.
     *
     * @throws Refusal when the answer is an error
     * @throws IOException when there is no answer, or one that the request does not expect
     */
    T send(Attempt attempt) throws IOException;
  }

  /**
   * Calls of one service.
   *
   * @param service its name, for people
   * @param advice what to do about a refusal, for people; empty when there is nothing to say
   */
  public RemoteCalls(String service, RemoteLimits limits, Function<Refusal, String> advice) {
    this(service, limits, advice, Set.of());
  }

  /**
   * Calls of a service that says of more than others that it passes.
   *
   * @param passing HTTP statuses after which calls are tried again, beside the usual ones
   */
  public RemoteCalls(
      String service, RemoteLimits limits, Function<Refusal, String> advice, Set<Integer> passing) {
    this(service, limits, advice, passing, HttpsURLConnection::getDefaultSSLSocketFactory);
  }

  /** With encryption of the caller's, which is asked for when it is first needed. */
  public RemoteCalls(
      String service,
      RemoteLimits limits,
      Function<Refusal, String> advice,
      Set<Integer> passing,
      Supplier<SSLSocketFactory> encryption) {
    this.service = service;
    this.passing = Set.copyOf(passing);
    this.limits = limits;
    this.advice = advice;
    this.sockets = new EncryptedSockets(encryption);
    this.watch =
        new ScheduledThreadPoolExecutor(1, task -> Daemon.thread("remote-deadlines", task));
    watch.setRemoveOnCancelPolicy(true);
    watch.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
    watch.allowCoreThreadTimeOut(true);
  }

  /** What calls are bounded by. */
  public RemoteLimits limits() {
    return limits;
  }

  /**
   * Makes a call, within the limits.
   *
   * @param action what is being done to what, after "cannot"
   * @throws TransientFailure when it did not succeed
   */
  public <T> T make(String action, Request<T> request) {
    return make(action, limits.whole(), request);
  }

  /**
   * Makes a call that must have ended earlier than the limits say.
   *
   * @param action what is being done to what, after "cannot"
   * @param whole all attempts together, pauses included
   * @throws TransientFailure when it did not succeed
   */
  public <T> T make(String action, Duration whole, Request<T> request) {
    long end = System.nanoTime() + whole.toNanos();
    @Nullable Refusal refused = null;
    for (int number = 1; ; number++) {
      if (closed) {
        throw closed(action);
      }
      long nanosLeft = Math.max(1, end - System.nanoTime());
      IOException failure;
      try {
        return once(request, Math.min(nanosLeft, limits.attempt().toNanos()));
      } catch (IOException e) {
        failure = e;
      }
      if (closed) {
        throw closed(action);
      }
      long pause = pauseNanos(number, failure);
      if (failure instanceof Refusal refusal) {
        refused = refusal;
      } else if (refused != null) {
        // What the service said tells more than that time ran out.
        refused.addSuppressed(failure);
        failure = refused;
      }
      if (!passes(failure)
          || number == limits.attempts()
          || end - System.nanoTime() - pause <= TimeUnit.MILLISECONDS.toNanos(1)) {
        throw failed(action, number, failure);
      }
      try {
        TimeUnit.NANOSECONDS.sleep(pause);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw failed(action, number, failure);
      }
    }
  }

  private TransientFailure closed(String action) {
    return new TransientFailure(
        service + ": cannot " + action + ": the connection is closed, this instance stops");
  }

  /** Has every later call fail, and ends those under way. */
  public void close() {
    closed = true;
    underWay.forEach(Attempt::end);
  }

  private <T> T once(Request<T> request, long nanos) throws IOException {
    long begun = System.nanoTime();
    int millis = (int) Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos));
    Attempt attempt =
        new Attempt(
            sockets, (int) Math.max(1, Math.min(millis, limits.connect().toMillis())), millis);
    ScheduledFuture<?> ending =
        watch.scheduleWithFixedDelay(attempt::end, nanos, ENDING_NANOS, TimeUnit.NANOSECONDS);
    underWay.add(attempt);
    try {
      if (closed) {
        // It came between: nobody else ends this one.
        attempt.end();
      }
      return request.send(attempt);
    } catch (Refusal e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      // The JDK's connection is not made to be closed by another thread, and may fail in any way.
      // Its own time-out is as long as the watch's, and either may come first.
      boolean silent =
          e instanceof SocketTimeoutException
              && TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun) >= millis;
      if (attempt.wasEnded() || silent) {
        SocketTimeoutException late =
            new SocketTimeoutException("no answer within " + millis + " ms");
        late.initCause(e);
        throw late;
      }
      throw e;
    } finally {
      underWay.remove(attempt);
      ending.cancel(false);
    }
  }

  /** Half of it is chance, so that those who failed together do not come back together. */
  private long pauseNanos(int number, IOException failure) {
    long full = limits.pause().toNanos() << Math.min(number - 1, 10);
    long pause = full / 2 + ThreadLocalRandom.current().nextLong(full / 2 + 1);
    Optional<Duration> asked =
        failure instanceof Refusal refusal ? refusal.retryAfter() : Optional.empty();
    return Math.max(pause, asked.map(Duration::toNanos).orElse(0L));
  }

  private boolean passes(IOException failure) {
    if (failure instanceof Refusal refusal) {
      return PASSING.contains(refusal.httpStatus()) || passing.contains(refusal.httpStatus());
    }
    return !(failure instanceof Retryable retryable) || retryable.isRetryable();
  }

  private TransientFailure failed(String action, int attempts, IOException failure) {
    String message =
        service
            + ": cannot "
            + action
            + " ("
            + attempts
            + (attempts == 1 ? " attempt): " : " attempts): ");
    if (!(failure instanceof Refusal refusal)) {
      return new TransientFailure(message + failure, failure);
    }
    String advised = advice.apply(refusal);
    message += refusal.getMessage() + (advised.isEmpty() ? "" : " (" + advised + ")");
    Optional<Duration> after = refusal.retryAfter();
    if (after.isEmpty() && refusal.httpStatus() == TOO_MANY_REQUESTS) {
      after = Optional.of(THROTTLED);
    }
    if (after.isEmpty()) {
      return new TransientFailure(message, refusal);
    }
    TransientFailure later = new TransientFailure(message, after.get());
    later.initCause(refusal);
    return later;
  }
}
