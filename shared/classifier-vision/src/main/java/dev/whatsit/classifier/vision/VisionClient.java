package dev.whatsit.classifier.vision;

import com.google.api.gax.core.CredentialsProvider;
import com.google.api.gax.core.NoCredentialsProvider;
import com.google.api.gax.grpc.GrpcCallContext;
import com.google.api.gax.grpc.GrpcStatusCode;
import com.google.api.gax.rpc.ApiException;
import com.google.api.gax.rpc.DeadlineExceededException;
import com.google.api.gax.rpc.UnavailableException;
import com.google.cloud.vision.v1.BatchAnnotateImagesRequest;
import com.google.cloud.vision.v1.BatchAnnotateImagesResponse;
import com.google.cloud.vision.v1.ImageAnnotatorClient;
import com.google.cloud.vision.v1.ImageAnnotatorSettings;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.grpc.GoogleClient;
import dev.whatsit.grpc.GrpcChannel;
import io.grpc.CallOptions;
import io.grpc.ClientStreamTracer;
import io.grpc.Metadata;
import io.grpc.Status;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests with Google's client for Vision, which is built at first use. It sends each
 * request once, because each one that arrives may be billed: neither the client nor its channel
 * retries. Thread-safe.
 */
final class VisionClient implements AutoCloseable {
  private final GoogleClient<ImageAnnotatorClient> vision;

  /**
   * Creates a client with the credentials of this process, or without any for a plaintext endpoint.
   *
   * @param endpoint null for Vision's default address
   */
  static VisionClient of(@Nullable VisionEndpoint endpoint) {
    return new VisionClient(
        endpoint,
        endpoint != null && endpoint.plaintext()
            ? NoCredentialsProvider.create()
            : ImageAnnotatorSettings.defaultCredentialsProviderBuilder().build());
  }

  VisionClient(@Nullable VisionEndpoint endpoint, CredentialsProvider credentials) {
    // Closing lets running calls end, because they are paid for.
    vision =
        new GoogleClient<>(
            "vision", () -> open(endpoint, credentials), ImageAnnotatorClient::close, code -> "");
  }

  private static ImageAnnotatorClient open(
      @Nullable VisionEndpoint endpoint, CredentialsProvider credentials) throws IOException {
    String plaintext = endpoint != null && endpoint.plaintext() ? endpoint.target() : null;
    ImageAnnotatorSettings.Builder settings = ImageAnnotatorSettings.newBuilder();
    if (endpoint != null) {
      settings.setEndpoint(endpoint.target());
    }
    settings.setCredentialsProvider(credentials);
    settings.setTransportChannelProvider(
        new GrpcChannel(plaintext, VisionSettings.MAX_DEADLINE)
            .provider(ImageAnnotatorSettings.defaultGrpcTransportProviderBuilder()));
    settings.batchAnnotateImagesSettings().setRetryableCodes();
    return ImageAnnotatorClient.create(settings.build());
  }

  /**
   * Loads the credentials and builds the client. Sends nothing and opens no connection.
   *
   * @throws TransientFailure if there are no credentials
   */
  void prepare(Duration timeout) {
    vision.get("classify", timeout);
  }

  /**
   * Sends a request, once.
   *
   * @throws ApiException with the code of the failure; if nothing was sent, for want of a
   *     connection within the timeout, a retryable UNAVAILABLE
   */
  BatchAnnotateImagesResponse annotate(BatchAnnotateImagesRequest request, Duration timeout) {
    SentTracer tracer = new SentTracer();
    try {
      return vision
          .get("classify", timeout)
          .batchAnnotateImagesCallable()
          .call(
              request,
              GrpcCallContext.createDefault()
                  .withCallOptions(CallOptions.DEFAULT.withStreamTracerFactory(tracer))
                  .withTimeoutDuration(timeout));
    } catch (DeadlineExceededException | UnavailableException e) {
      if (tracer.sent) {
        throw e;
      }
      throw new UnavailableException(e, GrpcStatusCode.of(Status.Code.UNAVAILABLE), true);
    }
  }

  @Override
  public void close() {
    vision.close();
  }

  /** Observes whether a request was sent on a connection. */
  private static final class SentTracer extends ClientStreamTracer.Factory {
    private volatile boolean sent;

    @Override
    public ClientStreamTracer newClientStreamTracer(
        ClientStreamTracer.StreamInfo info, Metadata headers) {
      return new ClientStreamTracer() {
        @Override
        public void outboundHeaders() {
          sent = true;
        }
      };
    }
  }
}
