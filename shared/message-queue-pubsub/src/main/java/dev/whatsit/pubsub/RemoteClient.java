package dev.whatsit.pubsub;

import com.google.api.core.ApiFuture;
import com.google.api.gax.core.BackgroundResource;
import com.google.api.gax.core.NoCredentialsProvider;
import com.google.api.gax.grpc.InstantiatingGrpcChannelProvider;
import com.google.api.gax.rpc.ApiException;
import com.google.api.gax.rpc.ClientSettings;
import com.google.api.gax.rpc.ErrorDetails;
import com.google.api.gax.rpc.StatusCode;
import com.google.api.gax.rpc.UnaryCallSettings;
import com.google.rpc.RetryInfo;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.grpc.GrpcChannel;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Wraps one of Google's clients: builds it at first use, puts a deadline on each call and
 * translates its failures. All failures are transient: an operator can repair a missing topic or
 * permission. For idempotent calls only, because calls are retried. Thread-safe.
 *
 * @param <C> the client
 */
final class RemoteClient<C extends BackgroundResource> implements AutoCloseable {
  private static final Set<StatusCode.Code> RETRIED =
      Set.of(
          StatusCode.Code.ABORTED,
          StatusCode.Code.CANCELLED,
          StatusCode.Code.DEADLINE_EXCEEDED,
          StatusCode.Code.INTERNAL,
          StatusCode.Code.RESOURCE_EXHAUSTED,
          StatusCode.Code.UNAVAILABLE,
          StatusCode.Code.UNKNOWN);

  /** The number of attempts that may time out; fast failures are retried more often. */
  private static final int HANGING_ATTEMPTS = 3;

  private static final int MAX_ATTEMPTS = 6;

  /**
   * The client's own timeout comes first and says why. This grace period is for a response that
   * lacks a required part, for which the client would wait for ever.
   */
  private static final Duration GRACE = Duration.ofSeconds(1);

  /** The retry delay after an exceeded quota, if the service sends none. */
  private static final Duration RETRY_AFTER = Duration.ofSeconds(10);

  private final String service;
  private final Duration maxCall;
  private final Opener<C> opener;
  private final Function<StatusCode.Code, String> advice;
  private @Nullable C client;
  private boolean closed;

  /** Builds a client. */
  interface Opener<C> {
    /**
     * Builds the client.
     *
     * @throws IOException if there are no credentials
     */
    C open() throws IOException;
  }

  /**
   * Creates the client of a service.
   *
   * @param service its name, for messages
   * @param maxCall the deadline of one call with its retries
   * @param advice advice to an operator for a status code; empty for none
   */
  RemoteClient(
      String service,
      Duration maxCall,
      Opener<C> opener,
      Function<StatusCode.Code, String> advice) {
    this.service = service;
    this.maxCall = maxCall;
    this.opener = opener;
    this.advice = advice;
  }

  /**
   * Sets a client's channel and, for an emulator, its credentials.
   *
   * @param channel the client's own defaults
   * @param emulator {@code host:port} of an emulator, or null for the service
   */
  static void connect(
      ClientSettings.Builder<?, ?> client,
      InstantiatingGrpcChannelProvider.Builder channel,
      @Nullable String emulator,
      Duration maxCall) {
    client.setTransportChannelProvider(new GrpcChannel(emulator, maxCall).provider(channel));
    if (emulator != null) {
      client.setCredentialsProvider(NoCredentialsProvider.create());
    }
  }

  /** Sets a method's retries, which end within a call's deadline. */
  static void retry(UnaryCallSettings.Builder<?, ?> method, Duration maxCall) {
    method
        .setRetryableCodes(RETRIED)
        .setRetrySettings(
            GrpcChannel.retries(maxCall, maxCall.dividedBy(HANGING_ATTEMPTS), MAX_ATTEMPTS));
  }

  /**
   * Makes a call and waits for its result.
   *
   * @param action what the call does, to complete the message "cannot …"
   * @throws TransientFailure if it fails or exceeds the deadline; its cause is the client's
   *     exception
   */
  <T> T call(String action, Function<C, ApiFuture<T>> request) {
    C opened = client(action);
    Duration limit = maxCall.plus(GRACE);
    ApiFuture<T> result = request.apply(opened);
    try {
      return result.get(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      result.cancel(true);
      throw failure(action, "no response within " + limit.toMillis() + " ms", e);
    } catch (InterruptedException e) {
      result.cancel(true);
      Thread.currentThread().interrupt();
      throw failure(action, "interrupted", e);
    } catch (ExecutionException e) {
      throw failed(action, e.getCause() == null ? e : e.getCause());
    }
  }

  private synchronized C client(String action) {
    if (closed) {
      throw new TransientFailure(
          service + ": cannot " + action + ": the connection is closed, this instance stops");
    }
    C open = client;
    if (open == null) {
      try {
        open = opener.open();
      } catch (IOException e) {
        throw failure(action, "no credentials: " + e, e);
      }
      client = open;
    }
    return open;
  }

  private TransientFailure failed(String action, Throwable cause) {
    if (!(cause instanceof ApiException refused)) {
      return failure(action, cause.toString(), cause);
    }
    StatusCode.Code code = refused.getStatusCode().getCode();
    String advised = advice.apply(code);
    String message = refused.getMessage() + (advised.isEmpty() ? "" : " (" + advised + ")");
    ErrorDetails details = refused.getErrorDetails();
    RetryInfo info = details == null ? null : details.getRetryInfo();
    if (info == null && code != StatusCode.Code.RESOURCE_EXHAUSTED) {
      return failure(action, message, refused);
    }
    TransientFailure later =
        new TransientFailure(
            service + ": cannot " + action + ": " + message,
            info == null
                ? RETRY_AFTER
                : Duration.ofSeconds(
                    info.getRetryDelay().getSeconds(), info.getRetryDelay().getNanos()));
    later.initCause(refused);
    return later;
  }

  private TransientFailure failure(String action, String why, Throwable cause) {
    return new TransientFailure(service + ": cannot " + action + ": " + why, cause);
  }

  /** Closes the client. Running calls and all later calls fail. */
  @Override
  public synchronized void close() {
    closed = true;
    if (client != null) {
      client.shutdownNow();
      client = null;
    }
  }
}
