package dev.whatsit.storage.gcs;

import com.google.api.client.googleapis.json.GoogleJsonResponseException;
import com.google.api.client.http.HttpRequestInitializer;
import com.google.api.client.http.HttpResponseException;
import com.google.auth.Retryable;
import dev.whatsit.domain.failure.TransientFailure;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLSocketFactory;

/**
 * Makes remote calls: the only place where they are tried again, given up, and their failures
 * translated. Only for calls that may be made twice. Safe for use by several threads.
 */
final class RemoteCalls {
  /** What passes, as cloud.google.com/storage/docs/retry-strategy names it. */
  private static final Set<Integer> PASSING = Set.of(408, 429, 500, 502, 503, 504);

  private static final int TOO_MANY_REQUESTS = 429;
  private static final int UNAVAILABLE = 503;

  private final RemoteLimits limits;
  private final Authorization authorization;
  private final EncryptedSockets sockets;
  private final ScheduledThreadPoolExecutor watch;

  /** A request and the reading of its answer. */
  interface Request<T> {
    /**
     * Sends it once.
     *
     * @throws IOException when there is no answer, or one that the request does not expect
     */
    T send(Attempt attempt) throws IOException;
  }

  /** Where credentials come from. */
  interface Authorization {
    /**
     * What adds them to requests.
     *
     * @throws IOException if there are none
     */
    HttpRequestInitializer open() throws IOException;
  }

  RemoteCalls(RemoteLimits limits, Authorization authorization) {
    this(limits, authorization, HttpsURLConnection::getDefaultSSLSocketFactory);
  }

  /** With encryption of the caller's, which is asked for when it is first needed. */
  RemoteCalls(
      RemoteLimits limits, Authorization authorization, Supplier<SSLSocketFactory> encryption) {
    this.sockets = new EncryptedSockets(encryption);
    this.limits = limits;
    this.authorization = authorization;
    this.watch =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, "storage-deadlines");
              thread.setDaemon(true);
              return thread;
            });
    watch.setRemoveOnCancelPolicy(true);
  }

  /**
   * Makes a call, within the limits.
   *
   * @param action what is being done to what, after "cannot"
   * @throws TransientFailure when it did not succeed
   */
  <T> T make(String action, Request<T> request) {
    long end = System.nanoTime() + limits.whole().toNanos();
    for (int number = 1; ; number++) {
      long nanosLeft = Math.max(1, end - System.nanoTime());
      IOException failure;
      try {
        return once(request, Math.min(nanosLeft, limits.attempt().toNanos()));
      } catch (IOException e) {
        failure = e;
      }
      long pause = pauseNanos(number, failure);
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

  private <T> T once(Request<T> request, long nanos) throws IOException {
    int millis = (int) Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos));
    Attempt attempt =
        new Attempt(
            authorization.open(),
            sockets,
            (int) Math.max(1, Math.min(millis, limits.connect().toMillis())),
            millis);
    ScheduledFuture<?> ending = watch.schedule(attempt::end, nanos, TimeUnit.NANOSECONDS);
    try {
      return request.send(attempt);
    } catch (HttpResponseException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      // The JDK's connection is not made to be closed by another thread, and may fail in any way.
      if (attempt.wasEnded()) {
        SocketTimeoutException late =
            new SocketTimeoutException("no answer within " + millis + " ms");
        late.initCause(e);
        throw late;
      }
      throw e;
    } finally {
      ending.cancel(false);
    }
  }

  /** Half of it is chance, so that those who failed together do not come back together. */
  private long pauseNanos(int number, IOException failure) {
    long full = limits.pause().toNanos() << Math.min(number - 1, 10);
    long pause = full / 2 + ThreadLocalRandom.current().nextLong(full / 2 + 1);
    return Math.max(pause, retryAfter(failure).map(Duration::toNanos).orElse(0L));
  }

  private static boolean passes(IOException failure) {
    if (failure instanceof HttpResponseException answer) {
      return PASSING.contains(answer.getStatusCode());
    }
    return !(failure instanceof Retryable retryable) || retryable.isRetryable();
  }

  private static TransientFailure failed(String action, int attempts, IOException failure) {
    String message =
        "Cloud Storage: cannot "
            + action
            + " ("
            + attempts
            + (attempts == 1 ? " attempt): " : " attempts): ")
            + describe(failure);
    Optional<Duration> after = retryAfter(failure);
    if (after.isEmpty()) {
      return new TransientFailure(message, failure);
    }
    TransientFailure later = new TransientFailure(message, after.get());
    later.initCause(failure);
    return later;
  }

  private static String describe(IOException failure) {
    if (failure instanceof GoogleJsonResponseException answer && answer.getDetails() != null) {
      return answer.getStatusCode() + " " + answer.getDetails().getMessage();
    }
    if (failure instanceof HttpResponseException answer) {
      return answer.getStatusCode() + " " + answer.getStatusMessage();
    }
    return failure.toString();
  }

  private static Optional<Duration> retryAfter(IOException failure) {
    if (failure instanceof HttpResponseException answer
        && (answer.getStatusCode() == TOO_MANY_REQUESTS || answer.getStatusCode() == UNAVAILABLE)) {
      String value = answer.getHeaders().getRetryAfter();
      // The other form, a date, is not used by these services.
      if (value != null && value.matches("[0-9]{1,5}")) {
        return Optional.of(Duration.ofSeconds(Long.parseLong(value)));
      }
    }
    return Optional.empty();
  }
}
