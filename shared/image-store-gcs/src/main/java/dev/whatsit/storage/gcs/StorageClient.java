package dev.whatsit.storage.gcs;

import com.google.api.client.http.HttpResponseException;
import com.google.api.client.http.HttpTransport;
import com.google.api.client.http.javanet.NetHttpTransport;
import com.google.api.gax.retrying.BasicResultRetryAlgorithm;
import com.google.api.gax.retrying.ResultRetryAlgorithm;
import com.google.api.gax.retrying.RetrySettings;
import com.google.auth.Credentials;
import com.google.auth.ServiceAccountSigner;
import com.google.cloud.http.HttpTransportOptions;
import com.google.cloud.storage.BlobId;
import com.google.cloud.storage.Storage;
import com.google.cloud.storage.Storage.BlobField;
import com.google.cloud.storage.Storage.BlobListOption;
import com.google.cloud.storage.StorageException;
import com.google.cloud.storage.StorageOptions;
import com.google.cloud.storage.StorageRetryStrategy;
import dev.whatsit.domain.failure.TransientFailure;
import java.io.IOException;
import java.io.InputStream;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Wraps Google's client: builds it at first use, puts a deadline on each call and translates its
 * failures. The library retries within the deadline, except if the service sends {@code
 * Retry-After}: that delay goes to the caller as {@link TransientFailure#retryAfter}. Thread-safe.
 */
final class StorageClient implements AutoCloseable {
  static final URI GOOGLE = URI.create("https://storage.googleapis.com");

  private static final int NOT_FOUND = 404;
  private static final int UNAUTHENTICATED = 401;
  private static final int TOO_MANY_REQUESTS = 429;

  /** The retry delay after a 429 without {@code Retry-After}. */
  private static final Duration THROTTLED = Duration.ofSeconds(10);

  static {
    // By default the JDK keeps five idle connections, for five seconds. Under load, and after each
    // quiet minute, calls would begin with a handshake. The JDK reads these properties when it
    // keeps its first connection.
    System.getProperties().putIfAbsent("http.maxConnections", "64");
    System.getProperties().putIfAbsent("http.keepAlive.time.server", "180");
  }

  private final URI endpoint;
  private final Callable<Credentials> credentials;
  private final Limits limits;
  private final LingeringSockets sockets = new LingeringSockets();
  private final TimedCalls calls = new TimedCalls();
  private @Nullable Storage built;

  /**
   * Timeouts and retries.
   *
   * @param deadline of one call, including all attempts and pauses
   * @param silence the read timeout of a response
   * @param connect the connect timeout
   * @param pause before the second attempt; it doubles with each further one
   * @param attempts the maximum number of attempts
   */
  record Limits(
      Duration deadline, Duration silence, Duration connect, Duration pause, int attempts) {
    /** The defaults: after an attempt without a response there is time for another one. */
    static Limits within(Duration deadline) {
      return new Limits(
          deadline, deadline.dividedBy(2), Duration.ofSeconds(3), Duration.ofMillis(100), 4);
    }
  }

  /** Uses the client. May throw what the client throws. */
  @FunctionalInterface
  interface Request<T> {
    T send(Storage storage) throws Exception;
  }

  /**
   * Creates a client.
   *
   * @param endpoint scheme and authority of the service; if it is not Google's, it is also called
   *     instead of the IAM Credentials API
   * @param credentials called by the first call
   */
  StorageClient(URI endpoint, Callable<Credentials> credentials, Limits limits) {
    this.endpoint = endpoint;
    this.credentials = credentials;
    this.limits = limits;
  }

  URI endpoint() {
    return endpoint;
  }

  /**
   * Makes a call.
   *
   * @param action what the call does, to complete the message "cannot …"
   * @throws TransientFailure when it did not succeed in time
   */
  <T> T call(String action, Request<T> request) {
    return call(action, new TimedCalls.Connections(), request);
  }

  private <T> T call(String action, TimedCalls.Connections connections, Request<T> request) {
    try {
      return calls.run(connections, limits.deadline(), () -> request.send(storage()));
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw failed(action, e.getCause() == null ? e : e.getCause());
    } catch (TimeoutException e) {
      String reason = "no response within " + limits.deadline().toMillis() + " ms";
      throw new TransientFailure(message(action, reason), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TransientFailure(message(action, "interrupted"), e);
    } catch (RejectedExecutionException e) {
      throw new TransientFailure(message(action, "closed, this instance stops"), e);
    }
  }

  /**
   * Opens an object. It is read ahead in parts of 128 KiB, each within a deadline.
   *
   * @param action what the call does, to complete the message "cannot …"
   * @return its bytes, or empty when the bucket has no such object
   * @throws TransientFailure for every other failure, including a missing bucket
   */
  Optional<InputStream> open(String action, String bucket, String name) {
    TimedCalls.Connections connections = new TimedCalls.Connections();
    return call(
        action,
        connections,
        storage -> {
          try {
            return Optional.of(
                TimedChannel.open(
                    storage.reader(BlobId.of(bucket, name)),
                    connections,
                    part -> call(action, connections, ignored -> part.call())));
          } catch (StorageException e) {
            if (e.getCode() != NOT_FOUND) {
              throw e;
            }
          }
          // A missing bucket is a 404 too. If it were taken for a missing object, the image would
          // fail permanently. An account that may not list objects got a 403 above.
          storage.list(
              bucket,
              BlobListOption.prefix(name),
              BlobListOption.pageSize(1),
              BlobListOption.fields(BlobField.NAME));
          return Optional.empty();
        });
  }

  /**
   * The account that signs links. To be called within a call.
   *
   * @param account of the settings; null when they name none
   * @throws IOException if no account can sign; the message says what to set
   */
  ServiceAccountSigner signer(@Nullable String account) throws Exception {
    return LinkSigner.of(storage().getOptions().getCredentials(), account, transport());
  }

  /** Makes all later calls fail. */
  @Override
  public void close() {
    calls.close();
  }

  private synchronized Storage storage() throws Exception {
    Storage storage = built;
    if (storage == null) {
      storage =
          StorageOptions.http()
              .setHost(endpoint.toString())
              .setCredentials(credentials.call())
              // Objects do not need a project. If unset, the library looks for one in files and at
              // the metadata server.
              .setProjectId("unused")
              .setTransportOptions(
                  HttpTransportOptions.newBuilder()
                      .setHttpTransportFactory(this::transport)
                      .setConnectTimeout((int) limits.connect().toMillis())
                      .setReadTimeout((int) limits.silence().toMillis())
                      .build())
              .setRetrySettings(
                  RetrySettings.newBuilder()
                      .setMaxAttempts(limits.attempts())
                      .setTotalTimeoutDuration(limits.deadline())
                      .setInitialRetryDelayDuration(limits.pause())
                      .setRetryDelayMultiplier(2)
                      .setMaxRetryDelayDuration(limits.deadline())
                      .build())
              .setStorageRetryStrategy(new Retries())
              .build()
              .getService();
      built = storage;
    }
    return storage;
  }

  private HttpTransport transport() {
    return new NetHttpTransport.Builder()
        .setConnectionFactory(url -> TimedCalls.open(addressed(url)))
        .setSslSocketFactory(sockets)
        .build();
  }

  /** Redirects requests to IAM to an emulator, because the auth library has a fixed address. */
  private URL addressed(URL url) throws MalformedURLException {
    return url.getHost().startsWith("iamcredentials.") && !endpoint.equals(GOOGLE)
        ? URI.create(endpoint + url.getFile()).toURL()
        : url;
  }

  private static TransientFailure failed(String action, Throwable cause) {
    String reason = String.valueOf(cause.getMessage());
    if (status(cause) > 0) {
      reason = status(cause) + " " + reason;
    }
    Optional<Duration> later = retryAfter(cause);
    if (later.isEmpty() && status(cause) == TOO_MANY_REQUESTS) {
      later = Optional.of(THROTTLED);
    }
    if (later.isEmpty()) {
      return new TransientFailure(message(action, reason), cause);
    }
    TransientFailure failure = new TransientFailure(message(action, reason), later.get());
    failure.initCause(cause);
    return failure;
  }

  private static String message(String action, String reason) {
    return "image store: cannot " + action + ": " + reason;
  }

  private static int status(Throwable failure) {
    return failure instanceof StorageException refused ? refused.getCode() : 0;
  }

  /**
   * The delay of {@code Retry-After} in seconds. The service does not use the header's other form,
   * a date.
   */
  private static Optional<Duration> retryAfter(Throwable failure) {
    if (failure.getCause() instanceof HttpResponseException response) {
      String seconds = response.getHeaders().getRetryAfter();
      if (seconds != null && seconds.matches("[0-9]{1,5}")) {
        return Optional.of(Duration.ofSeconds(Long.parseLong(seconds)));
      }
    }
    return Optional.empty();
  }

  /**
   * Retries as the library does for idempotent calls, which all calls are. A failure with {@code
   * Retry-After} is not retried.
   */
  private static final class Retries extends BasicResultRetryAlgorithm<Object>
      implements StorageRetryStrategy {
    private static final long serialVersionUID = 1L;

    @Override
    public boolean shouldRetry(Throwable failure, Object response) {
      // A retry after 401 gets a new token if the old one was revoked early.
      return status(failure) == UNAUTHENTICATED
          || (retryAfter(failure).isEmpty()
              && StorageRetryStrategy.getDefaultStorageRetryStrategy()
                  .getIdempotentHandler()
                  .shouldRetry(failure, null));
    }

    @Override
    public ResultRetryAlgorithm<?> getIdempotentHandler() {
      return this;
    }

    @Override
    public ResultRetryAlgorithm<?> getNonidempotentHandler() {
      return this;
    }
  }
}
