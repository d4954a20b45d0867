package dev.whatsit.control;

import dev.whatsit.domain.callback.Callback;
import dev.whatsit.domain.callback.CallbackStore;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.http.ApiRequest;
import dev.whatsit.http.ApiResponse;
import dev.whatsit.http.CallbackResource;
import dev.whatsit.http.ImageCallbacks;
import dev.whatsit.http.Problem;
import dev.whatsit.http.ProblemException;
import dev.whatsit.http.PublicUrl;
import dev.whatsit.http.Redelivery;
import dev.whatsit.http.Routes;
import dev.whatsit.logging.Labels;
import java.time.Clock;
import java.time.Instant;
import java.util.List;

/**
 * {@code POST /v1/images/{hash}:redeliver}: redelivers the callbacks of the latest run that has
 * any.
 */
final class RedeliverHandler implements Routes.Handler {
  private final RecordStore records;
  private final CallbackStore callbacks;
  private final Redelivery redelivery;
  private final PublicUrl publicUrl;
  private final Clock clock;

  RedeliverHandler(
      RecordStore records,
      CallbackStore callbacks,
      MessageQueue queue,
      PublicUrl publicUrl,
      Clock clock) {
    this.records = records;
    this.callbacks = callbacks;
    this.redelivery = new Redelivery(callbacks, queue);
    this.publicUrl = publicUrl;
    this.clock = clock;
  }

  @Override
  public ApiResponse handle(ApiRequest request) {
    Instant now = clock.instant();
    ImageCallbacks found = ImageCallbacks.find(request, records, callbacks, now);
    ImageRecord record = found.record();
    if (!record.status().isFinal()) {
      throw conflict(
          "NOT_FINAL", "The work has not ended", "Callbacks are sent when it has ended.", record);
    }
    if (found.callbacks().isEmpty()) {
      throw conflict(
          "NO_CALLBACKS",
          "There are no callbacks",
          "No callback_url was given for this image.",
          record);
    }
    Labels labels = request.labels().and("image_hash", record.hash()).and("run", record.run());
    List<Callback> begun = redelivery.redeliver(found.callbacks(), labels, now);
    return ApiResponse.json(202, CallbackResource.of(record, found.run(), begun))
        .with("Location", publicUrl.ofImage(record.hash()) + "/callbacks");
  }

  private static ProblemException conflict(
      String code, String title, String detail, ImageRecord record) {
    return new ProblemException(
        Problem.of(409, code, title, "The image is " + record.status().word() + ". " + detail)
            .with("image_status", record.status().word()));
  }
}
