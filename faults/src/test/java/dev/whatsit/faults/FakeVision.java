package dev.whatsit.faults;

import com.google.cloud.vision.v1.AnnotateImageResponse;
import com.google.cloud.vision.v1.BatchAnnotateImagesRequest;
import com.google.cloud.vision.v1.BatchAnnotateImagesResponse;
import com.google.cloud.vision.v1.EntityAnnotation;
import com.google.cloud.vision.v1.ImageAnnotatorGrpc.ImageAnnotatorImplBase;
import com.google.cloud.vision.v1.Likelihood;
import com.google.cloud.vision.v1.SafeSearchAnnotation;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.okhttp.OkHttpServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.function.Function;

/**
 * Vision's service over gRPC. Sees in every image a label that tells which image it was, so that no
 * result can be taken for another's. Safe for use by several threads.
 */
final class FakeVision extends ImageAnnotatorImplBase implements AutoCloseable {
  /** What becomes of one image in an answer that is fine otherwise. */
  enum Verdict {
    SEEN,
    /** The image cannot be read now. */
    UNAVAILABLE,
    /** A quota is used up. */
    QUOTA,
    /** Something broke. */
    INTERNAL,
    /** The data is found bad. */
    BAD_DATA
  }

  private final Server server;
  private volatile Function<String, Verdict> verdicts = image -> Verdict.SEEN;

  FakeVision() throws IOException {
    server =
        OkHttpServerBuilder.forPort(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                InsecureServerCredentials.create())
            .addService(this)
            .build()
            .start();
  }

  String hostPort() {
    return "127.0.0.1:" + server.getPort();
  }

  /** What becomes of images from now on, by their hashes. Called by several threads. */
  void judgeBy(Function<String, Verdict> next) {
    verdicts = next;
  }

  /** The label that this image gets. */
  static String labelOf(String image) {
    return "picture " + image.substring(0, 12);
  }

  @Override
  public void batchAnnotateImages(
      BatchAnnotateImagesRequest request, StreamObserver<BatchAnnotateImagesResponse> caller) {
    String uri = request.getRequests(0).getImage().getSource().getImageUri();
    String image = uri.substring(uri.lastIndexOf('/') + 1);
    AnnotateImageResponse answer =
        switch (verdicts.apply(image)) {
          case SEEN -> seen(image);
          case UNAVAILABLE -> error(14, "We can not access the URL currently.");
          case QUOTA -> error(8, "Quota exceeded.");
          case INTERNAL -> error(13, "Internal server error. Unexpected feature response.");
          case BAD_DATA -> error(3, "Bad image data.");
        };
    caller.onNext(BatchAnnotateImagesResponse.newBuilder().addResponses(answer).build());
    caller.onCompleted();
  }

  private static AnnotateImageResponse seen(String image) {
    return AnnotateImageResponse.newBuilder()
        .addLabelAnnotations(
            EntityAnnotation.newBuilder().setDescription(labelOf(image)).setScore(0.9f))
        .setSafeSearchAnnotation(
            SafeSearchAnnotation.newBuilder()
                .setAdult(Likelihood.VERY_UNLIKELY)
                .setSpoof(Likelihood.UNLIKELY)
                .setMedical(Likelihood.POSSIBLE)
                .setViolence(Likelihood.LIKELY)
                .setRacy(Likelihood.VERY_LIKELY))
        .build();
  }

  private static AnnotateImageResponse error(int code, String message) {
    return AnnotateImageResponse.newBuilder()
        .setError(com.google.rpc.Status.newBuilder().setCode(code).setMessage(message))
        .build();
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}
