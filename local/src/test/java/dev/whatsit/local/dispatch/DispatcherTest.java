package dev.whatsit.local.dispatch;

import static dev.whatsit.domain.queue.Topic.WORK;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.cloud.functions.CloudEventsFunction;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.whatsit.contracts.CapturedLog;
import dev.whatsit.domain.failure.Backoff;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.queue.WorkMessage;
import dev.whatsit.domain.record.Claim;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.embedded.DeadLetter;
import dev.whatsit.embedded.EmbeddedBackend;
import dev.whatsit.embedded.EmbeddedStores;
import dev.whatsit.embedded.QueueDepth;
import dev.whatsit.embedded.QueuePolicy;
import dev.whatsit.embedded.Subscription;
import dev.whatsit.local.functions.EventFunction;
import dev.whatsit.local.functions.InProcessServer;
import dev.whatsit.local.metrics.LocalMetrics;
import io.cloudevents.CloudEvent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The dispatcher on a real queue, with real events to a function on the framework's handler. */
class DispatcherTest {
  private static final int CONCURRENCY = 2;
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final Duration VISIBILITY = Duration.ofMinutes(7);

  @TempDir private Path data;
  private EmbeddedBackend backend;
  private EmbeddedStores stores;
  private Subscription queue;
  private final BlockingQueue<CloudEvent> events = new LinkedBlockingQueue<>();

  @BeforeEach
  void open() {
    backend = new EmbeddedBackend();
    stores = backend.stores(settings());
    queue = stores.workSubscription();
  }

  @AfterEach
  void close() throws IOException {
    backend.close();
  }

  @Test
  void publish_message_arrivesAsEventarcSendsIt() throws Exception {
    try (Running running = start(events::add)) {
      String id = stores.messages().publish(WORK, message(1).toMessage());
      CloudEvent event = take();
      running.stop();

      assertThat(event.getId()).isEqualTo(id);
      assertThat(event.getType()).isEqualTo("google.cloud.pubsub.topic.v1.messagePublished");
      assertThat(event.getSource().toString()).startsWith("//pubsub.googleapis.com/projects/");
      assertThat(event.getDataContentType()).isEqualTo("application/json");
      JsonObject body =
          JsonParser.parseString(new String(event.getData().toBytes(), StandardCharsets.UTF_8))
              .getAsJsonObject()
              .getAsJsonObject("message");
      assertThat(body.get("messageId").getAsString()).isEqualTo(id);
      assertThat(body.getAsJsonObject("attributes").get("image_hash").getAsString())
          .isEqualTo(message(1).image().hash().hex());
      assertThat(depth()).isEqualTo(new QueueDepth(0, 0, 0));
    }
  }

  @Test
  void deliver_heldByTheSameMessage_isDeferredAndNotCounted() throws Exception {
    String id = stores.messages().publish(WORK, message(3).toMessage());
    Instant now = Instant.now();
    stores
        .records()
        .claim(new Claim(message(3), id, "earlier", now, now.plus(Duration.ofHours(1))));
    try (Running running =
        start(
            event -> {
              events.add(event);
              throw new IllegalStateException("held");
            })) {
      take();
      running.stop();
      assertThat(depth()).isEqualTo(new QueueDepth(0, 0, 1));
      assertThat(queue.nextVisibleAt().orElseThrow()).isAfter(now.plus(Duration.ofMinutes(50)));
      var again = queue.receive(1, Duration.ofMinutes(1), now.plus(Duration.ofHours(2)));
      assertThat(again.get(0).deliveryAttempt()).isEqualTo(1);
    }
  }

  @Test
  void deliver_thumbnailsOfAHeldRecord_areRedeliveredSoon() throws Exception {
    String id = stores.messages().publish(WORK, message(4).toMessage());
    Instant now = Instant.now();
    stores
        .records()
        .claim(new Claim(message(4), id, "classify", now, now.plus(Duration.ofHours(1))));
    Semaphore failures = new Semaphore(1);
    try (Running running =
        start(
            event -> {
              events.add(event);
              if (failures.tryAcquire()) {
                throw new IllegalStateException("fails once");
              }
            },
            TIMEOUT,
            EventFunction.THUMBNAIL,
            stores.thumbnailSubscription())) {
      assertThat(take().getId()).isEqualTo(id);
      assertThat(take().getId()).isEqualTo(id);
      running.stop();
      assertThat(stores.thumbnailSubscription().nextVisibleAt()).isEmpty();
    }
  }

  @Test
  void yieldTo_otherQueueIsNeverEmptied_waitsForABoundedTime() throws Exception {
    String id = stores.messages().publish(WORK, message(5).toMessage());
    long begun = System.nanoTime();
    try (Running running =
        start(events::add, TIMEOUT, EventFunction.THUMBNAIL, stores.thumbnailSubscription())) {
      assertThat(take().getId()).isEqualTo(id);
      assertThat(System.nanoTime() - begun).isGreaterThan(Duration.ofMillis(900).toNanos());
      running.stop();
      assertThat(depth()).isEqualTo(new QueueDepth(1, 0, 0));
    }
  }

  @Test
  void deliver_manyMessages_neverExceedsTheConcurrency() throws Exception {
    CountDownLatch full = new CountDownLatch(CONCURRENCY);
    Semaphore release = new Semaphore(0);
    Semaphore inside = new Semaphore(CONCURRENCY);
    try (Running running =
        start(
            event -> {
              if (!inside.tryAcquire()) {
                events.clear();
                throw new IllegalStateException("over the concurrency");
              }
              events.add(event);
              full.countDown();
              release.acquire();
              inside.release();
            })) {
      for (int i = 10; i < 20; i++) {
        stores.messages().publish(WORK, message(i).toMessage());
      }
      assertThat(full.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(running.dispatcher.inFlight()).isEqualTo(CONCURRENCY);
      release.release(10);
      for (int i = 0; i < 10; i++) {
        take();
      }
      running.stop();
      assertThat(depth()).isEqualTo(new QueueDepth(0, 0, 0));
    }
  }

  /** Regression: the timeout was two minutes regardless of the setting. */
  @Test
  void deliver_functionTimesOut_messageIsRedelivered() throws Exception {
    Semaphore release = new Semaphore(0);
    AtomicBoolean first = new AtomicBoolean(true);
    try (Running running =
        start(
            event -> {
              events.add(event);
              if (first.getAndSet(false)) {
                release.acquire();
              }
            },
            Duration.ofMillis(300))) {
      String id = stores.messages().publish(WORK, message(6).toMessage());
      assertThat(take().getId()).isEqualTo(id);
      assertThat(take().getId()).isEqualTo(id);
      release.release();
    }
  }

  /** Regression: the visibility was three minutes regardless of the setting. */
  @Test
  void deliver_inFlight_isInvisibleForTheTimeThatIsSet() throws Exception {
    Semaphore release = new Semaphore(0);
    try (Running running =
        start(
            event -> {
              events.add(event);
              release.acquire();
            })) {
      Instant before = Instant.now();
      stores.messages().publish(WORK, message(7).toMessage());
      take();
      assertThat(queue.nextVisibleAt().orElseThrow())
          .isBetween(before.plus(VISIBILITY), Instant.now().plus(VISIBILITY));
      release.release();
    }
  }

  /** Here the queue creates the dead letter, after a function failed up to the delivery limit. */
  @Test
  void deadLetter_isDeliveredUntilItsFunctionSucceedsAndStaysListed() throws Exception {
    Semaphore failures = new Semaphore(1);
    try (EmbeddedBackend shortDelays =
            new EmbeddedBackend(
                Clock.systemUTC(),
                new QueuePolicy(new Backoff(Duration.ofMillis(1), Duration.ofMillis(5)), 2),
                new Random(1));
        Running work =
            start(
                event -> {
                  throw new IllegalStateException("never");
                },
                TIMEOUT,
                EventFunction.CLASSIFY,
                shortDelays.stores(settings()).workSubscription());
        Running letters =
            start(
                event -> {
                  events.add(event);
                  if (failures.tryAcquire()) {
                    throw new IllegalStateException("fails once");
                  }
                },
                TIMEOUT,
                EventFunction.DEAD_LETTER,
                shortDelays.stores(settings()).deadLetterSubscription())) {
      String messageId =
          shortDelays.stores(settings()).messages().publish(WORK, message(8).toMessage());

      CloudEvent event = take();
      assertThat(take().getId()).isEqualTo(event.getId());
      work.stop();
      letters.stop();

      DeadLetter letter = stores.messages().deadLetters(10).get(0);
      assertThat(letter.messageId()).isEqualTo(messageId);
      assertThat(event.getId()).isEqualTo(letter.id());
      assertThat(event.getSource().toString()).endsWith("/topics/dead-letters");
      String body = new String(event.getData().toBytes(), StandardCharsets.UTF_8);
      assertThat(body).contains(message(8).image().hash().hex(), letter.reason());
      assertThat(depth()).isEqualTo(new QueueDepth(0, 0, 0));
      assertThat(stores.deadLetterSubscription().nextVisibleAt()).isEmpty();
    }
  }

  /** Regression: with a full disk each dispatcher failed and logged hundreds of times a second. */
  @Test
  void receive_fails_logsOnceAndGoesOnWhenItWorksAgain() throws Exception {
    sql("ALTER TABLE queue_messages RENAME TO away");
    try (CapturedLog log = new CapturedLog(Dispatcher.class);
        Running running = start(events::add)) {
      assertThat(log.entries().poll(30, TimeUnit.SECONDS)).isNotNull();
      sql("ALTER TABLE away RENAME TO queue_messages");
      String id = stores.messages().publish(WORK, message(9).toMessage());
      assertThat(take().getId()).isEqualTo(id);
      assertThat(log.entries()).isEmpty();
    }
  }

  private void sql(String statement) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + data.resolve("whatsit.db"));
        Statement run = connection.createStatement()) {
      run.execute(statement);
    }
  }

  private CloudEvent take() throws InterruptedException {
    CloudEvent event = events.poll(30, TimeUnit.SECONDS);
    assertThat(event).isNotNull();
    return event;
  }

  private Settings settings() {
    return Settings.of(Map.of("WHATSIT_DATA", data.toString()));
  }

  private QueueDepth depth() {
    return queue.depth(Instant.now());
  }

  private static WorkMessage message(int number) {
    ImageHash hash = new ImageHash(String.format("%064x", number));
    return new WorkMessage(
        new ImageDescription(hash, ImageFormat.PNG, 10, 2, 3),
        1,
        Instant.parse("2026-11-21T08:00:00Z"));
  }

  private Running start(CloudEventsFunction function) {
    return start(function, TIMEOUT);
  }

  private Running start(CloudEventsFunction function, Duration timeout) {
    return start(function, timeout, EventFunction.CLASSIFY, queue);
  }

  private Running start(
      CloudEventsFunction function, Duration timeout, EventFunction to, Subscription subscription) {
    InProcessServer server = new InProcessServer();
    server.mount(to.word(), function);
    server.start();
    Dispatcher dispatcher =
        new Dispatcher(
            subscription,
            stores.records(),
            new EventSender(server, to, timeout),
            new LocalMetrics(),
            Clock.systemUTC(),
            CONCURRENCY,
            VISIBILITY,
            Duration.ofSeconds(30));
    if (to.isYielding()) {
      dispatcher.yieldTo(queue);
    }
    dispatcher.start();
    return new Running(dispatcher, server);
  }

  private record Running(Dispatcher dispatcher, InProcessServer server) implements AutoCloseable {
    /** Waits until every started delivery is settled. */
    void stop() {
      dispatcher.close();
    }

    @Override
    public void close() {
      dispatcher.close();
      server.close();
    }
  }
}
