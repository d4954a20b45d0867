package dev.whatsit.batch;

import dev.whatsit.domain.batch.Batch;
import dev.whatsit.domain.batch.BatchId;
import dev.whatsit.domain.batch.BatchItem;
import dev.whatsit.domain.batch.BatchStore;
import dev.whatsit.http.ApiRequest;
import dev.whatsit.http.ApiResponse;
import dev.whatsit.http.BatchResource;
import dev.whatsit.http.Problem;
import dev.whatsit.http.ProblemException;
import dev.whatsit.http.Routes;
import java.time.Clock;
import java.time.Instant;
import java.util.List;

/** {@code GET /v1/batches/{id}}: two store reads, no writes. */
final class ReadHandler implements Routes.Handler {
  private static final String RETRY_AFTER_SECONDS = "1";

  private final BatchStore batches;
  private final Clock clock;

  ReadHandler(BatchStore batches, Clock clock) {
    this.batches = batches;
    this.clock = clock;
  }

  @Override
  public ApiResponse handle(ApiRequest request) {
    Batch batch = find(request, batches, clock.instant());
    List<BatchItem> items = batches.items(batch);
    boolean complete = BatchResource.isComplete(items);
    ApiResponse response = ApiResponse.json(complete ? 200 : 202, BatchResource.of(batch, items));
    return complete ? response : response.with("Retry-After", RETRY_AFTER_SECONDS);
  }

  /**
   * Reads the batch that the path names.
   *
   * @throws ProblemException 404 if there is no such batch or it has expired
   */
  static Batch find(ApiRequest request, BatchStore batches, Instant now) {
    return BatchId.parse(request.pathParameter())
        .flatMap(batches::find)
        .filter(found -> !found.isExpired(now))
        .orElseThrow(() -> new ProblemException(batchNotFound()));
  }

  private static Problem batchNotFound() {
    return Problem.of(
        404,
        "BATCH_NOT_FOUND",
        "No such batch",
        "No batch with this id was submitted, or it is no longer kept. Send it to POST"
            + " /v1/batches.");
  }
}
