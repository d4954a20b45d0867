package dev.whatsit.classify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.whatsit.domain.callback.PublishImageCompleted;
import dev.whatsit.domain.callback.ResultMessage;
import dev.whatsit.domain.callback.Subject;
import dev.whatsit.domain.classification.Annotation;
import dev.whatsit.domain.classification.Classification;
import dev.whatsit.domain.classification.Classifier;
import dev.whatsit.domain.classification.ClassifierIdentity;
import dev.whatsit.domain.failure.Deferred;
import dev.whatsit.domain.failure.FailureCodes;
import dev.whatsit.domain.failure.PermanentFailure;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.queue.WorkMessage;
import dev.whatsit.domain.record.Claim;
import dev.whatsit.domain.record.Deferral;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.Status;
import dev.whatsit.domain.record.WorkError;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.embedded.DeadLetter;
import dev.whatsit.embedded.Delivery;
import dev.whatsit.embedded.EmbeddedBackend;
import dev.whatsit.embedded.EmbeddedStores;
import dev.whatsit.embedded.Subscription;
import dev.whatsit.events.AckResult;
import dev.whatsit.events.ReceivedMessage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClassifyImageTest {
  private static final Duration LEASE = Duration.ofSeconds(150);
  private static final int MAX_ATTEMPTS = 3;
  private static final Classification CAT =
      new Classification(
          List.of(new Annotation("cat", 0.9)), List.of(), new ClassifierIdentity("test", "1"));

  @TempDir Path data;

  private final EmbeddedBackend embedded = new EmbeddedBackend();
  private volatile Instant now = Instant.parse("2026-11-21T08:00:00Z");

  private final Clock clock = ((InstantSource) () -> now).withZone(ZoneOffset.UTC);
  private final AtomicInteger asked = new AtomicInteger();
  private Supplier<Classification> answer = () -> CAT;
  private EmbeddedStores stores;
  private ClassifyImage classifyImage;

  @BeforeEach
  void start() {
    stores = embedded.stores(Settings.of(Map.of("WHATSIT_DATA", data.toString())));
    classifyImage =
        new ClassifyImage(
            stores.records(),
            stores.messages(),
            new Asked(),
            new PublishImageCompleted(stores.messages()),
            MAX_ATTEMPTS,
            LEASE,
            clock);
  }

  @AfterEach
  void stop() throws IOException {
    embedded.close();
  }

  @Test
  void handle_queuedImage_becomesSuccess() {
    WorkMessage message = submitted("a");

    assertThat(handle("a-1", message)).isEqualTo(AckResult.ACKNOWLEDGE);

    assertThat(record(message).status()).isEqualTo(Status.SUCCESS);
    assertThat(record(message).classification()).isEqualTo(CAT);
    assertThat(record(message).attempts()).isEqualTo(1);
  }

  @Test
  void handle_watchedImage_announcesItsEndOnceWritten() {
    WorkMessage message = submitted("watched");
    stores.records().watch(message.image().hash(), 1, clock.instant());

    handle("w-1", message);

    assertThat(announced()).containsExactly(Subject.of(message.image().hash(), 1));
    assertThat(record(message).announceDue()).isPresent();
  }

  @Test
  void handle_finishedButNotAnnounced_announcesAgain() {
    WorkMessage message = submitted("watched");
    stores.records().watch(message.image().hash(), 1, clock.instant());
    handle("w-1", message);
    announced();

    assertThat(handle("w-2", message)).isEqualTo(AckResult.ACKNOWLEDGE);

    assertThat(announced()).containsExactly(Subject.of(message.image().hash(), 1));
  }

  @Test
  void handle_noSubscriber_announcesNothing() {
    handle("a-1", submitted("a"));

    assertThat(announced()).isEmpty();
  }

  private List<Subject> announced() {
    // The queue uses the system clock.
    Subscription results = stores.resultSubscription();
    List<Delivery> deliveries =
        results.receive(10, Duration.ofDays(1), Instant.now().plus(Duration.ofDays(1)));
    deliveries.forEach(results::acknowledge);
    return deliveries.stream()
        .map(delivery -> ResultMessage.fromAttributes(delivery.attributes()).subject())
        .toList();
  }

  @Test
  void handle_noRecord_theMessageIsEnough() {
    WorkMessage message = message("orphan");

    assertThat(handle("o-1", message)).isEqualTo(AckResult.ACKNOWLEDGE);

    assertThat(record(message).status()).isEqualTo(Status.SUCCESS);
    assertThat(record(message).image()).isEqualTo(message.image());
    assertThat(record(message).createdAt()).isEqualTo(message.submittedAt());
  }

  @Test
  void handle_quotaUsedUp_defersTheWorkAndAcknowledgesWithoutCountingTheAttempt() {
    WorkMessage message = submitted("quota");
    answer = ClassifyImageTest::usedUp;

    assertThat(handle("q-1", message)).isEqualTo(AckResult.ACKNOWLEDGE);

    ImageRecord deferred = record(message);
    assertThat(deferred.status()).isEqualTo(Status.QUEUED);
    assertThat(deferred.attempts()).isZero();
    assertThat(deferred.dueAt()).isEqualTo(clock.instant().plusSeconds(600));
    assertThat(deferred.deferral()).isEqualTo(new Deferral("QUOTA_USED_UP", clock.instant()));
    assertThat(stores.messages().deadLetters(10)).isEmpty();
  }

  @Test
  void handle_deferredAndNotDue_isAcknowledgedWithoutAsking() {
    WorkMessage message = submitted("early");
    answer = ClassifyImageTest::usedUp;
    handle("e-1", message);

    assertThat(handle("e-2", message)).isEqualTo(AckResult.ACKNOWLEDGE);

    assertThat(asked).hasValue(1);
  }

  @Test
  void handle_scheduledAndEarlyByADifferenceOfClocks_isRedeliveredAndIsThenWorkedOn() {
    WorkMessage message = scheduled("clocks", Duration.ofMillis(200));

    assertThat(handle("c-1", message)).isEqualTo(AckResult.RETRY);
    assertThat(asked).hasValue(0);
    assertThat(record(message).status()).isEqualTo(Status.SCHEDULED);

    now = now.plus(Duration.ofMillis(200));
    assertThat(handle("c-1", message)).isEqualTo(AckResult.ACKNOWLEDGE);
    assertThat(record(message).status()).isEqualTo(Status.SUCCESS);
    assertThat(record(message).attempts()).isEqualTo(1);
  }

  @Test
  void handle_scheduledForMuchLater_isAcknowledgedAndLeftToWhoBringsWhatIsDue() {
    WorkMessage message = scheduled("later", Duration.ofHours(1));

    assertThat(handle("l-1", message)).isEqualTo(AckResult.ACKNOWLEDGE);

    assertThat(asked).hasValue(0);
    assertThat(record(message).status()).isEqualTo(Status.SCHEDULED);
    assertThat(stores.records().overdue(clock.instant().plus(Duration.ofHours(1)), 10))
        .containsExactly(record(message));
  }

  @Test
  void handle_deferredAndDue_becomesSuccess() {
    WorkMessage message = submitted("due");
    answer = ClassifyImageTest::usedUp;
    handle("d-1", message);
    now = now.plus(Duration.ofMinutes(10));
    answer = () -> CAT;

    assertThat(handle("d-2", message)).isEqualTo(AckResult.ACKNOWLEDGE);

    assertThat(record(message).status()).isEqualTo(Status.SUCCESS);
    assertThat(record(message).attempts()).isEqualTo(1);
  }

  @Test
  void handle_deferredForSevenDays_endsAsRetryableError() {
    WorkMessage message = submitted("week");
    answer = ClassifyImageTest::usedUp;
    handle("w-1", message);
    now = now.plus(ClassifyImage.MAX_DEFERRAL);

    assertThat(handle("w-2", message)).isEqualTo(AckResult.ACKNOWLEDGE);

    assertThat(record(message).error())
        .extracting(WorkError::code, WorkError::retryable)
        .containsExactly(FailureCodes.DEFERRED_TOO_LONG, true);
  }

  @Test
  void handle_deferredAfterTheLeaseWasLost_isNotAcknowledged() {
    WorkMessage message = submitted("lost");
    answer =
        () -> {
          now = now.plus(LEASE);
          answer = () -> CAT;
          handle("l-2", message);
          return usedUp();
        };

    assertThat(handle("l-1", message)).isEqualTo(AckResult.RETRY);

    assertThat(record(message).status()).isEqualTo(Status.SUCCESS);
  }

  private static Classification usedUp() {
    throw new Deferred("QUOTA_USED_UP", "scripted", Duration.ofMinutes(10));
  }

  @Test
  void handle_duplicateAfterTheEnd_isAcknowledgedAndNotAskedAgain() {
    WorkMessage message = submitted("twice");
    handle("t-1", message);

    assertThat(handle("t-1", message)).isEqualTo(AckResult.ACKNOWLEDGE);
    assertThat(handle("t-2", message)).isEqualTo(AckResult.ACKNOWLEDGE);

    assertThat(asked).hasValue(1);
  }

  @Test
  void handle_duplicatesAtTheSameMoment_askOnce() throws Exception {
    WorkMessage message = submitted("race");
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    answer =
        () -> {
          entered.countDown();
          awaitQuietly(go);
          return CAT;
        };
    ExecutorService executor = Executors.newFixedThreadPool(4);
    try {
      Future<AckResult> first = executor.submit(() -> handle("r-1", message));
      entered.await();
      List<Callable<AckResult>> others = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        String id = i == 0 ? "r-1" : "r-other-" + i;
        others.add(() -> handle(id, message));
      }
      List<Future<AckResult>> held = executor.invokeAll(others);

      // The same message is nacked: if its holder crashed, no other message would carry the work.
      assertThat(held.get(0).get()).isEqualTo(AckResult.RETRY);
      assertThat(held.get(1).get()).isEqualTo(AckResult.ACKNOWLEDGE);
      assertThat(held.get(2).get()).isEqualTo(AckResult.ACKNOWLEDGE);
      assertThat(record(message).attempts()).isEqualTo(1);
      go.countDown();
      assertThat(first.get()).isEqualTo(AckResult.ACKNOWLEDGE);
    } finally {
      go.countDown();
      executor.shutdownNow();
    }
    assertThat(asked).hasValue(1);
  }

  @Test
  void handle_permanentFailure_isFinalAndAcknowledged() {
    WorkMessage message = submitted("broken");
    answer =
        () -> {
          throw new PermanentFailure(
              FailureCodes.CORRUPT_IMAGE, "No decoder reads it.", false, null);
        };

    assertThat(handle("b-1", message)).isEqualTo(AckResult.ACKNOWLEDGE);

    assertThat(record(message).status()).isEqualTo(Status.ERROR);
    assertThat(record(message).error())
        .isEqualTo(new WorkError(FailureCodes.CORRUPT_IMAGE, "No decoder reads it.", false));
    assertThat(deadLetters()).isEmpty();
  }

  @Test
  void handle_transientFailure_isTriedAgainUntilItWorks() {
    WorkMessage message = submitted("flaky");
    answer = ClassifyImageTest::fail;
    assertThat(handle("f-1", message)).isEqualTo(AckResult.RETRY);
    assertThat(record(message).status()).isEqualTo(Status.QUEUED);
    answer = () -> CAT;

    assertThat(handle("f-1", message)).isEqualTo(AckResult.ACKNOWLEDGE);

    assertThat(record(message).status()).isEqualTo(Status.SUCCESS);
    assertThat(record(message).attempts()).isEqualTo(2);
  }

  @Test
  void handle_attemptsUsedUp_isDeadLetteredAndAnErrorThatMayBeRetried() {
    WorkMessage message = submitted("hopeless");
    answer = ClassifyImageTest::fail;
    for (int i = 1; i < MAX_ATTEMPTS; i++) {
      assertThat(handle("h-1", message)).isEqualTo(AckResult.RETRY);
    }

    assertThat(handle("h-1", message)).isEqualTo(AckResult.ACKNOWLEDGE);

    ImageRecord record = record(message);
    assertThat(record.status()).isEqualTo(Status.ERROR);
    assertThat(record.error()).extracting("code").isEqualTo(FailureCodes.ATTEMPTS_EXHAUSTED);
    assertThat(record.error()).extracting("retryable").isEqualTo(true);
    assertThat(deadLetters()).hasSize(1);
    assertThat(deadLetters().get(0).attributes()).isEqualTo(message.toMessage().attributes());
    assertThat(asked).hasValue(MAX_ATTEMPTS);
  }

  @Test
  void handle_messageThatKilledEveryProcess_isDeadLetteredWithoutAskingAgain() {
    WorkMessage message = submitted("killer");
    for (int i = 0; i < MAX_ATTEMPTS; i++) {
      stores.records().claim(new Claim(message, "k-1", "dead-" + i, now, now.plus(LEASE)));
      now = now.plus(LEASE);
    }

    assertThat(handle("k-1", message)).isEqualTo(AckResult.ACKNOWLEDGE);

    assertThat(asked).hasValue(0);
    assertThat(record(message).status()).isEqualTo(Status.ERROR);
    assertThat(deadLetters()).hasSize(1);
  }

  @Test
  void handle_expiredLease_isTakenOver() {
    WorkMessage message = submitted("abandoned");
    stores.records().claim(new Claim(message, "x-1", "dead", now, now.plus(LEASE)));
    assertThat(handle("x-1", message)).isEqualTo(AckResult.RETRY);
    now = now.plus(LEASE);

    assertThat(handle("x-1", message)).isEqualTo(AckResult.ACKNOWLEDGE);

    assertThat(record(message).attempts()).isEqualTo(2);
    assertThat(record(message).status()).isEqualTo(Status.SUCCESS);
  }

  @Test
  void handle_supersededWhileClassifying_isRedeliveredAndWritesNothing() {
    WorkMessage message = submitted("slow");
    answer =
        () -> {
          now = now.plus(LEASE);
          stores.records().claim(new Claim(message, "s-2", "newer", now, now.plus(LEASE)));
          return CAT;
        };

    assertThat(handle("s-1", message)).isEqualTo(AckResult.RETRY);

    assertThat(record(message).status()).isEqualTo(Status.PROCESSING);
    assertThat(record(message).token()).isEqualTo("newer");
  }

  @Test
  void handle_olderRun_isAcknowledgedWithoutEffect() {
    WorkMessage message = submitted("rerun");
    handle("old", message);
    stores.records().retry(message.image().hash(), now);

    assertThat(handle("old", message)).isEqualTo(AckResult.ACKNOWLEDGE);

    assertThat(record(message).status()).isEqualTo(Status.PENDING);
    assertThat(asked).hasValue(1);
  }

  @Test
  void handle_oldMessageWithoutRecord_isDeadLettered() {
    WorkMessage message = message("ancient");
    now = now.plus(ClassifyImage.MAX_AGE_WITHOUT_RECORD).plusSeconds(1);

    assertThat(handle("a-1", message)).isEqualTo(AckResult.ACKNOWLEDGE);

    assertThat(stores.records().find(message.image().hash(), now)).isEmpty();
    assertThat(deadLetters()).hasSize(1);
  }

  @Test
  void handle_unreadableMessage_isDeadLetteredWithTheReason() {
    assertThat(classifyImage.handle(new ReceivedMessage("u-1", Map.of("run", "1"))))
        .isEqualTo(AckResult.ACKNOWLEDGE);

    assertThat(deadLetters()).hasSize(1);
    assertThat(deadLetters().get(0).reason()).contains("image_hash");
    assertThat(deadLetters().get(0).messageId()).isEqualTo("u-1");
  }

  @Test
  void handle_storeOutOfReach_isRedelivered() throws IOException {
    WorkMessage message = submitted("closed");
    embedded.close();

    assertThatThrownBy(() -> handle("c-1", message)).isInstanceOf(TransientFailure.class);
  }

  private AckResult handle(String messageId, WorkMessage message) {
    return classifyImage.handle(new ReceivedMessage(messageId, message.toMessage().attributes()));
  }

  private WorkMessage submitted(String name) {
    WorkMessage message = message(name);
    stores
        .records()
        .createIfAbsent(ImageRecord.queued(message.image(), "upload-" + name, now), now);
    return message;
  }

  private WorkMessage scheduled(String name, Duration delay) {
    WorkMessage message = message(name);
    Instant due = now.plus(delay);
    stores.records().createIfAbsent(ImageRecord.scheduled(message.image(), due, now), now);
    return message;
  }

  private WorkMessage message(String name) {
    byte[] digest = ImageHash.newDigest().digest(name.getBytes(StandardCharsets.UTF_8));
    ImageDescription image =
        new ImageDescription(ImageHash.ofDigest(digest), ImageFormat.PNG, 100, 10, 10);
    return new WorkMessage(image, 1, now);
  }

  private ImageRecord record(WorkMessage message) {
    return stores.records().find(message.image().hash(), now).orElseThrow();
  }

  private List<DeadLetter> deadLetters() {
    return stores.messages().deadLetters(10);
  }

  private static Classification fail() {
    throw new TransientFailure("the classifier is away");
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private final class Asked implements Classifier {
    @Override
    public Classification classify(ImageDescription image) {
      asked.incrementAndGet();
      return answer.get();
    }

    @Override
    public void checkReachable() {}

    @Override
    public void close() {}
  }
}
