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
 * Sends callbacks again, received or not. It is the same message with the same {@code webhook-id}:
 * a receiver that had it knows so. Thread-safe.
 */
public final class Redelivery {
  private static final EventLog LOG = EventLog.of(Redelivery.class);

  private final CallbackStore callbacks;
  private final MessageQueue queue;

  /** Of callbacks in this store, by this queue. */
  public Redelivery(CallbackStore callbacks, MessageQueue queue) {
    this.callbacks = callbacks;
    this.queue = queue;
  }

  /**
   * Begins each of them anew, by two port calls for each.
   *
   * @return those that are still there, as they now stand
   * @throws TransientFailure if it is not known which were begun; it may be asked for again
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

  /** What could not be published the sweep sends: the callback says that it is due. */
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
