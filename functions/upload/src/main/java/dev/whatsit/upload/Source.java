package dev.whatsit.upload;

import dev.whatsit.http.FieldErrors;
import dev.whatsit.http.JsonBody;
import dev.whatsit.http.Problem;
import dev.whatsit.http.Problem.FieldError;
import dev.whatsit.http.ProblemException;
import dev.whatsit.outbound.OutboundUrl;
import dev.whatsit.outbound.image.ImageFetch;
import dev.whatsit.outbound.image.SourceFailure;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The member {@code source_url} of a submission, and its errors. */
final class Source {
  private static final String FIELD = "source_url";

  private Source() {}

  /**
   * Reads the member and refuses all members that were not read before.
   *
   * @param errors the errors of all fields
   * @throws ProblemException 422 with every wrong field
   */
  static OutboundUrl read(JsonBody body, ImageFetch images, FieldErrors errors) {
    if (body.find(FIELD).isEmpty()) {
      body.reject(FIELD, "REQUIRED", "Must be the URL of the image.");
    }
    Optional<String> text = body.text(FIELD);
    body.rejectUnknown();
    if (text.isPresent()) {
      try {
        OutboundUrl url = images.check(text.get());
        errors.verify();
        return url;
      } catch (SourceFailure e) {
        if (errors.isEmpty()) {
          throw problem(e);
        }
        errors.add(FIELD, e.code(), e.detail());
      }
    }
    throw errors.exception();
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
