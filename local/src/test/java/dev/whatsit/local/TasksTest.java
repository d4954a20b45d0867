package dev.whatsit.local;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.whatsit.domain.image.ImageBytes;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.queue.DeadLetterMessage;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.queue.WorkMessage;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.embedded.EmbeddedBackend;
import dev.whatsit.embedded.EmbeddedStores;
import dev.whatsit.local.operator.DeadLetters;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On the embedded backend, with operator commands during the run. */
class TasksTest extends TasksSuite {
  private EmbeddedBackend backend;
  private EmbeddedStores stores;

  @Override
  LocalServer start(Map<String, String> settings) throws IOException {
    return LocalServer.start(settings);
  }

  @BeforeAll
  void open() {
    backend = new EmbeddedBackend();
    stores = backend.stores(Settings.of(server().functionSettings()));
  }

  @AfterAll
  void close() throws IOException {
    backend.close();
  }

  @Test
  void deadLetter_messageGivenUp_isListedAndRemovedByAReplayOnceItIsOld() throws Exception {
    byte[] picture = Pictures.png(207);
    ImageDescription image = queued(picture, Instant.now());
    stores.images().putIfAbsent(image, ImageBytes.of(picture));
    WorkMessage message = new WorkMessage(image, 1, Instant.now());
    String hash = image.hash().hex();

    stores
        .messages()
        .publish(
            Topic.DEAD_LETTERS,
            new DeadLetterMessage(
                    "given-up-and-listed", message.toMessage().attributes(), "delivered 100 times")
                .toMessage());

    client().awaitFinal(hash);
    assertThat(letters()).contains("delivered 100 times");

    assertThat(retry(hash).status()).isEqualTo(202);
    assertThat(client().awaitFinal(hash).json().get("status").getAsString()).isEqualTo("success");

    // The dead letter is of an older run now: a replay removes it and changes nothing else.
    assertThat(letters()).contains(hash);
    assertThat(operate().replay("all", Instant.now())).isTrue();
    assertThat(letters()).doesNotContain(hash);
    JsonObject after = client().get("/v1/images/" + hash).json();
    assertThat(after.get("status").getAsString()).isEqualTo("success");
    assertThat(after.get("run").getAsInt()).isEqualTo(2);
  }

  @Test
  void restart_afterTheProcessDiedBetweenRetryAndPublish_runsIt(@TempDir Path folder)
      throws Exception {
    byte[] picture = Pictures.png(206);
    String hash = Pictures.hash(picture);
    try (Child child = Child.start(folder, Map.of(), List.of())) {
      Client first = new Client(child.port(), contract());
      first.post(picture);
      first.awaitFinal(hash);
      child.kill();
    }
    try (EmbeddedBackend dead = new EmbeddedBackend()) {
      dead.stores(Settings.of(Map.of("WHATSIT_DATA", folder.toString())))
          .records()
          .retry(new ImageHash(hash), Instant.now().minus(Duration.ofMinutes(2)));
    }
    // The sweep runs at the start, then every minute.
    try (Child child = Child.start(folder, Map.of(), List.of())) {
      JsonObject done = new Client(child.port(), contract()).awaitFinal(hash).json();
      assertThat(done.get("status").getAsString()).isEqualTo("success");
      assertThat(done.get("run").getAsInt()).isEqualTo(2);
    }
  }

  private DeadLetters operate() {
    return new DeadLetters(
        stores.messages(),
        stores.records(),
        new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8));
  }

  private String letters() throws IOException {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    new DeadLetters(
            stores.messages(),
            stores.records(),
            new PrintStream(printed, true, StandardCharsets.UTF_8))
        .list();
    return printed.toString(StandardCharsets.UTF_8);
  }
}
