package dev.whatsit.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.whatsit.domain.image.ImageBytes;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageStore.Put;
import dev.whatsit.domain.record.ClaimResult;
import dev.whatsit.domain.record.FinishResult;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.Status;
import dev.whatsit.domain.settings.Settings;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two processes at work in one data folder. */
class TwoProcessesTest {
  private static final int IMAGES = 150;

  /** Does the same as the parent does, at the same time. */
  static final class Rival {
    private Rival() {}

    public static void main(String[] arguments) throws IOException {
      try (EmbeddedBackend backend = new EmbeddedBackend()) {
        EmbeddedStores stores = backend.stores(Samples.settings(Path.of(arguments[0])));
        ChildProcess.say("ready " + stores.recover(Samples.NOW));
        BufferedReader in =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        if ("go".equals(in.readLine())) {
          compete(stores).forEach(ChildProcess::say);
        }
      }
    }
  }

  private static List<String> compete(EmbeddedStores stores) {
    List<String> won = new ArrayList<>();
    String token = "token-" + ProcessHandle.current().pid();
    for (int i = 0; i < IMAGES; i++) {
      byte[] content = Samples.bytes(i, 20_000);
      ImageDescription image = Samples.image(content);
      if (stores.images().putIfAbsent(image, ImageBytes.of(content)) == Put.STORED) {
        won.add("stored " + image.hash());
      }
      ImageRecord record = ImageRecord.queued(image, token, Samples.NOW);
      if (stores.records().createIfAbsent(record, Samples.NOW).equals(record)) {
        won.add("created " + image.hash());
      }
      ClaimResult claim = stores.records().claim(Samples.claim(image, token, token));
      if (claim instanceof ClaimResult.Granted granted) {
        won.add("claimed " + image.hash());
        if (stores.records().finish(granted, Samples.CLASSIFIED, Samples.NOW)
            instanceof FinishResult.Written) {
          won.add("finished " + image.hash());
        }
      }
      for (Delivery delivery : stores.queue().receive(2, Duration.ofHours(1), Instant.now())) {
        if (stores.queue().acknowledge(delivery)) {
          won.add("acknowledged " + delivery.messageId());
        }
      }
    }
    return won;
  }

  @Test
  void compete_overEverything_eachIsWonOnce(@TempDir Path folder) throws Exception {
    try (EmbeddedBackend backend = new EmbeddedBackend();
        ChildProcess rival = new ChildProcess(Rival.class, folder.toString())) {
      assertThat(rival.line().orElseThrow()).startsWith("ready");
      EmbeddedStores stores = backend.stores(Samples.settings(folder));
      List<String> expected = new ArrayList<>();
      for (int i = 0; i < IMAGES; i++) {
        String hash = Samples.image(Samples.bytes(i, 20_000)).hash().hex();
        for (String kind : List.of("stored ", "created ", "claimed ", "finished ")) {
          expected.add(kind + hash);
        }
        expected.add("acknowledged " + stores.queue().publish(Samples.message(i).toMessage()));
      }

      rival.send("go");
      List<String> won = compete(stores);
      for (Optional<String> line = rival.line(); line.isPresent(); line = rival.line()) {
        won.add(line.get());
      }

      assertThat(rival.exitCode()).isZero();
      assertThat(won).containsExactlyInAnyOrderElementsOf(expected);
    }
  }

  @Test
  void recover_otherProcessLives_takesNothingAway(@TempDir Path folder) throws Exception {
    ImageDescription image = Samples.image(1);
    try (EmbeddedBackend backend = new EmbeddedBackend()) {
      EmbeddedStores stores = backend.stores(Samples.settings(folder));
      stores.records().claim(Samples.claim(image, "message", "token"));
      try (ChildProcess rival = new ChildProcess(Rival.class, folder.toString())) {
        assertThat(rival.line().orElseThrow()).isEqualTo("ready " + new Recovery(false, 0, 0, 0));
        assertThat(stores.records().find(image.hash(), Samples.NOW).orElseThrow().status())
            .isEqualTo(Status.PROCESSING);
      }
    }
  }

  @Test
  void recover_otherProcessWasKilled_takesItsWorkOver(@TempDir Path folder) throws Exception {
    ImageDescription image = Samples.image(1);
    try (EmbeddedBackend backend = new EmbeddedBackend()) {
      EmbeddedStores stores = backend.stores(Samples.settings(folder));
      stores.queue().publish(Samples.message(1).toMessage());
      assertThat(stores.queue().receive(1, Duration.ofDays(1), Instant.now())).hasSize(1);
      stores.records().claim(Samples.claim(image, "message", "token"));
    }
    try (EmbeddedBackend backend = new EmbeddedBackend();
        ChildProcess rival = new ChildProcess(Rival.class, folder.toString())) {
      assertThat(rival.line().orElseThrow()).isEqualTo("ready " + new Recovery(true, 1, 0, 1));
      EmbeddedStores stores = backend.stores(Samples.settings(folder));
      assertThat(stores.recover(Samples.NOW).alone()).isFalse();

      rival.kill();

      assertThat(stores.recover(Samples.NOW)).isEqualTo(new Recovery(true, 0, 0, 0));
      assertThat(stores.records().find(image.hash(), Samples.NOW).orElseThrow().status())
          .isEqualTo(Status.QUEUED);
    }
  }

  @Test
  void stores_anotherClassLoaderOfThisProcess_isRefusedAndTheFirstStaysAUser(@TempDir Path folder)
      throws Exception {
    List<URL> classPath = new ArrayList<>();
    for (String entry :
        System.getProperty("java.class.path").split(Pattern.quote(File.pathSeparator), -1)) {
      classPath.add(Path.of(entry).toUri().toURL());
    }
    try (EmbeddedBackend backend = new EmbeddedBackend();
        URLClassLoader loader =
            new URLClassLoader(
                classPath.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
      backend.stores(Samples.settings(folder));
      Class<?> settings = loader.loadClass(Settings.class.getName());
      Class<?> second = loader.loadClass(EmbeddedBackend.class.getName());
      assertThat(second).isNotSameAs(EmbeddedBackend.class);
      Object other = second.getConstructor().newInstance();
      Object same =
          settings
              .getMethod("of", Map.class)
              .invoke(null, Map.of("WHATSIT_DATA", folder.toString()));

      assertThatThrownBy(() -> second.getMethod("stores", settings).invoke(other, same))
          .hasRootCauseMessage(
              "wrong settings: WHATSIT_DATA is "
                  + folder
                  + ", which cannot be used (another class loader of this process has it open);"
                  + " name a folder of a local disk that this user may create and write to");

      try (ChildProcess rival = new ChildProcess(Rival.class, folder.toString())) {
        assertThat(rival.line().orElseThrow()).isEqualTo("ready " + new Recovery(false, 0, 0, 0));
      }
    }
  }
}
