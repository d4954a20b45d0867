package dev.whatsit.faults;

import com.google.cloud.vision.v1.AnnotateImageResponse;
import com.google.cloud.vision.v1.BatchAnnotateImagesRequest;
import com.google.cloud.vision.v1.BatchAnnotateImagesResponse;
import com.google.cloud.vision.v1.EntityAnnotation;
import com.google.cloud.vision.v1.Likelihood;
import com.google.cloud.vision.v1.SafeSearchAnnotation;
import com.google.rpc.Code;
import com.google.rpc.Status;
import dev.whatsit.vision.fake.FakeVision;
import java.util.function.Function;

/**
 * The responses of the fake of Vision. Every image gets a label that identifies it, so that results
 * of different images cannot be confused. Thread-safe.
 */
final class VisionVerdicts implements FakeVision.Responder {
  /** The result of one image in a successful response. */
  enum Verdict {
    SEEN,
    /** The image cannot be read now. */
    UNAVAILABLE,
    /** A quota is used up. */
    QUOTA,
    /** An internal error. */
    INTERNAL,
    /** The image data is rejected as bad. */
    BAD_DATA
  }

  private volatile Function<String, Verdict> verdicts = image -> Verdict.SEEN;

  /** Replaces the verdicts on images, by their hashes. The function must be thread-safe. */
  void judgeBy(Function<String, Verdict> next) {
    verdicts = next;
  }

  /** The label that this image gets. */
  static String labelOf(String image) {
    return "picture " + image.substring(0, 12);
  }

  @Override
  public BatchAnnotateImagesResponse respond(BatchAnnotateImagesRequest request) {
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
}
