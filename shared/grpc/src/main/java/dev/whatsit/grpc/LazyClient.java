package dev.whatsit.grpc;

import com.google.api.gax.core.BackgroundResource;
import dev.whatsit.domain.failure.TransientFailure;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A client of a service, built by the first call that needs it: an instance that never calls looks
 * for no credentials and opens no connection. Safe for use by several threads.
 *
 * @param <C> the client
 */
public final class LazyClient<C extends BackgroundResource> implements AutoCloseable {
  private static final Duration LONGEST_CLOSE = Duration.ofSeconds(5);

  private final String service;
  private final Source<C> source;
  private volatile @Nullable C client;
  private boolean closed;

  /** What builds a client. */
  @FunctionalInterface
  public interface Source<C> {
    /**
     * Builds one.
     *
     * @throws IOException if there are no credentials
     */
    C build() throws IOException;
  }

  /**
   * A client that is not there yet.
   *
   * @param service its name, for people
   */
  public LazyClient(String service, Source<C> source) {
    this.service = service;
    this.source = source;
  }

  /**
   * The client, built when there is none yet.
   *
   * @throws TransientFailure if it cannot be built, or is closed; the next call tries again
   */
  public C get() {
    C built = client;
    return built == null ? build() : built;
  }

  private synchronized C build() {
    C built = client;
    if (built != null) {
      return built;
    }
    if (closed) {
      throw new TransientFailure(
          "the connection to " + service + " is closed: this instance is stopping");
    }
    try {
      built = source.build();
    } catch (IOException e) {
      throw new TransientFailure(
          "no credentials for "
              + service
              + "; let the function run as a service account, or for development run `gcloud auth"
              + " application-default login`: "
              + e,
          e);
    }
    client = built;
    return built;
  }

  /** Waits 5 s at most for calls under way. Later calls fail. */
  @Override
  public synchronized void close() {
    closed = true;
    C open = client;
    client = null;
    if (open == null) {
      return;
    }
    open.shutdown();
    boolean ended = false;
    try {
      ended = open.awaitTermination(LONGEST_CLOSE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!ended) {
      open.shutdownNow();
    }
  }
}
