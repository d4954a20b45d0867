package dev.whatsit.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.record.Status;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A data folder belongs to one process. */
class TwoProcessesTest {
  /** Opens the folder, receives work, and holds both until it is stopped. */
  static final class Other {
    private Other() {}

    public static void main(String[] arguments) throws IOException {
      try (EmbeddedBackend backend = new EmbeddedBackend()) {
        EmbeddedStores stores = backend.stores(Samples.settings(Path.of(arguments[0])));
        stores.recover(Samples.NOW);
        stores.messages().publish(Topic.WORK, Samples.message(1).toMessage());
        stores.workSubscription().receive(1, Duration.ofDays(1), Instant.now());
        stores.records().claim(Samples.claim(Samples.image(1), "message", "token"));
        ChildProcess.say("open");
        if (System.in.read() < 0) {
          throw new IOException("the input ended");
        }
      } catch (InvalidSettings e) {
        ChildProcess.say(String.valueOf(e.getMessage()));
      }
    }
  }

  @Test
  void stores_anotherProcessHasTheFolder_areRefusedUntilItEnds(@TempDir Path folder)
      throws Exception {
    try (EmbeddedBackend backend = new EmbeddedBackend();
        ChildProcess other = new ChildProcess(Other.class, folder.toString())) {
      assertThat(other.line()).hasValue("open");

      for (int attempt = 0; attempt < 2; attempt++) {
        assertThatThrownBy(() -> backend.stores(Samples.settings(folder)))
            .isInstanceOf(InvalidSettings.class)
            .hasMessageContaining(inUse(folder));
      }
      other.send("end");
      assertThat(other.exitCode()).isZero();

      assertThat(backend.stores(Samples.settings(folder)).workSubscription().depth(Instant.now()))
          .isEqualTo(new QueueDepth(0, 1, 0));
    }
  }

  @Test
  void stores_severalOfThisProcess_areAllGivenAndKeepOthersOut(@TempDir Path folder)
      throws Exception {
    try (EmbeddedBackend backend = new EmbeddedBackend()) {
      try (EmbeddedBackend second = new EmbeddedBackend()) {
        backend.stores(Samples.settings(folder));
        second.stores(Samples.settings(folder));
      }
      try (ChildProcess other = new ChildProcess(Other.class, folder.toString())) {
        assertThat(other.line().orElseThrow()).contains(inUse(folder));
      }
    }
  }

  @Test
  void besideAServer_anotherProcessHasTheFolder_seesAndChangesWhatIsThere(@TempDir Path folder)
      throws Exception {
    try (EmbeddedBackend backend = EmbeddedBackend.besideAServer();
        ChildProcess other = new ChildProcess(Other.class, folder.toString())) {
      assertThat(other.line()).hasValue("open");
      EmbeddedStores stores = backend.stores(Samples.settings(folder));

      stores.recover(Samples.NOW);
      assertThat(stores.workSubscription().depth(Instant.now())).isEqualTo(new QueueDepth(0, 1, 0));
      stores.messages().publish(Topic.WORK, Samples.message(2).toMessage());

      other.send("end");
      assertThat(other.exitCode()).isZero();
    }
  }

  @Test
  void recover_otherProcessWasKilled_takesItsWorkOver(@TempDir Path folder) throws Exception {
    ImageDescription image = Samples.image(1);
    try (ChildProcess other = new ChildProcess(Other.class, folder.toString())) {
      assertThat(other.line()).hasValue("open");
      other.kill();
    }
    try (EmbeddedBackend backend = new EmbeddedBackend()) {
      EmbeddedStores stores = backend.stores(Samples.settings(folder));

      stores.recover(Samples.NOW);

      assertThat(stores.records().find(image.hash(), Samples.NOW).orElseThrow().status())
          .isEqualTo(Status.QUEUED);
      assertThat(stores.workSubscription().depth(Instant.now())).isEqualTo(new QueueDepth(1, 0, 0));
    }
  }

  @Test
  void stores_anotherClassLoaderOfThisProcess_isRefusedAndTheFirstKeepsTheFolder(
      @TempDir Path folder) throws Exception {
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

      try (ChildProcess child = new ChildProcess(Other.class, folder.toString())) {
        assertThat(child.line().orElseThrow()).contains(inUse(folder));
      }
    }
  }

  private static String inUse(Path folder) {
    return "WHATSIT_DATA is "
        + folder
        + ", which cannot be used (another process uses it; stop that one first)";
  }
}
