package dev.whatsit.notify;

import dev.whatsit.domain.batch.AnnounceBatch;
import dev.whatsit.domain.batch.Batch;
import dev.whatsit.domain.batch.BatchId;
import dev.whatsit.domain.batch.BatchStore;
import dev.whatsit.domain.callback.Callback;
import dev.whatsit.domain.callback.CallbackKind;
import dev.whatsit.domain.callback.CallbackStore;
import dev.whatsit.domain.callback.Subject;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.logging.EventLog;
import dev.whatsit.logging.Labels;
import java.time.Instant;
import java.util.Optional;

/**
 * Notifies the subscriber of a completed batch: writes the batch's one callback with its payload,
 * marks the batch as announced, then delivers the callback. Each step is idempotent: the callback
 * has the same identity every time. Thread-safe.
 */
final class BatchCompletedHandler {
  private static final EventLog LOG = EventLog.of(BatchCompletedHandler.class);

  private final BatchStore batches;
  private final CallbackStore callbacks;
  private final DeliverCallback deliver;

  BatchCompletedHandler(BatchStore batches, CallbackStore callbacks, DeliverCallback deliver) {
    this.batches = batches;
    this.callbacks = callbacks;
    this.deliver = deliver;
  }

  /**
   * Notifies the batch's subscriber, if it has one that was not notified yet.
   *
   * @throws TransientFailure if it is not known what was written; the message must be redelivered
   */
  void handle(Subject subject, Labels labels, Instant now) {
    Optional<Batch> batch =
        BatchId.parse(subject.id()).flatMap(batches::find).filter(Batch::announceDue);
    String url = batch.map(Batch::callbackUrl).orElse(null);
    if (batch.isEmpty() || url == null) {
      LOG.info("nothing to announce", labels);
      return;
    }
    BatchId id = batch.get().id();
    Callback callback = Callback.waiting(AnnounceBatch.subject(id), CallbackKind.WEBHOOK, url, now);
    callbacks.register(callback, 1, now);
    callbacks.announce(
        callback.id(), BatchPayload.of(batch.get(), batches.items(batch.get()), now), now);
    batches.change(id, found -> found.announced(now));
    LOG.info("announced", labels.and("callbacks", 1));
    deliver.deliver(callback.id(), labels);
  }
}
