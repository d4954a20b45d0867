package dev.whatsit.embedded;

import static dev.whatsit.embedded.Samples.NOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.whatsit.domain.failure.Backoff;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.queue.DeadLetterMessage;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.queue.WorkMessage;
import dev.whatsit.embedded.Database.Durability;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SqliteMessageQueueTest {
  private static final Duration VISIBILITY = Duration.ofMinutes(3);
  private static final List<String> TABLES = SqliteMessageQueue.TABLES;
  private static final QueuePolicy POLICY =
      new QueuePolicy(new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(10)), 3);

  private final FaultyConnector connector = new FaultyConnector();
  private final AtomicLong seconds = new AtomicLong();
  private Path file;
  private Database database;
  private Database otherDatabase;
  private SqliteMessageQueue queue;
  private SqliteMessageQueue other;
  private Subscription work;
  private Subscription otherWork;

  @BeforeEach
  void open(@TempDir Path folder) throws IOException {
    file = folder.resolve("queue.db");
    database = Database.open(file, TABLES, true, connector);
    otherDatabase = Database.open(file, TABLES, true, Database.Connector.driver());
    queue = new SqliteMessageQueue(database, this::now, POLICY, new Random(1));
    other = new SqliteMessageQueue(otherDatabase, this::now, POLICY, new Random(2));
    work = queue.work;
    otherWork = other.work;
  }

  @AfterEach
  void close() {
    database.close();
    otherDatabase.close();
  }

  // Receiving.

  @Test
  void receive_published_isDeliveredOnceWhileHidden() {
    WorkMessage message = Samples.message(1);
    String id = queue.publish(Topic.WORK, message.toMessage());

    List<Delivery> deliveries = work.receive(10, VISIBILITY, now());

    assertThat(deliveries).hasSize(1);
    Delivery delivery = deliveries.get(0);
    assertThat(delivery.messageId()).isEqualTo(id);
    assertThat(delivery.attributes()).isEqualTo(message.toMessage().attributes());
    assertThat(delivery.deliveryAttempt()).isEqualTo(1);
    assertThat(delivery.publishedAt()).isEqualTo(now());
    assertThat(delivery.receipt()).isNotBlank();
    assertThat(work.receive(10, VISIBILITY, now())).isEmpty();
    assertThat(otherWork.receive(10, VISIBILITY, now().plus(VISIBILITY).minusNanos(1))).isEmpty();
  }

  @Test
  void receive_visibilityEnded_isDeliveredAgainWithANewReceipt() {
    put(1);
    Delivery first = receiveOne();
    pass(VISIBILITY);

    Delivery second = receiveOne();

    assertThat(second.messageId()).isEqualTo(first.messageId());
    assertThat(second.receipt()).isNotEqualTo(first.receipt());
    assertThat(second.deliveryAttempt()).isEqualTo(2);
  }

  @Test
  void receive_severalDue_theFirstDueComesFirst() {
    String old = put(1);
    pass(Duration.ofSeconds(1));
    String young = put(2);
    Delivery first = receiveOne();
    assertThat(first.messageId()).isEqualTo(old);
    work.defer(first, now().plusSeconds(1));
    pass(Duration.ofSeconds(5));

    assertThat(receiveOne().messageId()).isEqualTo(young);
    assertThat(receiveOne().messageId()).isEqualTo(old);
  }

  @Test
  void receive_neverAcknowledged_endsAmongTheDeadLetters() {
    String id = put(1);
    for (int attempt = 1; attempt <= POLICY.limit(); attempt++) {
      assertThat(receiveOne().deliveryAttempt()).isEqualTo(attempt);
      pass(VISIBILITY);
    }

    assertThat(work.receive(1, VISIBILITY, now())).isEmpty();

    assertThat(queue.deadLetters(10))
        .singleElement()
        .satisfies(
            letter -> {
              assertThat(letter.messageId()).isEqualTo(id);
              assertThat(letter.deliveryAttempt()).isEqualTo(POLICY.limit());
              assertThat(letter.reason()).contains("3 times");
              assertThat(letter.deadAt()).isEqualTo(now());
            });
    assertThat(work.nextVisibleAt()).isEmpty();
  }

  @Test
  void receive_amongAHundredThousand_readsTheIndexOnly() {
    String attributes = "{\"number\": \"1\"}";
    database.write(
        "fill",
        Durability.PROCESS,
        session -> {
          for (int i = 0; i < 100_000; i++) {
            session.update(
                "INSERT INTO queue_messages VALUES ('classify', ?, ?, 0, ?, 0, NULL, 0)",
                "message-" + i,
                attributes,
                Nanos.of(now().plusSeconds(i - 10)));
          }
          return 0;
        });

    assertThat(work.receive(100, VISIBILITY, now())).hasSize(11);

    List<String> plan =
        database.read(
            "explain",
            session ->
                session.list(
                    "EXPLAIN QUERY PLAN " + Subscription.RECEIVE,
                    row -> row.getString(4),
                    1,
                    "receipt",
                    "classify",
                    1,
                    1));
    assertThat(plan)
        .anyMatch(line -> line.startsWith("SEARCH queue_messages USING PRIMARY KEY"))
        .anyMatch(
            line ->
                line.startsWith("SEARCH queue_messages USING")
                    && line.contains("queue_messages_due"))
        .noneMatch(line -> line.startsWith("SCAN") || line.contains("TEMP B-TREE"));
  }

  // Acknowledging.

  @Test
  void everyAnswer_withAnOutdatedReceipt_changesNothing() {
    put(1);
    Delivery outdated = receiveOne();
    pass(VISIBILITY);
    Delivery current = otherWork.receive(1, VISIBILITY, now()).get(0);

    assertThat(work.acknowledge(outdated)).isFalse();
    assertThat(work.retry(outdated, now())).isEqualTo(NackResult.OUTDATED);
    work.defer(outdated, now());
    assertThat(work.receive(10, VISIBILITY, now())).isEmpty();
    assertThat(otherWork.acknowledge(current)).isTrue();
  }

  @Test
  void retry_lastAttemptWithAnOutdatedReceipt_buriesNothing() {
    put(1);
    Delivery delivery = receiveOne();
    Delivery last =
        new Delivery(
            delivery.messageId(),
            "another receipt",
            delivery.attributes(),
            POLICY.limit(),
            delivery.publishedAt());

    assertThat(work.retry(last, now())).isEqualTo(NackResult.OUTDATED);
    assertThat(queue.deadLetters(10)).isEmpty();
    assertThat(work.acknowledge(delivery)).isTrue();
  }

  // Retrying.

  @Test
  void retry_belowTheLimit_isRedeliveredAfterABackoff() {
    put(1);

    assertThat(work.retry(receiveOne(), now())).isEqualTo(NackResult.LATER);

    Instant again = work.nextVisibleAt().orElseThrow();
    assertThat(again).isBetween(now().plusMillis(500), now().plusSeconds(1));
    assertThat(work.receive(1, VISIBILITY, again.minusNanos(1))).isEmpty();
    Delivery second = work.receive(1, VISIBILITY, again).get(0);
    assertThat(second.deliveryAttempt()).isEqualTo(2);
    assertThat(work.retry(second, again)).isEqualTo(NackResult.LATER);
    assertThat(work.nextVisibleAt().orElseThrow())
        .isBetween(again.plusSeconds(1), again.plusSeconds(2));
  }

  @Test
  void backOff_anyAttempt_isBetweenHalfAndAllOfTheDoubledWait() {
    Random random = new Random(1);
    for (int attempt = 1; attempt <= 1000; attempt++) {
      long max = attempt > 10 ? 600_000 : 1000L << (attempt - 1);
      assertThat(QueuePolicy.DEFAULT.backOff(attempt, random))
          .isBetween(Duration.ofMillis(max / 2), Duration.ofMillis(max));
    }
  }

  @Test
  void retry_atTheLimit_isDeadLettered() {
    String id = put(1);
    for (int attempt = 1; attempt < POLICY.limit(); attempt++) {
      work.retry(receiveOne(), now());
      pass(Duration.ofMinutes(1));
    }
    Delivery last = receiveOne();
    assertThat(last.deliveryAttempt()).isEqualTo(POLICY.limit());

    assertThat(work.retry(last, now())).isEqualTo(NackResult.DEAD_LETTERED);

    assertThat(work.nextVisibleAt()).isEmpty();
    assertThat(queue.deadLetters(10))
        .singleElement()
        .satisfies(
            letter -> {
              assertThat(letter.messageId()).isEqualTo(id);
              assertThat(letter.attributes())
                  .isEqualTo(Samples.message(1).toMessage().attributes());
            });
  }

  @Test
  void defer_held_comesBackAtTheInstantUncounted() {
    put(1);
    Instant until = now().plusSeconds(77);
    for (int round = 0; round < 10; round++) {
      Delivery delivery = receiveOne();
      assertThat(delivery.deliveryAttempt()).isEqualTo(1);
      work.defer(delivery, now().plusSeconds(77));
      assertThat(work.nextVisibleAt()).hasValue(until);
      assertThat(work.receive(1, VISIBILITY, until.minusNanos(1))).isEmpty();
      pass(Duration.ofSeconds(77));
      until = until.plusSeconds(77);
    }
  }

  @Test
  void releaseAll_inFlightAndDeferred_areDueButWhatBacksOffIsNot() {
    publish(3);
    List<Delivery> deliveries = work.receive(3, VISIBILITY, now());
    work.defer(deliveries.get(1), now().plusSeconds(1000));
    assertThat(work.retry(deliveries.get(2), now())).isEqualTo(NackResult.LATER);

    other.releaseAll(now());

    assertThat(otherWork.receive(10, VISIBILITY, now()))
        .extracting(Delivery::messageId)
        .containsExactlyInAnyOrder(deliveries.get(0).messageId(), deliveries.get(1).messageId());
    assertThat(work.acknowledge(deliveries.get(0))).isFalse();
  }

  /** Regression: due messages waited until the clock showed the old time again. */
  @ParameterizedTest
  @CsvSource({"false", "true"})
  void receive_clockSetBack_onlyScheduledMessagesWait(boolean restarted) {
    pass(Duration.ofHours(2));
    String failed = put(1);
    work.retry(receiveOne(), now());
    String plain = put(2);
    queue.publish(Topic.WORK, List.of(Samples.message(3).toMessage()), now().plusSeconds(60));
    assertThat(work.receive(1, VISIBILITY, now().minusMillis(1))).isEmpty();
    pass(Duration.ofHours(-1));

    if (restarted) {
      other.releaseAll(now());
    }

    assertThat((restarted ? otherWork : work).receive(10, VISIBILITY, now()))
        .extracting(Delivery::messageId)
        .containsExactlyInAnyOrder(failed, plain);
  }

  // Dead letters.

  @Test
  void deadLetter_deliveredMessage_keepsItsAttempts() {
    String id = put(1);
    Delivery delivery = receiveOne();
    deadLetter(id, delivery.attributes(), "never mind");

    assertThat(queue.deadLetters(1).get(0).deliveryAttempt()).isEqualTo(1);
    assertThat(work.acknowledge(delivery)).isTrue();
  }

  // Delivering dead letters.

  @Test
  void sendOn_deadLetter_isDeliveredWithItsReasonUntilAcknowledgedAndStaysListed() {
    deadLetter("m1", Samples.message(1).toMessage().attributes(), "five attempts");
    DeadLetter letter = queue.deadLetters(10).get(0);

    Delivery delivery = receiveLetter(queue);

    assertThat(delivery.messageId()).isEqualTo(letter.id());
    assertThat(WorkMessage.fromAttributes(delivery.attributes())).isEqualTo(Samples.message(1));
    assertThat(delivery.attributes()).containsEntry("dead_letter_reason", "five attempts");
    assertThat(delivery.deliveryAttempt()).isEqualTo(1);
    assertThat(delivery.publishedAt()).isEqualTo(now());
    assertThat(letters(other)).isEmpty();
    assertThat(queue.deadLetterSubscription.acknowledge(delivery)).isTrue();
    pass(VISIBILITY);
    assertThat(letters(queue)).isEmpty();
    assertThat(queue.deadLetterSubscription.nextVisibleAt()).isEmpty();
    assertThat(queue.deadLetters(10)).containsExactly(letter);
    assertThat(queue.countDeadLetters()).isOne();
    assertThat(work.depth(now())).isEqualTo(new QueueDepth(0, 0, 0));
  }

  @Test
  void sendOn_letterRemovedOrReplayedMeanwhile_isSentNoMore() {
    deadLetter("m1", Samples.message(1).toMessage().attributes(), "r");
    deadLetter("m2", Samples.message(2).toMessage().attributes(), "r");
    List<Delivery> deliveries = letters(queue);

    queue.removeDeadLetter(deliveries.get(0).messageId());
    queue.replay(deliveries.get(1).messageId(), now());

    deliveries.forEach(
        delivery ->
            assertThat(queue.deadLetterSubscription.retry(delivery, now()))
                .isEqualTo(NackResult.OUTDATED));
    pass(VISIBILITY);
    assertThat(letters(queue)).isEmpty();
  }

  @Test
  void sendOn_reopened_isStillToBeSentAndWhatDiedWithItsReceiverIsReleased() throws IOException {
    deadLetter("m1", Samples.message(1).toMessage().attributes(), "r");
    receiveLetter(queue);
    database.close();
    otherDatabase.close();

    try (Database reopened = Database.open(file, TABLES, true, Database.Connector.driver())) {
      SqliteMessageQueue again = new SqliteMessageQueue(reopened, this::now, POLICY, new Random(3));
      assertThat(letters(again)).isEmpty();
      again.releaseAll(now());
      assertThat(receiveLetter(again).deliveryAttempt()).isEqualTo(2);
    }
  }

  @Test
  void sendOn_buried_isToldOnceCommitted() {
    List<Integer> seen = new ArrayList<>();
    queue.deadLetterSubscription.onPublish(dueAt -> seen.add(letters(other).size()));
    deadLetter("m1", Samples.message(1).toMessage().attributes(), "r");
    put(2);
    for (int attempt = 1; attempt <= POLICY.limit(); attempt++) {
      work.retry(receiveOne(), now());
      pass(Duration.ofMinutes(1));
    }
    assertThat(seen).containsExactly(1, 1);
  }

  @Test
  void replay_deadLetter_isAFreshMessage() {
    String id = put(1);
    for (int attempt = 1; attempt <= POLICY.limit(); attempt++) {
      work.retry(receiveOne(), now());
      pass(Duration.ofMinutes(1));
    }
    AtomicInteger woken = new AtomicInteger();
    work.onPublish(dueAt -> woken.incrementAndGet());

    assertThat(queue.replay(queue.deadLetters(1).get(0).id(), now())).isTrue();

    assertThat(woken).hasValue(1);
    assertThat(queue.deadLetters(1)).isEmpty();
    Delivery delivery = receiveOne();
    assertThat(delivery.messageId()).isNotEqualTo(id);
    assertThat(delivery.deliveryAttempt()).isEqualTo(1);
    assertThat(WorkMessage.fromAttributes(delivery.attributes())).isEqualTo(Samples.message(1));
  }

  @Test
  void replay_insertFails_keepsTheDeadLetter() {
    deadLetter("message", Map.of("a", "b"), "reason");
    String id = queue.deadLetters(1).get(0).id();
    connector.failBefore("INSERT INTO queue_messages");

    assertThatThrownBy(() -> queue.replay(id, now())).isInstanceOf(TransientFailure.class);

    assertThat(queue.deadLetters(1)).hasSize(1);
    assertThat(work.nextVisibleAt()).isEmpty();
  }

  // The rest.

  @Test
  void onPublish_afterCommit_isToldOnceForEachMessage() {
    AtomicInteger seen = new AtomicInteger();
    work.onPublish(dueAt -> seen.addAndGet(otherWork.receive(10, VISIBILITY, now()).size()));

    put(1);
    assertThat(seen).hasValue(1);
    connector.failBefore("COMMIT");
    assertThatThrownBy(() -> put(2))
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("publish " + Samples.message(2).toMessage().name());
    assertThat(seen).hasValue(1);
  }

  @Test
  void onPublish_scheduled_isToldWhenItIsDue() {
    List<Instant> due = new ArrayList<>();
    work.onPublish(due::add);
    Instant later = now().plusSeconds(60);

    put(1);
    queue.publish(Topic.WORK, List.of(Samples.message(2).toMessage()), later);

    assertThat(due).containsExactly(now(), later);
  }

  @Test
  void depth_oneOfEach_countsEachOnce() {
    publish(6);
    List<Delivery> deliveries = work.receive(4, VISIBILITY, now());
    work.defer(deliveries.get(0), now().plusSeconds(100));
    work.retry(deliveries.get(1), now());
    deadLetter("message", Map.of(), "reason");

    assertThat(work.depth(now())).isEqualTo(new QueueDepth(2, 2, 2));
    assertThat(work.depth(now().plus(VISIBILITY))).isEqualTo(new QueueDepth(6, 0, 0));
  }

  @Test
  void receive_manyConsumersWhileVisibilitiesEnd_eachMessageIsAcknowledgedOnce() throws Exception {
    int messages = 200;
    int consumers = 8;
    SqliteMessageQueue[] ends = {
      new SqliteMessageQueue(database, this::now, QueuePolicy.DEFAULT, new Random(4)),
      new SqliteMessageQueue(otherDatabase, this::now, QueuePolicy.DEFAULT, new Random(5))
    };
    for (int i = 0; i < messages; i++) {
      put(i);
    }
    Map<String, AtomicInteger> acknowledged = new ConcurrentHashMap<>();
    AtomicInteger outdated = new AtomicInteger();
    AtomicInteger left = new AtomicInteger(messages);
    CyclicBarrier start = new CyclicBarrier(consumers);
    ExecutorService threads = Executors.newFixedThreadPool(consumers);
    List<Future<?>> futures = new ArrayList<>();
    for (int c = 0; c < consumers; c++) {
      int consumer = c;
      futures.add(
          threads.submit(
              () -> {
                Random random = new Random(consumer);
                Subscription end = ends[consumer % 2].work;
                List<Delivery> kept = new ArrayList<>();
                start.await();
                while (left.get() > 0) {
                  seconds.incrementAndGet();
                  kept.addAll(end.receive(3, Duration.ofSeconds(20), now()));
                  // Some are acked at once, some late, when another receiver may have them.
                  while (kept.size() > random.nextInt(12)) {
                    Delivery delivery = kept.remove(random.nextInt(kept.size()));
                    if (random.nextInt(20) == 0) {
                      end.retry(delivery, now());
                    } else if (end.acknowledge(delivery)) {
                      acknowledged
                          .computeIfAbsent(delivery.messageId(), id -> new AtomicInteger())
                          .incrementAndGet();
                      left.decrementAndGet();
                    } else {
                      outdated.incrementAndGet();
                    }
                  }
                }
                return null;
              }));
    }
    try {
      for (Future<?> future : futures) {
        future.get(2, TimeUnit.MINUTES);
      }
    } finally {
      threads.shutdownNow();
    }

    assertThat(acknowledged).hasSize(messages);
    assertThat(acknowledged.values()).allMatch(count -> count.get() == 1);
    assertThat(work.depth(now().plusSeconds(100_000))).isEqualTo(new QueueDepth(0, 0, 0));
    // Otherwise no visibility timeout ended during processing, and nothing was tested.
    assertThat(outdated).hasPositiveValue();
  }

  private Instant now() {
    return NOW.plusSeconds(seconds.get());
  }

  private void pass(Duration time) {
    seconds.addAndGet(time.toSeconds());
  }

  private List<Delivery> letters(SqliteMessageQueue of) {
    return of.deadLetterSubscription.receive(10, VISIBILITY, now());
  }

  private Delivery receiveLetter(SqliteMessageQueue of) {
    List<Delivery> deliveries = letters(of);
    assertThat(deliveries).hasSize(1);
    return deliveries.get(0);
  }

  private Delivery receiveOne() {
    Optional<Delivery> delivery = work.receive(1, VISIBILITY, now()).stream().findFirst();
    assertThat(delivery).isPresent();
    return delivery.orElseThrow();
  }

  private String put(int seed) {
    return queue.publish(Topic.WORK, Samples.message(seed).toMessage());
  }

  private void deadLetter(String messageId, Map<String, String> attributes, String reason) {
    queue.publish(
        Topic.DEAD_LETTERS, new DeadLetterMessage(messageId, attributes, reason).toMessage());
  }

  private List<String> publish(int count) {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ids.add(put(i));
    }
    return ids;
  }
}
