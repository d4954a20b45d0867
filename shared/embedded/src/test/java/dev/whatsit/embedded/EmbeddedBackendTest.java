package dev.whatsit.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.backend.Backends;
import dev.whatsit.domain.document.DocumentCollection;
import dev.whatsit.domain.document.DocumentKey;
import dev.whatsit.domain.document.Instants;
import dev.whatsit.domain.document.Write;
import dev.whatsit.domain.image.ImageBytes;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.record.ClaimResult;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedBackendTest {
  private final EmbeddedBackend backend = new EmbeddedBackend();

  @AfterEach
  void close() throws IOException {
    backend.close();
  }

  @Test
  void choose_onTheClassPath_isFound() {
    Backend chosen = Backends.choose(Settings.of(Map.of("WHATSIT_BACKEND", "embedded")));

    assertThat(chosen.name()).isEqualTo("embedded");
  }

  @Test
  void open_newFolder_isClosedToOthers(@TempDir Path folder) throws IOException {
    backend.stores(Samples.settings(folder.resolve("a/data")));

    assertThat(permissions(folder.resolve("a/data"))).isEqualTo("rwx------");
    for (String name : new String[] {"link.key", "lock", "whatsit.db"}) {
      assertThat(permissions(folder.resolve("a/data").resolve(name)))
          .as(name)
          .isEqualTo("rw-------");
    }
    assertThat(folder.resolve("a/data/link.key")).hasSize(32);
  }

  @Test
  void stores_closedAndOpenedAgain_keepEverything(@TempDir Path folder) throws IOException {
    ImageRecord record = ImageRecord.queued(Samples.image(1), "message", Samples.NOW);
    EmbeddedStores before = backend.stores(Samples.settings(folder));
    before.records().createIfAbsent(record, Samples.NOW);
    URI link = before.images().link(record.image(), Samples.NOW);
    backend.close();

    EmbeddedStores after = backend.stores(Samples.settings(folder));

    assertThat(after.records().find(record.hash(), Samples.NOW)).hasValue(record);
    assertThat(after.images().link(record.image(), Samples.NOW)).isEqualTo(link);
  }

  @Test
  void stores_wrongSettings_areAllNamedBeforeAnythingIsTouched(@TempDir Path folder) {
    Settings settings =
        Settings.of(
            Map.of(
                "WHATSIT_DATA",
                folder.resolve("what?").toString(),
                "LINK_LIFETIME_SECONDS",
                "59",
                "PUBLIC_URL",
                "ftp://whatsit.test"));
    settings.reject("OTHER", "is wrong too");

    assertThatThrownBy(() -> backend.stores(settings))
        .isInstanceOf(InvalidSettings.class)
        .hasMessageContaining("OTHER is wrong too")
        .hasMessageContaining("WHATSIT_DATA is")
        .hasMessageContaining("question mark")
        .hasMessageContaining("LINK_LIFETIME_SECONDS is 59")
        .hasMessageContaining("PUBLIC_URL is ftp://whatsit.test");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void stores_publicUrlAndLifetime_areInTheLinks(@TempDir Path folder) {
    EmbeddedStores stores =
        backend.stores(
            Settings.of(
                Map.of(
                    "WHATSIT_DATA",
                    folder.toString(),
                    "LINK_LIFETIME_SECONDS",
                    "60",
                    "PUBLIC_URL",
                    "https://whatsit.test/pictures/")));

    URI link = stores.images().link(Samples.image(1), Samples.NOW);

    assertThat(link.toString()).startsWith("https://whatsit.test/pictures/v1/images/");
    assertThat(stores.images().linkExpiry(Samples.NOW)).isBefore(Samples.NOW.plusSeconds(61));
  }

  /** Regression: all records were lost in silence, and every image was an orphan. */
  @Test
  void stores_databaseMissingOrEmptiedBesideImages_isRefusedWithAdvice(@TempDir Path folder)
      throws IOException {
    EmbeddedStores stores = backend.stores(Samples.settings(folder));
    stores.images().putIfAbsent(Samples.image(1), ImageBytes.of(new byte[] {1}));
    backend.close();
    Path database = folder.resolve("whatsit.db");

    Files.write(database, new byte[0]);
    assertLost(folder, database);
    Files.delete(database);
    assertLost(folder, database);

    assertThat(database).doesNotExist();
    assertThat(folder.resolve("images")).isDirectoryRecursivelyContaining("glob:**/*");
  }

  private void assertLost(Path folder, Path database) {
    assertThatThrownBy(() -> backend.stores(Samples.settings(folder)))
        .isInstanceOf(InvalidSettings.class)
        .hasMessageContaining(database + " is missing or empty")
        .hasMessageContaining("restore a copy of it, or move the whole folder away");
  }

  @Test
  void stores_leftoversOfAKilledProcess_areRemoved(@TempDir Path folder) throws IOException {
    backend.stores(Samples.settings(folder));
    backend.close();
    Path leftover = Files.writeString(folder.resolve("incoming/half"), "half of an image");

    backend.stores(Samples.settings(folder));

    assertThat(leftover).doesNotExist();
  }

  @Test
  void secretFile_new_isMadeOnceAndForItsOwnerOnly(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("new/secret");

    assertThat(SecretFile.readOrCreate(file, "first")).isEqualTo("first");

    assertThat(SecretFile.readOrCreate(file, "second")).isEqualTo("first");
    assertThat(permissions(file)).isEqualTo("rw-------");
  }

  @Test
  void stores_folderIsAFile_isRefusedInOneSentence(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "text");

    for (Path path : new Path[] {file, file.resolve("below")}) {
      assertThatThrownBy(() -> backend.stores(Samples.settings(path)))
          .isInstanceOf(InvalidSettings.class)
          .hasMessageContaining("WHATSIT_DATA is " + path + ", which cannot be used")
          .hasMessageContaining("name a folder");
    }
    assertThat(file).hasContent("text");
  }

  @Test
  void stores_ofANewerLayout_areRefused(@TempDir Path folder) throws IOException, SQLException {
    backend.stores(Samples.settings(folder));
    backend.close();
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("whatsit.db"));
        Statement statement = connection.createStatement()) {
      statement.executeUpdate("PRAGMA user_version = 99");
    }

    assertThatThrownBy(() -> backend.stores(Samples.settings(folder)))
        .isInstanceOf(InvalidSettings.class)
        .hasMessageContaining("WHATSIT_DATA is " + folder)
        .hasMessageContaining("newer version");
  }

  @Test
  void removeExpired_documentsThatExpire_goFromEveryCollectionWhenTheirTimeHasCome(
      @TempDir Path folder) {
    EmbeddedStores stores = backend.stores(Samples.settings(folder));
    List<DocumentKey> keys = new ArrayList<>();
    for (String collection : List.of("images", "batches", "batch_items", "callbacks")) {
      DocumentCollection documents = new DocumentCollection(collection, Set.of(), Set.of());
      for (String id : List.of("due", "later", "never")) {
        JsonObject fields = new JsonObject();
        fields.addProperty("write_id", id);
        if (!id.equals("never")) {
          fields.add(
              "expire_at", Instants.primitive(Samples.NOW.plusSeconds(id.equals("due") ? 0 : 1)));
        }
        keys.add(new DocumentKey(documents, id));
        stores.documents().commit(List.of(new Write.Put(keys.get(keys.size() - 1), fields, null)));
      }
    }

    stores.removeExpired(Samples.NOW);

    assertThat(stores.documents().getAll(keys))
        .extracting(document -> document.key().id())
        .hasSize(8)
        .containsOnly("later", "never");
  }

  @Test
  void stores_keyIsDamaged_areRefused(@TempDir Path folder) throws IOException {
    Files.write(folder.resolve("link.key"), new byte[31]);

    assertThatThrownBy(() -> backend.stores(Samples.settings(folder)))
        .isInstanceOf(InvalidSettings.class)
        .hasMessageContaining("link.key is damaged");
  }

  @Test
  void stores_openedAlone_removeLeftovers(@TempDir Path folder) throws IOException {
    Path leftover = folder.resolve("incoming/left");
    backend.stores(Samples.settings(folder));
    Files.writeString(leftover, "in use, for all that the next one knows");

    try (EmbeddedBackend second = new EmbeddedBackend()) {
      second.stores(Samples.settings(folder));
      assertThat(leftover).exists();
    }
    backend.close();
    try (EmbeddedBackend third = new EmbeddedBackend()) {
      third.stores(Samples.settings(folder));
      assertThat(leftover).doesNotExist();
    }
  }

  @Test
  void recover_anotherBackendOfThisProcess_takesNothingAway(@TempDir Path folder)
      throws IOException {
    EmbeddedStores stores = backend.stores(Samples.settings(folder));
    stores.messages().publish(Topic.WORK, Samples.message(1).toMessage());
    stores.workSubscription().receive(1, Duration.ofDays(1), Instant.now());
    try (EmbeddedBackend second = new EmbeddedBackend()) {
      second.stores(Samples.settings(folder)).recover(Instant.now());
    }
    assertThat(stores.workSubscription().depth(Instant.now())).isEqualTo(new QueueDepth(0, 1, 0));
    stores.recover(Instant.now());
    assertThat(stores.workSubscription().depth(Instant.now())).isEqualTo(new QueueDepth(1, 0, 0));
  }

  @Test
  void recover_afterAnEnd_letsTheSameMessageClaimAtOnce(@TempDir Path folder) throws IOException {
    EmbeddedStores before = backend.stores(Samples.settings(folder));
    String id = before.messages().publish(Topic.WORK, Samples.message(1).toMessage());
    before.records().claim(Samples.claim(Samples.image(1), id, "dead"));
    Delivery delivery =
        before.workSubscription().receive(1, Duration.ofDays(1), Instant.now()).get(0);
    backend.close();
    EmbeddedStores after = backend.stores(Samples.settings(folder));

    after.recover(Instant.now());

    Delivery again = after.workSubscription().receive(1, Duration.ofDays(1), Instant.now()).get(0);
    assertThat(again.messageId()).isEqualTo(delivery.messageId());
    assertThat(again.deliveryAttempt()).isEqualTo(2);
    ClaimResult claim = after.records().claim(Samples.claim(Samples.image(1), id, "alive"));
    assertThat(claim).isInstanceOf(ClaimResult.Granted.class);
    assertThat(((ClaimResult.Granted) claim).record().attempts()).isEqualTo(2);
  }

  private static String permissions(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }
}
