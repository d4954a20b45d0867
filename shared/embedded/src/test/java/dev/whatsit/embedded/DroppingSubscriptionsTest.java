package dev.whatsit.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.contracts.CapturedLog;
import dev.whatsit.domain.batch.BatchId;
import dev.whatsit.domain.batch.FetchMessage;
import dev.whatsit.domain.batch.ItemKey;
import dev.whatsit.domain.callback.ResultMessage;
import dev.whatsit.domain.callback.Subject;
import dev.whatsit.domain.failure.Backoff;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.Topic;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The subscriptions of thumbnails, results, fetches and progress, which drop exhausted messages:
 * their dead letters could be neither listed nor replayed.
 */
class DroppingSubscriptionsTest {
  private static final Duration VISIBILITY = Duration.ofMinutes(3);
  private static final QueuePolicy POLICY =
      new QueuePolicy(new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(10)), 3);

  private CapturedLog log;
  private EmbeddedBackend backend;
  private EmbeddedStores stores;
  private Instant now = Samples.NOW;

  @BeforeEach
  void open(@TempDir Path folder) {
    backend = new EmbeddedBackend(() -> now, POLICY, new Random(1));
    stores = backend.stores(Samples.settings(folder));
    log = new CapturedLog(Subscription.class);
  }

  @AfterEach
  void close() throws IOException {
    log.close();
    backend.close();
  }

  private List<Subscription> filled() {
    MessageQueue queue = stores.messages();
    queue.publish(Topic.WORK, Samples.message(1).toMessage());
    queue.publish(
        Topic.RESULTS, ResultMessage.toAll(Subject.of(Samples.image(1).hash(), 1)).toMessage());
    queue.publish(
        Topic.FETCHES, new FetchMessage(new ItemKey(BatchId.random(), 1), null).toMessage());
    return List.of(
        stores.thumbnailSubscription(),
        stores.resultSubscription(),
        stores.progressSubscription(),
        stores.fetchSubscription());
  }

  @Test
  void retry_afterTheLastTry_dropsTheMessageAndSaysSo() {
    for (Subscription queue : filled()) {
      log.entries().clear();
      for (int i = 1; i < POLICY.limit(); i++) {
        assertThat(queue.retry(receiveOne(queue), now)).isEqualTo(NackResult.LATER);
        now = now.plus(POLICY.backoff().max());
      }
      assertThat(log.entries()).isEmpty();

      assertThat(queue.retry(receiveOne(queue), now)).isEqualTo(NackResult.DROPPED);

      assertThat(queue.nextVisibleAt()).isEmpty();
      assertThat(queue.depth(now)).isEqualTo(new QueueDepth(0, 0, 0));
      assertThat(log.entries()).extracting(LogRecord::getLevel).containsExactly(Level.SEVERE);
    }
    // Classify has its own copy of the message that the thumbnail subscription dropped.
    assertThat(stores.workSubscription().depth(now)).isEqualTo(new QueueDepth(1, 0, 0));
  }

  @Test
  void receive_neverAnswered_dropsTheMessageAndSaysSo() {
    for (Subscription queue : filled()) {
      log.entries().clear();
      for (int i = 1; i <= POLICY.limit(); i++) {
        receiveOne(queue);
        now = now.plus(VISIBILITY);
      }

      assertThat(queue.receive(10, VISIBILITY, now)).isEmpty();

      assertThat(queue.nextVisibleAt()).isEmpty();
      assertThat(log.entries()).extracting(LogRecord::getLevel).containsExactly(Level.SEVERE);
    }
  }

  private Delivery receiveOne(Subscription queue) {
    List<Delivery> deliveries = queue.receive(10, VISIBILITY, now);
    assertThat(deliveries).hasSize(1);
    return deliveries.get(0);
  }
}
