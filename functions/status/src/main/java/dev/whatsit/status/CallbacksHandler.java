package dev.whatsit.status;

import dev.whatsit.domain.callback.CallbackStore;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.http.ApiRequest;
import dev.whatsit.http.ApiResponse;
import dev.whatsit.http.CallbackResource;
import dev.whatsit.http.ImageCallbacks;
import dev.whatsit.http.Routes;
import java.time.Clock;

/**
 * {@code GET /v1/images/{hash}/callbacks}: the attempts and their results, for the latest run that
 * has callbacks. It has its own path so that the status of an image stays one store read.
 */
final class CallbacksHandler implements Routes.Handler {
  private final RecordStore records;
  private final CallbackStore callbacks;
  private final Clock clock;

  CallbacksHandler(RecordStore records, CallbackStore callbacks, Clock clock) {
    this.records = records;
    this.callbacks = callbacks;
    this.clock = clock;
  }

  @Override
  public ApiResponse handle(ApiRequest request) {
    ImageCallbacks found = ImageCallbacks.find(request, records, callbacks, clock.instant());
    return ApiResponse.json(
            200, CallbackResource.of(found.record(), found.run(), found.callbacks()))
        .with("Cache-Control", "private, no-cache");
  }
}
