package dev.whatsit.batch;

import dev.whatsit.domain.batch.Batch;
import dev.whatsit.domain.batch.BatchStore;
import dev.whatsit.domain.batch.IdempotencyKey;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.http.Answer;
import dev.whatsit.http.BatchResource;
import dev.whatsit.http.Exchange;
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
  private final BatchStore batches;
  private final PublicUrl publicUrl;
  private final Clock clock;

  SubmitHandler(
      AddressGuard guard,
      SubmitBatch submitBatch,
      BatchStore batches,
      PublicUrl publicUrl,
      Clock clock) {
    this.guard = guard;
    this.submitBatch = submitBatch;
    this.batches = batches;
    this.publicUrl = publicUrl;
    this.clock = clock;
  }

  @Override
  public Answer handle(Exchange exchange) {
    BatchRequest request = BatchRequest.read(exchange, guard);
    Optional<IdempotencyKey> key = SubmissionKey.of(exchange, request.digest());
    SubmitBatch.Submitted submitted =
        submitBatch.submit(
            request.items(),
            request.callbackUrl(),
            key.orElse(null),
            exchange.trace().orElse(null),
            exchange.labels(),
            clock.instant());
    if (!(submitted instanceof SubmitBatch.Submitted.Accepted accepted)) {
      throw keyTaken();
    }
    // Read rather than remembered: some may have ended meanwhile, and a repetition has no other
    // way.
    Batch batch =
        batches
            .find(accepted.id())
            .orElseThrow(() -> new TransientFailure("the batch " + accepted.id() + " is gone"));
    return Answer.json(202, BatchResource.toJson(batch, batches.items(batch.id())))
        .with("Location", publicUrl.ofBatch(batch.id()))
        .with("Retry-After", RETRY_AFTER_SECONDS);
  }

  /** The draft's own status for this, section 2.7. */
  private static ProblemException keyTaken() {
    return new ProblemException(
        Problem.of(
            422,
            "IDEMPOTENCY_KEY_REUSED",
            "The Idempotency-Key was used for another body",
            "Within 24 hours a key stands for one body. Send the same body, or another key."));
  }
}
