package dev.whatsit.local.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.queue.DeadLetterMessage;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.queue.WorkMessage;
import dev.whatsit.domain.record.Claim;
import dev.whatsit.domain.record.ClaimResult;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.Outcome;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.record.Status;
import dev.whatsit.domain.record.WorkError;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.embedded.DeadLetter;
import dev.whatsit.embedded.Delivery;
import dev.whatsit.embedded.EmbeddedBackend;
import dev.whatsit.embedded.EmbeddedStores;
import dev.whatsit.embedded.QueuePolicy;
import dev.whatsit.embedded.SqliteMessageQueue;
import dev.whatsit.embedded.Subscription;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeadLettersTest {
  private static final Instant NOW = Instant.parse("2026-11-21T08:00:00Z");
  private static final ImageHash HASH = new ImageHash("ab".repeat(32));
  private static final WorkMessage MESSAGE =
      new WorkMessage(new ImageDescription(HASH, ImageFormat.PNG, 10, 2, 3), 1, NOW);

  @TempDir private Path data;
  private EmbeddedBackend backend;
  private RecordStore records;
  private SqliteMessageQueue queue;
  private Subscription work;
  private DeadLetters letters;
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

  @BeforeEach
  void open() {
    backend = new EmbeddedBackend(InstantSource.fixed(NOW), QueuePolicy.DEFAULT, new Random(1));
    EmbeddedStores stores = backend.stores(Settings.of(Map.of("WHATSIT_DATA", data.toString())));
    records = stores.records();
    queue = stores.messages();
    work = stores.workSubscription();
    letters =
        new DeadLetters(queue, records, new PrintStream(printed, true, StandardCharsets.UTF_8));
  }

  @AfterEach
  void close() throws IOException {
    backend.close();
  }

  @Test
  void list_letters_printsEach() {
    deadLetter("message-1", MESSAGE.toMessage().attributes(), "five\nattempts");
    letters.list();
    assertThat(printed.toString(StandardCharsets.UTF_8))
        .contains(onlyLetter().id(), HASH.hex(), "five attempts");
  }

  @Test
  void replay_failedImage_startsANewRun() {
    fail();
    deadLetter("message-1", MESSAGE.toMessage().attributes(), "attempts exhausted");

    assertThat(letters.replay("all", NOW)).isTrue();

    ImageRecord record = records.find(HASH, NOW).orElseThrow();
    assertThat(record.run()).isEqualTo(2);
    assertThat(record.status()).isEqualTo(Status.QUEUED);
    assertThat(record.attempts()).isZero();
    Delivery delivery = onlyDelivery();
    assertThat(WorkMessage.fromAttributes(delivery.attributes()).run()).isEqualTo(2);
    assertThat(record.messageId()).isEqualTo(delivery.messageId());
    assertThat(queue.deadLetters(10)).isEmpty();
  }

  @Test
  void replay_retriedButNotPublished_publishesThatRun() {
    fail();
    deadLetter("message-1", MESSAGE.toMessage().attributes(), "attempts exhausted");
    records.retry(HASH, NOW);

    assertThat(letters.replay(onlyLetter().id(), NOW)).isTrue();

    ImageRecord record = records.find(HASH, NOW).orElseThrow();
    assertThat(record.run()).isEqualTo(2);
    assertThat(record.status()).isEqualTo(Status.QUEUED);
    assertThat(WorkMessage.fromAttributes(onlyDelivery().attributes()).run()).isEqualTo(2);
  }

  @Test
  void replay_workInProgress_leavesItUnchanged() {
    records.claim(claim());
    ImageRecord before = records.find(HASH, NOW).orElseThrow();
    deadLetter("message-2", MESSAGE.toMessage().attributes(), "unknown");
    assertThat(letters.replay("all", NOW)).isTrue();
    assertThat(records.find(HASH, NOW)).contains(before);
    assertThat(queue.deadLetters(10)).isEmpty();
  }

  @Test
  void replay_unreadableMessage_staysAndFails() {
    deadLetter("message-1", Map.of("image_hash", "x"), "unreadable");
    assertThat(letters.replay("all", NOW)).isFalse();
    assertThat(queue.deadLetters(10)).hasSize(1);
  }

  /** Regression: the replay stopped silently after the first page. */
  @Test
  void replay_moreThanAreReadAtOnceStay_reachesTheOthers() {
    DeadLetters few = few();
    deadLetter("oldest", MESSAGE.toMessage().attributes(), "unknown");
    for (int i = 0; i < 7; i++) {
      deadLetter("message-" + i, Map.of("image_hash", "x"), "unreadable");
    }
    assertThat(few.replay("all", NOW)).isFalse();
    // The image has no record: the message is delivered as it was.
    assertThat(WorkMessage.fromAttributes(onlyDelivery().attributes())).isEqualTo(MESSAGE);
    assertThat(records.find(HASH, NOW)).isEmpty();
    assertThat(queue.deadLetters(10)).hasSize(7);
    assertThat(queue.deadLetters(10)).noneMatch(letter -> letter.messageId().equals("oldest"));
  }

  @Test
  void replay_idFarDown_isFound() {
    deadLetter("oldest", MESSAGE.toMessage().attributes(), "unknown");
    String id = onlyLetter().id();
    for (int i = 0; i < 7; i++) {
      deadLetter("message-" + i, MESSAGE.toMessage().attributes(), "unknown");
    }
    assertThat(few().replay(id, NOW)).isTrue();
    assertThat(queue.deadLetters(10)).hasSize(7).noneMatch(letter -> letter.id().equals(id));
  }

  /** Otherwise a message that is dead-lettered again during the replay would loop forever. */
  @Test
  void replay_letterOfALaterTime_isKept() {
    deadLetter("message-1", MESSAGE.toMessage().attributes(), "unknown");
    assertThat(letters.replay("all", NOW.minusSeconds(1))).isTrue();
    assertThat(queue.deadLetters(10)).hasSize(1);
  }

  @Test
  void list_moreThanAreShown_saysSo() {
    for (int i = 0; i < 4; i++) {
      deadLetter("message-" + i, MESSAGE.toMessage().attributes(), "unknown");
    }
    few().list();
    assertThat(printed.toString(StandardCharsets.UTF_8).lines())
        .hasSize(5)
        .anyMatch(line -> line.startsWith("and more"));
  }

  @Test
  void replay_unknownId_fails() {
    assertThat(letters.replay("nonsense", NOW)).isFalse();
    assertThat(letters.replay("all", NOW)).isTrue();
  }

  private DeadLetters few() {
    return new DeadLetters(
        queue, records, new PrintStream(printed, true, StandardCharsets.UTF_8), 3);
  }

  private void deadLetter(String messageId, Map<String, String> attributes, String reason) {
    queue.publish(
        Topic.DEAD_LETTERS, new DeadLetterMessage(messageId, attributes, reason).toMessage());
  }

  private void fail() {
    records.finish(
        (ClaimResult.Granted) records.claim(claim()),
        new Outcome.Failed(new WorkError("ATTEMPTS_EXHAUSTED", "d", true)),
        NOW);
  }

  private static Claim claim() {
    return new Claim(MESSAGE, "message-1", "token", NOW, NOW.plusSeconds(150));
  }

  private DeadLetter onlyLetter() {
    List<DeadLetter> all = queue.deadLetters(10);
    assertThat(all).hasSize(1);
    return all.get(0);
  }

  private Delivery onlyDelivery() {
    List<Delivery> all = work.receive(10, Duration.ofMinutes(1), NOW);
    assertThat(all).hasSize(1);
    return all.get(0);
  }
}
