package dev.whatsit.classifier.vision;

import com.google.api.gax.grpc.InstantiatingGrpcChannelProvider;
import com.google.cloud.vision.v1.stub.ImageAnnotatorStub;
import com.google.cloud.vision.v1.stub.ImageAnnotatorStubSettings;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.grpc.LazyClient;
import dev.whatsit.grpc.Wire;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The connection to Vision, made by the first call that needs it. Safe for use by several threads.
 */
final class VisionConnection implements AutoCloseable {
  private final @Nullable VisionEndpoint endpoint;
  private final LazyClient<ImageAnnotatorStub> client;

  /** A connection that will lead there, or to Vision's usual address. */
  VisionConnection(@Nullable VisionEndpoint endpoint) {
    this.endpoint = endpoint;
    this.client = new LazyClient<>("vision", this::build);
  }

  /**
   * The client, which never tries again by itself.
   *
   * @throws TransientFailure if there are no credentials
   */
  ImageAnnotatorStub stub() {
    return client.get();
  }

  private ImageAnnotatorStub build() throws IOException {
    InstantiatingGrpcChannelProvider.Builder channel =
        ImageAnnotatorStubSettings.defaultGrpcTransportProviderBuilder();
    ImageAnnotatorStubSettings.Builder settings = ImageAnnotatorStubSettings.newBuilder();
    String plaintext = null;
    if (endpoint != null && endpoint.plaintext()) {
      plaintext = endpoint.target();
    } else if (endpoint != null) {
      settings.setEndpoint(endpoint.target());
    }
    Wire.connect(settings, channel, plaintext);
    // Each call brings its own deadline. By default a request that met its own is sent again for
    // ten minutes, and every one of them may be billed.
    settings.batchAnnotateImagesSettings().setRetryableCodes();
    return settings.build().createStub();
  }

  @Override
  public void close() {
    client.close();
  }
}
