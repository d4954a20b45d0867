package dev.whatsit.batch;

import dev.whatsit.domain.batch.IdempotencyKey;
import dev.whatsit.http.ApiRequest;
import dev.whatsit.http.ApiResponse;
import dev.whatsit.http.BatchResource;
import dev.whatsit.http.Problem;
import dev.whatsit.http.ProblemException;
import dev.whatsit.http.PublicUrl;
import dev.whatsit.http.Routes;
import dev.whatsit.outbound.AddressGuard;
import java.time.Clock;
import java.util.Optional;

/** {@code POST /v1/batches}. */
final class SubmitHandler implements Routes.Handler {
  private static final String RETRY_AFTER_SECONDS = "1";

  private final AddressGuard guard;
  private final SubmitBatch submitBatch;
  private final PublicUrl publicUrl;
  private final Clock clock;

  SubmitHandler(AddressGuard guard, SubmitBatch submitBatch, PublicUrl publicUrl, Clock clock) {
    this.guard = guard;
    this.submitBatch = submitBatch;
    this.publicUrl = publicUrl;
    this.clock = clock;
  }

  @Override
  public ApiResponse handle(ApiRequest request) {
    BatchRequest wanted = BatchRequest.read(request, guard);
    Optional<IdempotencyKey> key = SubmissionKey.of(request, wanted.digest());
    SubmitBatch.Submitted submitted =
        submitBatch.submit(
            wanted.items(),
            wanted.callbackUrl(),
            key.orElse(null),
            request.trace().orElse(null),
            request.labels(),
            clock.instant());
    if (!(submitted instanceof SubmitBatch.Submitted.Accepted accepted)) {
      throw keyTaken();
    }
    return ApiResponse.json(202, BatchResource.of(accepted.batch(), accepted.items()))
        .with("Location", publicUrl.ofBatch(accepted.batch().id()))
        .with("Retry-After", RETRY_AFTER_SECONDS);
  }

  /** Section 2.7 of the Idempotency-Key draft prescribes 422 for this. */
  private static ProblemException keyTaken() {
    return new ProblemException(
        Problem.of(
            422,
            "IDEMPOTENCY_KEY_REUSED",
            "The Idempotency-Key was used for another body",
            "Within 24 hours a key stands for one body. Send the same body, or another key."));
  }
}
