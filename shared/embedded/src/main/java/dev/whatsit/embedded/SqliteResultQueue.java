package dev.whatsit.embedded;

import dev.whatsit.domain.queue.ResultMessage;
import dev.whatsit.domain.queue.ResultQueue;

/** Results in a queue of their own. Safe for use by several threads and processes. */
final class SqliteResultQueue implements ResultQueue {
  private final SqliteWorkQueue queue;

  /** Over a queue in a file of its own. */
  SqliteResultQueue(SqliteWorkQueue queue) {
    this.queue = queue;
  }

  @Override
  public String publish(ResultMessage message) {
    return queue.publish("result of " + message.subject().key(), message.toAttributes());
  }

  @Override
  public void checkReachable() {
    queue.checkReachable();
  }
}
