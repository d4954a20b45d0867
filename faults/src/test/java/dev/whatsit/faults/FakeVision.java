package dev.whatsit.faults;

import com.google.cloud.vision.v1.AnnotateImageResponse;
import com.google.cloud.vision.v1.BatchAnnotateImagesRequest;
import com.google.cloud.vision.v1.BatchAnnotateImagesResponse;
import com.google.cloud.vision.v1.EntityAnnotation;
import com.google.cloud.vision.v1.ImageAnnotatorProto;
import com.google.cloud.vision.v1.Likelihood;
import com.google.cloud.vision.v1.SafeSearchAnnotation;
import com.google.rpc.Code;
import com.google.rpc.Status;
import dev.whatsit.transcoding.TranscodedMethod;
import java.io.IOException;
import java.util.function.Function;

/**
 * Vision's service in JSON over HTTP. Sees in every image a label that tells which image it was, so
 * that no result can be taken for another's. Thread-safe.
 */
final class FakeVision implements AutoCloseable {
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

  private final TranscodedMethod<BatchAnnotateImagesRequest, BatchAnnotateImagesResponse> server;
  private volatile Function<String, Verdict> verdicts = image -> Verdict.SEEN;

  FakeVision() throws IOException {
    server =
        new TranscodedMethod<>(
            ImageAnnotatorProto.getDescriptor(),
            "ImageAnnotator",
            "BatchAnnotateImages",
            BatchAnnotateImagesRequest.parser(),
            this::annotate);
  }

  String hostPort() {
    return server.hostPort();
  }

  /** What becomes of images from now on, by their hashes. Called by several threads. */
  void judgeBy(Function<String, Verdict> next) {
    verdicts = next;
  }

  /** The label that this image gets. */
  static String labelOf(String image) {
    return "picture " + image.substring(0, 12);
  }

  private BatchAnnotateImagesResponse annotate(BatchAnnotateImagesRequest request) {
    String uri = request.getRequests(0).getImage().getSource().getImageUri();
    String image = uri.substring(uri.lastIndexOf('/') + 1);
    return BatchAnnotateImagesResponse.newBuilder()
        .addResponses(
            switch (verdicts.apply(image)) {
              case SEEN -> seen(image);
              case UNAVAILABLE -> error(Code.UNAVAILABLE, "We can not access the URL currently.");
              case QUOTA -> error(Code.RESOURCE_EXHAUSTED, "Quota exceeded.");
              case INTERNAL ->
                  error(Code.INTERNAL, "Internal server error. Unexpected feature response.");
              case BAD_DATA -> error(Code.INVALID_ARGUMENT, "Bad image data.");
            })
        .build();
  }

  private static AnnotateImageResponse.Builder seen(String image) {
    return AnnotateImageResponse.newBuilder()
        .addLabelAnnotations(
            EntityAnnotation.newBuilder().setDescription(labelOf(image)).setScore(0.9f))
        .setSafeSearchAnnotation(
            SafeSearchAnnotation.newBuilder()
                .setAdult(Likelihood.VERY_UNLIKELY)
                .setSpoof(Likelihood.UNLIKELY)
                .setMedical(Likelihood.POSSIBLE)
                .setViolence(Likelihood.LIKELY)
                .setRacy(Likelihood.VERY_LIKELY));
  }

  private static AnnotateImageResponse.Builder error(Code code, String message) {
    return AnnotateImageResponse.newBuilder()
        .setError(Status.newBuilder().setCode(code.getNumber()).setMessage(message));
  }

  @Override
  public void close() {
    server.close();
  }
}
