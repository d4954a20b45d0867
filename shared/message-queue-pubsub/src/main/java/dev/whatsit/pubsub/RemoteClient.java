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
 * One of Google's clients, built by the first call, with the deadline of each call and the
 * translation of its failures. All failures are transient: one for want of a topic or a permission
 * ends when an operator repairs it. Only for calls that may be made twice. Thread-safe.
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

  /** So many attempts may hang; refusals that come quickly are retried more often. */
  private static final int HANGING_ATTEMPTS = 3;

  private static final int MAX_ATTEMPTS = 6;

  /**
   * The client ends a call by itself and says why, but for a response that lacks what it must have:
   * that would be waited for without an end.
   */
  private static final Duration GRACE = Duration.ofSeconds(1);

  /** When the service is over a quota and does not say when to come back. */
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
     * Builds it.
     *
     * @throws IOException if there are no credentials
     */
    C open() throws IOException;
  }

  /**
   * Of a service.
   *
   * @param service its name, for messages
   * @param maxCall the time of one call with its retries
   * @param advice what an operator can do about a failure; empty when there is nothing to say
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
   * Sets what a client connects to.
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

  /** Sets a method's retries, which end within the time of a call. */
  static void retry(UnaryCallSettings.Builder<?, ?> method, Duration maxCall) {
    method
        .setRetryableCodes(RETRIED)
        .setRetrySettings(
            GrpcChannel.retries(maxCall, maxCall.dividedBy(HANGING_ATTEMPTS), MAX_ATTEMPTS));
  }

  /**
   * Makes a call and waits for its result.
   *
   * @param action what it is for, after "cannot"
   * @throws TransientFailure if it fails or takes longer than it may; its cause is the client's
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

  /** Fails the calls that are running, and all later ones. */
  @Override
  public synchronized void close() {
    closed = true;
    if (client != null) {
      client.shutdownNow();
      client = null;
    }
  }
}
