package dev.whatsit.notify;

import dev.whatsit.domain.callback.Callback;
import dev.whatsit.domain.callback.CallbackId;
import dev.whatsit.domain.callback.CallbackStore;
import dev.whatsit.domain.callback.CallbackStore.WaitingCallbacks;
import dev.whatsit.domain.callback.ResultMessage;
import dev.whatsit.domain.callback.Subject;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.events.ResultHandler;
import dev.whatsit.logging.EventLog;
import dev.whatsit.logging.Labels;
import java.time.Clock;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Handles a message about a completion. A message without a callback is for all subscribers: each
 * of their callbacks gets its payload, becomes due and gets a message of its own, so that a slow
 * receiver delays no other; then the record is marked as announced. A message with a callback
 * delivers that callback. Thread-safe.
 */
final class ImageCompletedHandler extends ResultHandler {
  /** Many times what one image may have, including callbacks of runs that were never announced. */
  private static final int MAX_CALLBACKS = 1_000;

  private static final EventLog LOG = EventLog.of(ImageCompletedHandler.class);

  private final RecordStore records;
  private final CallbackStore callbacks;
  private final MessageQueue queue;
  private final DeliverCallback deliver;
  private final BatchCompletedHandler batchCompletedHandler;
  private final Clock clock;

  ImageCompletedHandler(
      RecordStore records,
      CallbackStore callbacks,
      MessageQueue queue,
      DeliverCallback deliver,
      BatchCompletedHandler batchCompletedHandler,
      Clock clock) {
    this.records = records;
    this.callbacks = callbacks;
    this.queue = queue;
    this.deliver = deliver;
    this.batchCompletedHandler = batchCompletedHandler;
    this.clock = clock;
  }

  @Override
  protected void handle(ResultMessage message, Labels labels) {
    if (message.callback() != null) {
      deliver.deliver(message.callback(), labels);
    } else {
      Optional<ImageHash> image = message.subject().image();
      if (image.isPresent()) {
        announce(image.get(), message, labels);
      } else {
        batchCompletedHandler.handle(message.subject(), labels, clock.instant());
      }
    }
  }

  private void announce(ImageHash image, ResultMessage message, Labels labels) {
    Instant now = clock.instant();
    // The record is read before its callbacks: a subscriber that registers later changes the
    // record, which then is not marked as announced.
    ImageRecord record = records.find(image, now).orElse(null);
    if (record == null || record.announceDue().isEmpty()) {
      LOG.info("nothing to announce", labels);
      return;
    }
    Subject subject = Subject.of(image, record.run());
    WaitingCallbacks waiting = callbacks.waiting(subject, MAX_CALLBACKS);
    String payload = Payload.of(record);
    Set<CallbackId> announced = new LinkedHashSet<>();
    for (Callback callback : waiting.callbacks()) {
      CallbackId id = CallbackId.of(subject, callback.kind(), callback.target());
      if (!id.equals(callback.id())) {
        // The callback's own run was not announced before this run began: the callback is moved to
        // this run, so that one URL is notified once of one completion.
        callbacks.moveTo(callback, subject, now);
      }
      // Also a callback that another instance moved before it crashed. Empty when it was not moved,
      // because its own run was announced.
      callbacks.announce(id, payload, now).map(Callback::id).ifPresent(announced::add);
    }
    List<CallbackId> due = List.copyOf(announced);
    // All but the last get a message of their own; the last is delivered here.
    for (CallbackId id : due.subList(0, Math.max(0, due.size() - 1))) {
      queue.publish(Topic.RESULTS, new ResultMessage(subject, id, message.trace()).toMessage());
    }
    // Otherwise the sweep publishes the completion again.
    if (waiting.complete()) {
      records.announced(record, now);
    }
    LOG.info("announced", labels.and("callbacks", due.size()));
    if (!due.isEmpty()) {
      deliver.deliver(due.get(due.size() - 1), labels);
    }
  }
}
