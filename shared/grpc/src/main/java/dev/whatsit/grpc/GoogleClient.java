package dev.whatsit.grpc;

import com.google.api.core.ApiFuture;
import com.google.api.gax.rpc.ApiException;
import com.google.api.gax.rpc.ErrorDetails;
import com.google.api.gax.rpc.StatusCode;
import com.google.rpc.RetryInfo;
import dev.whatsit.domain.failure.TransientFailure;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Holds one of Google's clients: builds it at first use, puts a deadline on each call and
 * translates its failures. All failures are transient, because an operator can repair a missing
 * database, topic or permission. Thread-safe.
 *
 * @param <C> the client
 */
public final class GoogleClient<C> implements AutoCloseable {
  /** The retry delay after an exceeded quota, if the service sends none. */
  private static final Duration RETRY_AFTER = Duration.ofSeconds(10);

  /**
   * The client's own timeout comes first and says why. This grace period is for a response that
   * never comes.
   */
  private static final Duration GRACE = Duration.ofSeconds(1);

  private final String service;
  private final Callable<C> builder;
  private final Consumer<C> shutdown;
  private final Function<StatusCode.Code, String> advice;
  private @Nullable CompletableFuture<C> client;
  private boolean closed;

  /**
   * Creates the holder of a client.
   *
   * @param service the service's name, for messages
   * @param builder builds the client; throws an {@link IOException} if there are no credentials
   * @param shutdown shuts the client down
   * @param advice advice to an operator for a status code; empty for none
   */
  public GoogleClient(
      String service,
      Callable<C> builder,
      Consumer<C> shutdown,
      Function<StatusCode.Code, String> advice) {
    this.service = service;
    this.builder = builder;
    this.shutdown = shutdown;
    this.advice = advice;
  }

  /**
   * Makes a call and waits for its result.
   *
   * @param action what the call does, to complete the message "cannot …"
   * @param timeout for the call with its retries, and for building the client. The client itself
   *     ends a call in this time; a call that it does not end fails a second later
   * @throws TransientFailure if it fails or exceeds the timeout; its cause is the client's
   *     exception
   */
  public <T> T call(String action, Duration timeout, Function<C, ApiFuture<T>> request) {
    long end = System.nanoTime() + timeout.plus(GRACE).toNanos();
    C built = get(action, timeout);
    ApiFuture<T> result;
    try {
      result = request.apply(built);
    } catch (RuntimeException e) {
      throw failure(action, e);
    }
    return await(action, result, timeout, Duration.ofNanos(end - System.nanoTime()));
  }

  /**
   * Returns the client, which is built if necessary. Building loads the credentials, sends nothing
   * and opens no connection to the service.
   *
   * @param action what the client is needed for, to complete the message "cannot …"
   * @throws TransientFailure if there are no credentials, or building exceeds the timeout
   */
  public C get(String action, Duration timeout) {
    return await(action, building(action), timeout, timeout);
  }

  /** Builds on a thread of its own: looking for credentials may block for longer than a timeout. */
  private synchronized Future<C> building(String action) {
    if (closed) {
      throw new TransientFailure(message(action, "the connection is closed, this instance stops"));
    }
    CompletableFuture<C> building = client;
    if (building == null || building.isCompletedExceptionally()) {
      CompletableFuture<C> next = new CompletableFuture<>();
      Thread thread = new Thread(() -> build(next), service + " client");
      thread.setDaemon(true);
      thread.start();
      client = next;
      building = next;
    }
    // A caller that gives up cancels its copy only.
    return building.copy();
  }

  private void build(CompletableFuture<C> building) {
    try {
      C built = builder.call();
      if (!building.complete(built)) {
        shutdown.accept(built);
      }
    } catch (Throwable e) {
      building.completeExceptionally(e);
    }
  }

  private <T> T await(String action, Future<T> result, Duration timeout, Duration left) {
    try {
      return result.get(left.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      result.cancel(true);
      throw new TransientFailure(
          message(action, "no response within " + timeout.toMillis() + " ms"), e);
    } catch (InterruptedException e) {
      result.cancel(true);
      Thread.currentThread().interrupt();
      throw new TransientFailure(message(action, "interrupted"), e);
    } catch (CancellationException e) {
      throw failure(action, e);
    } catch (ExecutionException e) {
      throw failure(action, e.getCause() == null ? e : e.getCause());
    }
  }

  private TransientFailure failure(String action, Throwable cause) {
    if (cause instanceof IOException) {
      return new TransientFailure(
          message(
              action,
              "no credentials: "
                  + cause.getMessage()
                  + " (run the function as a service account; for development run `gcloud auth"
                  + " application-default login`)"),
          cause);
    }
    StatusCode.Code code = code(cause);
    String advised = advice.apply(code);
    String message = message(action, cause + (advised.isEmpty() ? "" : " (" + advised + ")"));
    Optional<Duration> delay = retryDelay(cause);
    if (delay.isEmpty() && code != StatusCode.Code.RESOURCE_EXHAUSTED) {
      return new TransientFailure(message, cause);
    }
    TransientFailure later = new TransientFailure(message, delay.orElse(RETRY_AFTER));
    later.initCause(cause);
    return later;
  }

  private String message(String action, String why) {
    return service + ": cannot " + action + ": " + why;
  }

  /** The status code of the service's response; {@code UNKNOWN} if there was no response. */
  public static StatusCode.Code code(Throwable failure) {
    ApiException exception = apiException(failure);
    return exception == null ? StatusCode.Code.UNKNOWN : exception.getStatusCode().getCode();
  }

  /** The retry delay that the service sent with its error. */
  public static Optional<Duration> retryDelay(Throwable failure) {
    ApiException exception = apiException(failure);
    ErrorDetails details = exception == null ? null : exception.getErrorDetails();
    RetryInfo info = details == null ? null : details.getRetryInfo();
    return info == null
        ? Optional.empty()
        : Optional.of(
            Duration.ofSeconds(info.getRetryDelay().getSeconds(), info.getRetryDelay().getNanos()));
  }

  private static @Nullable ApiException apiException(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof ApiException exception) {
        return exception;
      }
    }
    return null;
  }

  /** Shuts the client down. All later calls fail. */
  @Override
  public synchronized void close() {
    closed = true;
    CompletableFuture<C> building = client;
    client = null;
    if (building != null) {
      building.completeExceptionally(new IllegalStateException("the connection was closed"));
      if (!building.isCompletedExceptionally()) {
        shutdown.accept(building.join());
      }
    }
  }
}
