package dev.whatsit.pubsub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.backend.Backends;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.settings.Settings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The connection of a deployed function, which no emulator tests: the service's real name, TLS, and
 * the metadata server's token.
 */
class AsDeployedTest {
  private static final String CLASS_PATH = System.getProperty("java.class.path");

  @Test
  void publish_withTheMetadataServersToken_goesOverTls(@TempDir Path folder) throws Exception {
    try (TlsPubSub google = new TlsPubSub(folder)) {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(google.javaOptions());
      command.addAll(List.of("-cp", CLASS_PATH, Function.class.getName()));
      ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
      Map<String, String> environment = builder.environment();
      environment.keySet().removeAll(List.of("PUBSUB_EMULATOR_HOST", "WHATSIT_BACKEND"));
      environment.put("GCE_METADATA_HOST", google.metadataHost());
      // Hides the application default credentials of the user that runs this.
      environment.put("CLOUDSDK_CONFIG", folder.toString());
      environment.remove("GOOGLE_APPLICATION_CREDENTIALS");
      environment.put("GOOGLE_CLOUD_PROJECT", "my-project");
      environment.put("WORK_TOPIC", "work");
      Process function = builder.start();
      String output = new String(function.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

      assertThat(function.waitFor(2, TimeUnit.MINUTES)).isTrue();
      assertThat(output).contains("published " + TlsPubSub.MESSAGE_ID);
      assertThat(google.calls().stream().distinct())
          .containsExactly("projects/my-project/topics/work Bearer " + TlsPubSub.TOKEN);
    }
  }

  /** Opens the queue as a function does, and publishes. */
  static final class Function {
    private static final int MAX_ATTEMPTS = 5;

    private Function() {}

    public static void main(String[] arguments) {
      Settings settings = Settings.of(System.getenv());
      Backend backend = Backends.choose(settings);
      MessageQueue queue = backend.messages(settings, Set.of(Topic.WORK)).orElseThrow();
      for (int attempt = 1; ; attempt++) {
        try {
          System.out.println(
              "published " + queue.publish(Topic.WORK, Samples.message().toMessage()));
          break;
        } catch (TransientFailure e) {
          // On a busy machine, the first connection of a process may exceed a call's deadline.
          if (attempt == MAX_ATTEMPTS) {
            throw e;
          }
        }
      }
      Backends.close(backend);
    }
  }
}
