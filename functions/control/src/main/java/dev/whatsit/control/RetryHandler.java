package dev.whatsit.control;

import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.TraceParent;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.PublishPending;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.record.RetryResult;
import dev.whatsit.http.ApiRequest;
import dev.whatsit.http.ApiResponse;
import dev.whatsit.http.Problem;
import dev.whatsit.http.ProblemException;
import dev.whatsit.http.Problems;
import dev.whatsit.http.PublicUrl;
import dev.whatsit.http.Routes;
import dev.whatsit.logging.EventLog;
import dev.whatsit.logging.Labels;
import java.time.Clock;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * {@code POST /v1/images/{hash}:retry}: starts another run. Writes the record as {@code pending},
 * publishes the message, then writes the record as {@code queued}. A dead letter of the failed run
 * then belongs to an older run: it has no effect, and stays until operators remove it.
 */
final class RetryHandler implements Routes.Handler {
  private static final EventLog LOG = EventLog.of(RetryHandler.class);

  private final RecordStore records;
  private final PublishPending publishPending;
  private final PublicUrl publicUrl;
  private final Clock clock;

  RetryHandler(RecordStore records, MessageQueue queue, PublicUrl publicUrl, Clock clock) {
    this.records = records;
    this.publishPending = new PublishPending(records, queue);
    this.publicUrl = publicUrl;
    this.clock = clock;
  }

  @Override
  public ApiResponse handle(ApiRequest request) {
    ImageHash hash = request.imageHash();
    Instant now = clock.instant();
    RetryResult result = records.retry(hash, now);
    if (result instanceof RetryResult.UnderWay underWay) {
      throw underWay(underWay.record());
    }
    if (result instanceof RetryResult.OutOfRuns) {
      throw new ProblemException(
          Problem.of(
              409,
              "RUNS_EXHAUSTED",
              "There is no further run",
              "The image was run as often as can be counted. Its result stays as it is."));
    }
    if (!(result instanceof RetryResult.Started started)) {
      throw new ProblemException(Problems.imageNotFound());
    }
    Labels labels = request.labels().and("image_hash", hash).and("run", started.record().run());
    ImageRecord record = publish(started.record(), request.trace().orElse(null), now, labels);
    return publicUrl.accepted(record, now);
  }

  /**
   * Publishes the message of a run. If that fails, the run stays {@code pending}, and the sweep
   * publishes its message. An error response would only make the client retry, and meet its own run
   * under way.
   */
  private ImageRecord publish(
      ImageRecord pending, @Nullable TraceParent trace, Instant now, Labels labels) {
    try {
      ImageRecord queued = publishPending.publish(pending, trace, now);
      LOG.info("runs again", labels);
      return queued;
    } catch (TransientFailure e) {
      LOG.warning("runs again once it is swept", labels, e);
      return pending;
    }
  }

  private static ProblemException underWay(ImageRecord record) {
    return new ProblemException(
        Problem.of(
                409,
                "UNDER_WAY",
                "The work is under way",
                "The image is "
                    + record.status().word()
                    + ". Only work that is finished can be run again.")
            .with("image_status", record.status().word()));
  }
}
