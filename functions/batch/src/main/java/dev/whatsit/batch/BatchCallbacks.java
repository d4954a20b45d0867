package dev.whatsit.batch;

import dev.whatsit.domain.batch.AnnounceBatch;
import dev.whatsit.domain.batch.Batch;
import dev.whatsit.domain.batch.BatchStore;
import dev.whatsit.domain.callback.Callback;
import dev.whatsit.domain.callback.CallbackKind;
import dev.whatsit.domain.callback.CallbackStore;
import dev.whatsit.http.ApiRequest;
import dev.whatsit.http.ApiResponse;
import dev.whatsit.http.CallbackResource;
import dev.whatsit.http.Problem;
import dev.whatsit.http.ProblemException;
import dev.whatsit.http.PublicUrl;
import dev.whatsit.http.Redelivery;
import java.time.Clock;
import java.time.Instant;
import java.util.List;

/**
 * Handlers for the callback of a batch: reading its attempts and redelivering it. The callback is
 * written once the batch is complete, so before that there is none. Thread-safe.
 */
final class BatchCallbacks {
  /** A batch has at most one callback URL. */
  private static final int MAX_CALLBACKS = 1;

  private final BatchStore batches;
  private final CallbackStore callbacks;
  private final Redelivery redelivery;
  private final PublicUrl publicUrl;
  private final Clock clock;

  BatchCallbacks(
      BatchStore batches,
      CallbackStore callbacks,
      Redelivery redelivery,
      PublicUrl publicUrl,
      Clock clock) {
    this.batches = batches;
    this.callbacks = callbacks;
    this.redelivery = redelivery;
    this.publicUrl = publicUrl;
    this.clock = clock;
  }

  /** {@code GET /v1/batches/{id}/callbacks}: two store reads. */
  ApiResponse read(ApiRequest request) {
    Instant now = clock.instant();
    Batch batch = ReadHandler.find(request, batches, now);
    return ApiResponse.json(200, CallbackResource.of(batch, find(batch, now)))
        .with("Cache-Control", "private, no-cache");
  }

  /** {@code POST /v1/batches/{id}:redeliver}. */
  ApiResponse redeliver(ApiRequest request) {
    Instant now = clock.instant();
    Batch batch = ReadHandler.find(request, batches, now);
    if (batch.completedAt() == null) {
      throw conflict("NOT_FINAL", "The batch is not complete", "The callback is sent when it is.");
    }
    List<Callback> found = find(batch, now);
    if (found.isEmpty() && !batch.announceDue()) {
      throw conflict(
          "NO_CALLBACKS",
          "There are no callbacks",
          "No callback_url was given for this batch, or its callback is no longer kept.");
    }
    List<Callback> begun =
        redelivery.redeliver(found, request.labels().and("batch", batch.id()), now);
    return ApiResponse.json(202, CallbackResource.of(batch, begun))
        .with("Location", publicUrl.ofBatch(batch.id()) + "/callbacks");
  }

  private List<Callback> find(Batch batch, Instant now) {
    return callbacks.list(
        AnnounceBatch.subject(batch.id()), CallbackKind.WEBHOOK, MAX_CALLBACKS, now);
  }

  private static ProblemException conflict(String code, String title, String detail) {
    return new ProblemException(Problem.of(409, code, title, detail));
  }
}
