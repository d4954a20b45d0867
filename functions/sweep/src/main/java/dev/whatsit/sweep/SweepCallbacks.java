package dev.whatsit.sweep;

import dev.whatsit.domain.callback.Callback;
import dev.whatsit.domain.callback.CallbackStore;
import dev.whatsit.domain.callback.ResultMessage;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.logging.EventLog;
import dev.whatsit.logging.Labels;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Requeues stalled callbacks: due, but without a message or a delivery. Thread-safe. */
final class SweepCallbacks {
  private static final EventLog LOG = EventLog.of(SweepCallbacks.class);

  private final CallbackStore callbacks;
  private final MessageQueue queue;
  private final int limit;
  private final Duration time;
  private final Clock clock;

  /**
   * Creates the use case.
   *
   * @param limit the maximum number of callbacks in one sweep, at least 1
   * @param time after this no further callback is started
   */
  SweepCallbacks(
      CallbackStore callbacks, MessageQueue queue, int limit, Duration time, Clock clock) {
    this.callbacks = callbacks;
    this.queue = queue;
    this.limit = limit;
    this.time = time;
    this.clock = clock;
  }

  /**
   * Sweeps once.
   *
   * @throws TransientFailure if the callbacks cannot be read; nothing was changed
   */
  SweepResult sweep(Deadline deadline) {
    Instant begun = clock.instant();
    Instant end = begun.plus(time);
    // One more than the limit, to know whether there are more.
    List<Callback> overdue = callbacks.overdue(begun, limit + 1);
    SweepResult swept =
        SweepResult.each(overdue, limit, end, deadline, callback -> isSent(callback, deadline));
    swept.log(LOG, "swept callbacks");
    return swept;
  }

  private boolean isSent(Callback callback, Deadline deadline) {
    try {
      // Published first, then noted: a crash in between only causes a duplicate message.
      queue.publish(
          Topic.RESULTS, new ResultMessage(callback.subject(), callback.id(), null).toMessage());
      deadline.check();
      callbacks.republished(callback, clock.instant());
      return true;
    } catch (RuntimeException e) {
      // A failure of one callback must not stop the others.
      LOG.warning("cannot send a callback again", Labels.of("callback", callback.id()), e);
      return false;
    }
  }
}
