package dev.whatsit.http;

import dev.whatsit.domain.callback.Callback;
import dev.whatsit.domain.callback.CallbackStatus;
import dev.whatsit.domain.callback.CallbackStore;
import dev.whatsit.domain.callback.ResultMessage;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.logging.EventLog;
import dev.whatsit.logging.Labels;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Redelivers callbacks, whether or not they were delivered before. The message keeps its {@code
 * webhook-id}, so that a receiver can recognise a duplicate delivery. Thread-safe.
 */
public final class Redelivery {
  private static final EventLog LOG = EventLog.of(Redelivery.class);

  private final CallbackStore callbacks;
  private final MessageQueue queue;

  /** Redelivers callbacks of this store through this queue. */
  public Redelivery(CallbackStore callbacks, MessageQueue queue) {
    this.callbacks = callbacks;
    this.queue = queue;
  }

  /**
   * Restarts the delivery of each callback, by one call of the callback store and one of the queue
   * for each.
   *
   * @return the callbacks that still exist, as they are stored now
   * @throws TransientFailure if it is not known which deliveries were restarted; the call may be
   *     repeated
   */
  public List<Callback> redeliver(List<Callback> found, Labels labels, Instant now) {
    List<Callback> begun = new ArrayList<>();
    for (Callback each : found) {
      callbacks.redeliver(each.id(), now).ifPresent(begun::add);
    }
    begun.forEach(each -> publish(each, labels));
    LOG.info("redelivering", labels.and("callbacks", begun.size()));
    return begun;
  }

  /**
   * Publishes a pending callback. If that fails, the sweep publishes it, because the callback is
   * stored as due.
   */
  private void publish(Callback callback, Labels labels) {
    if (callback.status() != CallbackStatus.PENDING) {
      return;
    }
    try {
      queue.publish(
          Topic.RESULTS, new ResultMessage(callback.subject(), callback.id(), null).toMessage());
    } catch (TransientFailure e) {
      LOG.warning("cannot send a callback again", labels.and("callback", callback.id()), e);
    }
  }
}
