package dev.whatsit.control;

import dev.whatsit.domain.callback.PublishImageCompleted;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.record.CancelResult;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.thumbnail.Thumbnail;
import dev.whatsit.domain.thumbnail.ThumbnailRecords;
import dev.whatsit.domain.thumbnail.ThumbnailRecords.ImageWithThumbnails;
import dev.whatsit.http.ApiRequest;
import dev.whatsit.http.ApiResponse;
import dev.whatsit.http.EntityTags;
import dev.whatsit.http.FieldErrors;
import dev.whatsit.http.ImageResource;
import dev.whatsit.http.JsonBody;
import dev.whatsit.http.Problem;
import dev.whatsit.http.ProblemException;
import dev.whatsit.http.Problems;
import dev.whatsit.http.PublicUrl;
import dev.whatsit.http.Routes;
import dev.whatsit.logging.EventLog;
import dev.whatsit.logging.Labels;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * {@code PATCH /v1/images/{hash}} with {@code {"status": "canceled"}}: cancels an image's work by
 * one conditional write. It applies to all clients that sent these bytes. A message of the work
 * that is still in the queue finds the work finished. Conditions of the request are part of that
 * write.
 */
final class CancelHandler implements Routes.Handler {
  private static final EventLog LOG = EventLog.of(CancelHandler.class);
  private static final int MAX_BYTES = 16 * 1024;
  private static final Set<String> MEDIA_TYPES =
      Set.of("application/json", "application/merge-patch+json");
  private static final String CANCELED = "canceled";

  private final RecordStore records;
  private final ThumbnailRecords thumbnails;
  private final PublishImageCompleted publishImageCompleted;
  private final PublicUrl publicUrl;
  private final Clock clock;

  CancelHandler(
      RecordStore records,
      ThumbnailRecords thumbnails,
      PublishImageCompleted publishImageCompleted,
      PublicUrl publicUrl,
      Clock clock) {
    this.records = records;
    this.thumbnails = thumbnails;
    this.publishImageCompleted = publishImageCompleted;
    this.publicUrl = publicUrl;
    this.clock = clock;
  }

  @Override
  public ApiResponse handle(ApiRequest request) {
    ImageHash hash = request.imageHash();
    requireCancel(request);
    Instant now = clock.instant();
    CancelResult result = records.cancel(hash, condition(request, hash, now), now);
    Labels labels = request.labels().and("image_hash", hash);
    if (result instanceof CancelResult.Canceled canceled) {
      LOG.info("canceled", labels.and("run", canceled.record().run()));
      announce(canceled.record(), labels);
      return ApiResponse.json(200, ImageResource.of(canceled.record()));
    }
    if (result instanceof CancelResult.Requested requested) {
      LOG.info("asked to cancel", labels.and("run", requested.record().run()));
      return publicUrl.accepted(requested.record(), now);
    }
    if (result instanceof CancelResult.ConditionFailed) {
      throw new ProblemException(Problems.preconditionFailed());
    }
    if (result instanceof CancelResult.AlreadyFinal ended) {
      throw alreadyFinal(ended.record());
    }
    throw new ProblemException(Problems.imageNotFound());
  }

  /**
   * What the record must fulfil, by the request's {@code If-Match} and {@code If-None-Match}. Its
   * thumbnails are read before, because canceling does not change them.
   */
  private Predicate<ImageRecord> condition(ApiRequest request, ImageHash hash, Instant now) {
    if (!EntityTags.areIn(request)) {
      return record -> true;
    }
    List<Thumbnail> pictures =
        thumbnails.find(hash, now).map(ImageWithThumbnails::thumbnails).orElse(List.of());
    return record -> EntityTags.conditionsHold(request, record, pictures);
  }

  /** Publishes the completion. If that fails, the work stays canceled, and the sweep publishes. */
  private void announce(ImageRecord record, Labels labels) {
    try {
      publishImageCompleted.announce(record);
    } catch (TransientFailure e) {
      LOG.warning("cannot publish the completion", labels, e);
    }
  }

  private static void requireCancel(ApiRequest request) {
    FieldErrors errors = new FieldErrors();
    JsonBody body = JsonBody.read(request, MAX_BYTES, MEDIA_TYPES, errors);
    if (body.find("status").isEmpty()) {
      body.reject("status", "REQUIRED", "Must be \"canceled\".");
    }
    Optional<String> status = body.text("status");
    if (status.isPresent() && !status.get().equals(CANCELED)) {
      body.reject("status", "INVALID_VALUE", "Must be \"canceled\"; nothing else can be set.");
    }
    body.rejectUnknown();
    errors.verify();
  }

  private static ProblemException alreadyFinal(ImageRecord record) {
    return new ProblemException(
        Problem.of(
                409,
                "ALREADY_FINAL",
                "The work has ended",
                "The image is "
                    + record.status().word()
                    + ". Only work that has not ended can be canceled.")
            .with("image_status", record.status().word()));
  }
}
