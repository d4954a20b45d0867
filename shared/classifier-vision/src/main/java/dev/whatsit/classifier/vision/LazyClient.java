package dev.whatsit.classifier.vision;

import com.google.api.gax.core.NoCredentialsProvider;
import com.google.api.gax.grpc.InstantiatingGrpcChannelProvider;
import com.google.cloud.vision.v1.ImageAnnotatorClient;
import com.google.cloud.vision.v1.ImageAnnotatorSettings;
import dev.whatsit.domain.failure.TransientFailure;
import io.grpc.ManagedChannelBuilder;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The client, built when it is first needed: an instance that never classifies looks for no
 * credentials and opens no connection. Safe for use by several threads.
 */
final class LazyClient implements AutoCloseable {
  /**
   * An instance may be frozen between two events, and its connection be gone when it wakes. Asked
   * for while requests are under way only; other clients of Google's use the same times.
   */
  private static final Duration KEEP_ALIVE = Duration.ofSeconds(30);

  private static final Duration KEEP_ALIVE_ANSWER = Duration.ofSeconds(10);

  private final @Nullable VisionEndpoint endpoint;
  private @Nullable ImageAnnotatorClient client;

  /** A client that will ask there, or at Vision's usual address. */
  LazyClient(@Nullable VisionEndpoint endpoint) {
    this.endpoint = endpoint;
  }

  /**
   * The client, which never tries again by itself.
   *
   * @throws TransientFailure if there are no credentials
   */
  synchronized ImageAnnotatorClient get() {
    ImageAnnotatorClient open = client;
    if (open == null) {
      try {
        open = ImageAnnotatorClient.create(settings());
      } catch (IOException e) {
        throw new TransientFailure(
            "vision: no credentials; let the function run as a service account, or for development"
                + " run `gcloud auth application-default login`",
            e);
      }
      client = open;
    }
    return open;
  }

  private ImageAnnotatorSettings settings() throws IOException {
    InstantiatingGrpcChannelProvider.Builder channel =
        ImageAnnotatorSettings.defaultGrpcTransportProviderBuilder()
            .setKeepAliveTimeDuration(KEEP_ALIVE)
            .setKeepAliveTimeoutDuration(KEEP_ALIVE_ANSWER);
    ImageAnnotatorSettings.Builder settings = ImageAnnotatorSettings.newBuilder();
    if (endpoint != null) {
      settings.setEndpoint(endpoint.target());
      if (endpoint.plaintext()) {
        channel.setChannelConfigurator(LazyClient::plaintext);
        settings.setCredentialsProvider(NoCredentialsProvider.create());
      }
    }
    settings.setTransportChannelProvider(channel.build());
    // Each call brings its own deadline. By default a request that met its own is sent again for
    // ten minutes, and every one of them may be billed.
    settings.batchAnnotateImagesSettings().setRetryableCodes();
    return settings.build();
  }

  @SuppressWarnings("rawtypes") // So the client's interface has it.
  private static ManagedChannelBuilder plaintext(ManagedChannelBuilder channel) {
    return channel.usePlaintext();
  }

  @Override
  public synchronized void close() {
    if (client != null) {
      client.close();
      client = null;
    }
  }
}
