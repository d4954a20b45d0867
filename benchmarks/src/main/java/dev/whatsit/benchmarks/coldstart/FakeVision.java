package dev.whatsit.benchmarks.coldstart;

import com.google.cloud.vision.v1.AnnotateImageResponse;
import com.google.cloud.vision.v1.BatchAnnotateImagesRequest;
import com.google.cloud.vision.v1.BatchAnnotateImagesResponse;
import com.google.cloud.vision.v1.EntityAnnotation;
import com.google.cloud.vision.v1.ImageAnnotatorGrpc.ImageAnnotatorImplBase;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.stub.StreamObserver;
import java.io.IOException;

/** Vision's service over gRPC, which takes every image for a cat. */
final class FakeVision extends ImageAnnotatorImplBase implements AutoCloseable {
  private final Server server;

  FakeVision() throws IOException {
    server =
        Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
            .addService(this)
            .build()
            .start();
  }

  /** As the setting names it. */
  String endpoint() {
    return "http://127.0.0.1:" + server.getPort();
  }

  @Override
  public void batchAnnotateImages(
      BatchAnnotateImagesRequest request, StreamObserver<BatchAnnotateImagesResponse> caller) {
    EntityAnnotation cat =
        EntityAnnotation.newBuilder().setDescription("cat").setScore(0.9f).build();
    caller.onNext(
        BatchAnnotateImagesResponse.newBuilder()
            .addResponses(AnnotateImageResponse.newBuilder().addLabelAnnotations(cat))
            .build());
    caller.onCompleted();
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}
