package dev.whatsit.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.queue.WorkMessage;
import dev.whatsit.embedded.Database.Layout;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ThumbnailSubscriptionTest {
  private static final Duration VISIBILITY = Duration.ofMinutes(3);
  private static final QueuePolicy POLICY =
      new QueuePolicy(Duration.ofSeconds(1), Duration.ofSeconds(10), 3);

  private Database database;
  private SqliteMessageQueue queue;
  private Subscription thumbnails;
  private Instant now = Samples.NOW;

  @BeforeEach
  void open(@TempDir Path folder) throws IOException {
    database =
        Database.open(
            folder.resolve("queue.db"),
            new Layout("queue", List.of(SqliteMessageQueue.TABLES)),
            Database.Connector.driver());
    queue = new SqliteMessageQueue(database, () -> now, POLICY, new Random(1));
    thumbnails = queue.thumbnails();
  }

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void receive_published_isDeliveredToBothSubscriptions() {
    AtomicInteger told = new AtomicInteger();
    thumbnails.onPublish(told::incrementAndGet);
    WorkMessage message = Samples.message(1);
    String id = queue.publish(Topic.WORK, message.toMessage());

    List<Delivery> here = thumbnails.receive(10, VISIBILITY, now);
    List<Delivery> there = queue.work().receive(10, VISIBILITY, now);

    assertThat(told).hasValue(1);
    assertThat(here).hasSize(1);
    assertThat(here.get(0).messageId()).isEqualTo(id);
    assertThat(here.get(0).attributes()).isEqualTo(message.toMessage().attributes());
    assertThat(here.get(0).deliveryAttempt()).isEqualTo(1);
    assertThat(there).hasSize(1);
    assertThat(thumbnails.receive(10, VISIBILITY, now)).isEmpty();
  }

  @Test
  void acknowledge_inOneSubscription_leavesTheOther() {
    queue.publish(Topic.WORK, Samples.message(1).toMessage());

    assertThat(thumbnails.acknowledge(thumbnails.receive(10, VISIBILITY, now).get(0))).isTrue();

    assertThat(thumbnails.nextVisibleAt()).isEmpty();
    assertThat(queue.work().receive(10, VISIBILITY, now)).hasSize(1);
  }

  @Test
  void retry_failure_comesAgainLaterAndAnOldReceiptChangesNothing() {
    queue.publish(Topic.WORK, Samples.message(1).toMessage());
    Delivery first = thumbnails.receive(10, VISIBILITY, now).get(0);

    assertThat(thumbnails.retry(first, now)).isInstanceOf(Retried.Later.class);

    assertThat(thumbnails.receive(10, VISIBILITY, now)).isEmpty();
    now = now.plusSeconds(1);
    Delivery second = thumbnails.receive(10, VISIBILITY, now).get(0);
    assertThat(second.deliveryAttempt()).isEqualTo(2);
    assertThat(thumbnails.acknowledge(first)).isFalse();
    assertThat(thumbnails.retry(first, now)).isInstanceOf(Retried.Outdated.class);
    thumbnails.defer(second, now);
    assertThat(thumbnails.receive(10, VISIBILITY, now).get(0).deliveryAttempt()).isEqualTo(2);
  }

  @Test
  void retry_tooOften_endsWithoutADeadLetter() {
    queue.publish(Topic.WORK, Samples.message(1).toMessage());
    for (int i = 1; i < POLICY.limit(); i++) {
      Delivery delivery = thumbnails.receive(10, VISIBILITY, now).get(0);
      assertThat(thumbnails.retry(delivery, now)).isInstanceOf(Retried.Later.class);
      now = now.plus(POLICY.cap());
    }

    Delivery last = thumbnails.receive(10, VISIBILITY, now).get(0);
    assertThat(thumbnails.retry(last, now)).isInstanceOf(Retried.Dropped.class);

    assertThat(thumbnails.nextVisibleAt()).isEmpty();
    assertThat(queue.deadLetters(10)).isEmpty();
    assertThat(queue.work().receive(10, VISIBILITY, now)).hasSize(1);
  }

  @Test
  void receive_neverAnswered_endsAfterAsManyDeliveries() {
    queue.publish(Topic.WORK, Samples.message(1).toMessage());
    for (int i = 0; i < POLICY.limit(); i++) {
      assertThat(thumbnails.receive(10, VISIBILITY, now)).hasSize(1);
      now = now.plus(VISIBILITY);
    }

    assertThat(thumbnails.receive(10, VISIBILITY, now)).isEmpty();
    assertThat(thumbnails.nextVisibleAt()).isEmpty();
  }

  @Test
  void releaseAll_heldByADeadProcess_comesAtOnce() {
    queue.publish(Topic.WORK, Samples.message(1).toMessage());
    thumbnails.receive(10, VISIBILITY, now);

    queue.releaseAll(now);

    assertThat(thumbnails.receive(10, VISIBILITY, now)).hasSize(1);
  }
}
