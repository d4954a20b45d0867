package dev.whatsit.upload;

import dev.whatsit.http.FieldErrors;
import dev.whatsit.http.JsonFields;
import dev.whatsit.http.Problem;
import dev.whatsit.http.Problem.FieldError;
import dev.whatsit.http.ProblemException;
import dev.whatsit.outbound.OutboundUrl;
import dev.whatsit.outbound.image.ImageFetch;
import dev.whatsit.outbound.image.SourceFailure;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The member {@code source_url} of a submission, and its errors. */
final class Source {
  private static final String FIELD = "source_url";

  private final @Nullable OutboundUrl url;
  private final @Nullable SourceFailure refused;

  private Source(@Nullable OutboundUrl url, @Nullable SourceFailure refused) {
    this.url = url;
    this.refused = refused;
  }

  /** Reads the member, and records an error if it is missing or not a string. */
  static Source read(JsonFields fields, ImageFetch images) {
    if (fields.find(FIELD).isEmpty()) {
      fields.reject(FIELD, "REQUIRED", "Must be the URL of the image.");
    }
    Optional<String> text = fields.text(FIELD);
    if (text.isEmpty()) {
      return new Source(null, null);
    }
    try {
      return new Source(images.check(text.get()), null);
    } catch (SourceFailure e) {
      return new Source(null, e);
    }
  }

  /**
   * The URL, if nothing is wrong with the request.
   *
   * @param errors the errors of all fields
   * @throws ProblemException 422 with every wrong field
   */
  OutboundUrl require(FieldErrors errors) {
    if (refused != null) {
      if (errors.isEmpty()) {
        throw problem(refused);
      }
      errors.add(FIELD, refused.code(), refused.detail());
    }
    errors.verify();
    if (url == null) {
      throw new IllegalStateException("what is missing was noted");
    }
    return url;
  }

  /** 422 for a source that is the only error: its code is the problem's and the field's. */
  static ProblemException problem(SourceFailure failure) {
    Problem fields =
        Problem.invalid(List.of(new FieldError(FIELD, failure.code(), failure.detail())));
    Problem problem =
        new Problem(
            fields.status(),
            failure.code(),
            "No image could be fetched",
            failure.detail(),
            fields.headers(),
            fields.members());
    for (Map.Entry<String, Long> member : failure.members().entrySet()) {
      problem = problem.with(member.getKey(), member.getValue());
    }
    return new ProblemException(problem);
  }
}
