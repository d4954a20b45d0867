package dev.whatsit.embedded;

import dev.whatsit.domain.callback.ResultMessage;
import dev.whatsit.domain.callback.ResultQueue;

/**
 * Results, for each of those who take them a queue of its own, as subscriptions of one topic are:
 * for notifiers, and, of what all are told about images, for the progress of batches. Who dies
 * between the two has not published, and does it again. Safe for use by several threads and
 * processes.
 */
final class SqliteResultQueue implements ResultQueue {
  private final DroppingQueue notifiers;
  private final DroppingQueue progress;

  /** Over queues in files of their own. */
  SqliteResultQueue(DroppingQueue notifiers, DroppingQueue progress) {
    this.notifiers = notifiers;
    this.progress = progress;
  }

  @Override
  public String publish(ResultMessage message) {
    String what = "result of " + message.subject().key();
    if (message.callback() == null && message.subject().image().isPresent()) {
      progress.publish(what, message.toAttributes());
    }
    return notifiers.publish(what, message.toAttributes());
  }

  @Override
  public void checkReachable() {
    notifiers.checkReachable();
    progress.checkReachable();
  }
}
