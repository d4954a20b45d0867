package dev.whatsit.batch;

import dev.whatsit.domain.batch.IdempotencyKey;
import dev.whatsit.http.ApiRequest;
import dev.whatsit.http.ApiResponse;
import dev.whatsit.http.BatchResource;
import dev.whatsit.http.MemoryBudget;
import dev.whatsit.http.Problem;
import dev.whatsit.http.ProblemException;
import dev.whatsit.http.PublicUrl;
import dev.whatsit.http.Routes;
import dev.whatsit.outbound.AddressGuard;
import java.time.Clock;
import java.util.Optional;

/** {@code POST /v1/batches}. The bodies held at the same time are limited. Thread-safe. */
final class SubmitHandler implements Routes.Handler {
  private static final String RETRY_AFTER_SECONDS = "1";

  /** Bytes in memory for each byte of a body: it, its text, the values, and the texts of writes. */
  private static final int COPIES = 10;

  /** Bytes of the largest body in memory, with the byte by which a larger one is recognised. */
  private static final long MAX_RESERVATION = COPIES * (BatchRequest.MAX_BYTES + 1L);

  /** Of the largest, however much memory there is. */
  private static final int MAX_BODIES = 16;

  private final MemoryBudget memory =
      new MemoryBudget(
          Math.min(
              MAX_BODIES * MAX_RESERVATION,
              Math.max(MAX_RESERVATION, Runtime.getRuntime().maxMemory() / 2)));
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
    // Reserved as the body arrives: a client may declare much and send little.
    try (MemoryBudget.Reservation held = memory.open()) {
      return submit(
          request, BatchRequest.read(request, guard, bytes -> held.grow((long) COPIES * bytes)));
    }
  }

  private ApiResponse submit(ApiRequest request, BatchRequest wanted) {
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
