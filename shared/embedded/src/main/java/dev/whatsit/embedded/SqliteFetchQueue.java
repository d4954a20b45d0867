package dev.whatsit.embedded;

import dev.whatsit.domain.batch.FetchMessage;
import dev.whatsit.domain.batch.FetchQueue;
import java.util.List;

/** Items to be fetched in a queue of their own. Safe for use by several threads and processes. */
final class SqliteFetchQueue implements FetchQueue {
  private final DroppingQueue queue;

  /** Over a queue in a file of its own. */
  SqliteFetchQueue(DroppingQueue queue) {
    this.queue = queue;
  }

  @Override
  public void publish(List<FetchMessage> messages) {
    if (!messages.isEmpty()) {
      queue.publishAll(
          "publish " + messages.size() + " fetches of batch " + messages.get(0).item().batch(),
          messages.stream().map(FetchMessage::toAttributes).toList());
    }
  }

  @Override
  public void checkReachable() {
    queue.checkReachable();
  }
}
