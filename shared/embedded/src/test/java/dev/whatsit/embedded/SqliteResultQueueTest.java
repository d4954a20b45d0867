package dev.whatsit.embedded;

import dev.whatsit.contracts.ResultQueueContract;
import dev.whatsit.domain.callback.ResultQueue;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

class SqliteResultQueueTest extends ResultQueueContract {
  private final EmbeddedBackend backend = new EmbeddedBackend();
  private final EmbeddedBackend otherBackend = new EmbeddedBackend();
  private EmbeddedStores stores;
  private EmbeddedStores otherStores;

  @BeforeEach
  void open(@TempDir Path folder) {
    stores = backend.stores(Samples.settings(folder));
    otherStores = otherBackend.stores(Samples.settings(folder));
  }

  @AfterEach
  void close() throws IOException {
    backend.close();
    otherBackend.close();
  }

  @Override
  protected ResultQueue queue() {
    return stores.results();
  }

  @Override
  protected ResultQueue otherQueue() {
    return otherStores.results();
  }

  @Override
  protected Map<String, String> awaitDelivery(String messageId) {
    Subscription subscription = stores.resultSubscription();
    // Published by the system's clock, which this test does not hold.
    List<Delivery> deliveries =
        subscription.receive(1000, Duration.ofHours(1), Samples.NOW.plus(Duration.ofDays(36_500)));
    deliveries.forEach(delivery -> subscription.defer(delivery, Samples.NOW));
    return deliveries.stream()
        .filter(delivery -> delivery.messageId().equals(messageId))
        .findFirst()
        .orElseThrow(() -> new AssertionError("not delivered: " + messageId))
        .attributes();
  }
}
