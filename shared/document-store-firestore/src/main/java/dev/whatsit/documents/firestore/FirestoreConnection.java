package dev.whatsit.documents.firestore;

import com.google.api.core.ApiFuture;
import com.google.api.gax.core.FixedCredentialsProvider;
import com.google.cloud.firestore.Firestore;
import com.google.cloud.firestore.FirestoreOptions;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.grpc.GrpcChannel;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Builds Google's client at first use and puts a deadline on each call. Thread-safe. */
final class FirestoreConnection implements AutoCloseable {
  static final Duration MAX_CALL = Duration.ofSeconds(DocumentStore.MAX_CALL_SECONDS);

  private static final int MAX_ATTEMPTS = 4;

  private final FirestoreSettings settings;
  private final Duration maxCall;
  private @Nullable Firestore client;
  private boolean closed;

  FirestoreConnection(FirestoreSettings settings, Duration maxCall) {
    this.settings = settings;
    this.maxCall = maxCall;
  }

  /**
   * Makes a call and waits for its result.
   *
   * @param action what the call does, as in "read images/1"
   * @throws TransientFailure if it fails or exceeds the deadline
   */
  <T> T call(String action, Function<Firestore, ApiFuture<T>> request) {
    long end = System.nanoTime() + maxCall.toNanos();
    ApiFuture<T> result = null;
    try {
      result = request.apply(client());
      return result.get(end - System.nanoTime(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      result.cancel(true);
      throw new TransientFailure(
          "Firestore: cannot " + action + ": not done within " + maxCall.toMillis() + " ms", e);
    } catch (InterruptedException e) {
      result.cancel(true);
      Thread.currentThread().interrupt();
      throw new TransientFailure("Firestore: cannot " + action + ": interrupted", e);
    } catch (ExecutionException e) {
      throw FirestoreFailures.of(action, e.getCause() == null ? e : e.getCause());
    } catch (RuntimeException e) {
      throw FirestoreFailures.of(action, e);
    }
  }

  private synchronized Firestore client() {
    if (closed) {
      throw new IllegalStateException("the connection is closed, this instance stops");
    }
    Firestore open = client;
    if (open == null) {
      open = open();
      client = open;
    }
    return open;
  }

  private Firestore open() {
    FirestoreOptions.Builder options =
        FirestoreOptions.newBuilder()
            .setProjectId(settings.project())
            .setDatabaseId(settings.database())
            // One attempt may take the whole time: a commit is not retried after a timeout.
            .setRetrySettings(GrpcChannel.retries(maxCall, maxCall, MAX_ATTEMPTS))
            .setChannelProvider(
                new GrpcChannel(settings.emulator(), maxCall)
                    .provider(FirestoreOptions.getDefaultTransportChannelProviderBuilder()));
    if (settings.emulator() != null) {
      // With NoCredentials the client would call the real service. With setEmulatorHost, which the
      // client also reads from the environment, it would replace the channel's settings.
      options.setCredentialsProvider(
          FixedCredentialsProvider.create(new FirestoreOptions.EmulatorCredentials()));
    }
    return options.build().getService();
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
