package dev.whatsit.status;

import dev.whatsit.domain.callback.CallbackKind;
import dev.whatsit.domain.callback.CallbackStore;
import dev.whatsit.domain.callback.Subject;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.http.Answer;
import dev.whatsit.http.CallbackResource;
import dev.whatsit.http.Exchange;
import dev.whatsit.http.ProblemException;
import dev.whatsit.http.Problems;
import dev.whatsit.http.Routes;
import java.time.Clock;
import java.time.Instant;

/**
 * {@code GET /v1/images/{hash}/callbacks}: what was tried, and what came back, for the latest run.
 * A path of its own, so that the status of an image stays one read.
 */
final class CallbacksHandler implements Routes.Handler {
  private static final int MOST = 100;

  private final RecordStore records;
  private final CallbackStore callbacks;
  private final Clock clock;

  CallbacksHandler(RecordStore records, CallbackStore callbacks, Clock clock) {
    this.records = records;
    this.callbacks = callbacks;
    this.clock = clock;
  }

  @Override
  public Answer handle(Exchange exchange) {
    ImageHash hash =
        ImageHash.parse(exchange.pathParameter())
            .orElseThrow(() -> new ProblemException(Problems.invalidHash()));
    Instant now = clock.instant();
    ImageRecord record =
        records.find(hash, now).orElseThrow(() -> new ProblemException(Problems.imageNotFound()));
    Subject subject = Subject.of(hash, record.run());
    return Answer.json(
            200,
            CallbackResource.list(record, callbacks.list(subject, CallbackKind.WEBHOOK, MOST, now)))
        .with("Cache-Control", "private, no-cache");
  }
}
