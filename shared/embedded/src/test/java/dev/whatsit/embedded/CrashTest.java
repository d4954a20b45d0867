package dev.whatsit.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.domain.image.ImageBytes;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.queue.DeadLetterMessage;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.record.ClaimResult;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.Status;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a writing process at random moments, and checks that everything it acknowledged is still
 * there.
 */
class CrashTest {
  private static final int KILLS = 6;

  /** Uploads images and processes them, in four threads, until it is killed. */
  static final class Writer {
    private Writer() {}

    public static void main(String[] arguments) {
      EmbeddedStores stores = new EmbeddedBackend().stores(Samples.settings(Path.of(arguments[0])));
      stores.recover(Samples.NOW);
      ChildProcess.say("recovered");
      AtomicInteger next = new AtomicInteger(Integer.parseInt(arguments[1]));
      for (int i = 0; i < 4; i++) {
        new Thread(() -> write(stores, next)).start();
      }
    }

    private static void write(EmbeddedStores stores, AtomicInteger next) {
      while (true) {
        int seed = next.incrementAndGet();
        byte[] content = Samples.bytes(seed, 1000 + seed % 7 * 40_000);
        ImageDescription image = Samples.image(content);
        stores.images().putIfAbsent(image, ImageBytes.of(content));
        ChildProcess.say("stored " + image.hash());
        String id =
            stores
                .messages()
                .publish(Topic.WORK, Samples.claim(image, "m", "t").message().toMessage());
        ChildProcess.say("published " + id);
        stores.records().createIfAbsent(ImageRecord.queued(image, id, Samples.NOW), Samples.NOW);
        ChildProcess.say("created " + image.hash());
        if (seed % 3 != 0) {
          ClaimResult claim = stores.records().claim(Samples.claim(image, id, "token"));
          ChildProcess.say("claimed " + image.hash());
          if (seed % 3 == 1) {
            stores.records().finish((ClaimResult.Granted) claim, Samples.CLASSIFIED, Samples.NOW);
            ChildProcess.say("finished " + image.hash());
          }
        }
        if (seed % 5 == 0) {
          stores
              .messages()
              .publish(
                  Topic.DEAD_LETTERS,
                  new DeadLetterMessage(id, Map.of("seed", "" + seed), "every fifth").toMessage());
          ChildProcess.say("buried " + id);
        }
      }
    }
  }

  private final Set<String> stored = new HashSet<>();
  private final Set<String> published = new HashSet<>();
  private final Set<String> created = new HashSet<>();
  private final Set<String> claimed = new HashSet<>();
  private final Set<String> finished = new HashSet<>();
  private final Set<String> buried = new HashSet<>();

  @Test
  void kill_atAnyMoment_losesNothingThatWasAnswered(@TempDir Path folder) throws Exception {
    Random random = new Random(42);
    for (int kill = 0; kill < KILLS; kill++) {
      try (ChildProcess child =
          new ChildProcess(Writer.class, folder.toString(), Integer.toString(kill * 100_000))) {
        assertThat(child.line()).hasValue("recovered");
        int lines = 20 + random.nextInt(400);
        for (int i = 0; i < lines; i++) {
          note(child.line().orElseThrow());
        }
        child.kill();
        for (Optional<String> rest = child.line(); rest.isPresent(); rest = child.line()) {
          note(rest.get());
        }
      }
      check(folder);
    }
    assertThat(finished).isNotEmpty();
    assertThat(buried).isNotEmpty();
  }

  private void note(String line) {
    String[] words = line.split(" ", -1);
    Set<String> set =
        switch (words[0]) {
          case "stored" -> stored;
          case "published" -> published;
          case "created" -> created;
          case "claimed" -> claimed;
          case "finished" -> finished;
          case "buried" -> buried;
          default -> throw new AssertionError("unexpected line: " + line);
        };
    assertThat(set.add(words[1])).as(line).isTrue();
  }

  private void check(Path folder) throws Exception {
    try (EmbeddedBackend backend = new EmbeddedBackend()) {
      EmbeddedStores stores = backend.stores(Samples.settings(folder));
      assertThat(folder.resolve("incoming")).isEmptyDirectory();
      for (String hash : stored) {
        try (InputStream bytes = stores.images().open(new ImageHash(hash)).orElseThrow()) {
          assertThat(ImageHash.ofDigest(ImageHash.newDigest().digest(bytes.readAllBytes())).hex())
              .isEqualTo(hash);
        }
      }
      try (var files = Files.walk(folder.resolve("images"))) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          byte[] bytes = Files.readAllBytes(file);
          assertThat(ImageHash.ofDigest(ImageHash.newDigest().digest(bytes)).hex())
              .isEqualTo(file.getFileName().toString());
        }
      }
      for (String hash : created) {
        ImageRecord record = stores.records().find(new ImageHash(hash), Samples.NOW).orElseThrow();
        if (finished.contains(hash)) {
          assertThat(record.status()).isEqualTo(Status.SUCCESS);
        }
      }
      recover(stores);
      List<String> messages = new ArrayList<>();
      // List them by receiving them all; recovery makes them visible again for the next child.
      Instant later = Instant.now().plus(Duration.ofDays(1));
      List<Delivery> deliveries =
          stores.workSubscription().receive(Integer.MAX_VALUE, Duration.ofSeconds(1), later);
      for (Delivery delivery : deliveries) {
        messages.add(delivery.messageId());
        stores.workSubscription().defer(delivery, Samples.NOW);
      }
      assertThat(messages).doesNotHaveDuplicates().containsAll(published);
      assertThat(stores.messages().deadLetters(Integer.MAX_VALUE))
          .extracting(DeadLetter::messageId)
          .containsAll(buried);
    }
    assertThat(integrity(folder.resolve("whatsit.db"))).isEqualTo("ok");
  }

  private void recover(EmbeddedStores stores) {
    stores.recover(Samples.NOW);
    for (String hash : claimed) {
      ImageRecord record = stores.records().find(new ImageHash(hash), Samples.NOW).orElseThrow();
      assertThat(record.status()).isIn(Status.QUEUED, Status.SUCCESS);
      assertThat(record.attempts()).isEqualTo(1);
    }
    for (String hash : finished) {
      assertThat(
              stores
                  .records()
                  .claim(
                      Samples.claim(
                          stores
                              .records()
                              .find(new ImageHash(hash), Samples.NOW)
                              .orElseThrow()
                              .image(),
                          "again",
                          "again")))
          .isInstanceOf(ClaimResult.Finished.class);
    }
  }

  private static String integrity(Path file) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("PRAGMA integrity_check")) {
      assertThat(row.next()).isTrue();
      return row.getString(1);
    }
  }
}
