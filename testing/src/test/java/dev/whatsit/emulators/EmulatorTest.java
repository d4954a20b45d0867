package dev.whatsit.emulators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.whatsit.emulators.junit.EmulatorExtension;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EmulatorTest {
  // Skips this class if no emulators are installed.
  @RegisterExtension
  static final EmulatorExtension PUB_SUB = EmulatorExtension.of(Emulator.PUB_SUB);

  @ParameterizedTest
  @EnumSource(Emulator.class)
  void start_installed_answersUntilItIsClosed(Emulator emulator) throws Exception {
    RunningEmulator running = emulator.start(installed()).orElseThrow();
    ProcessHandle process = ProcessHandle.of(running.pid()).orElseThrow();
    try (running) {
      assertThat(running.isOwn()).isTrue();
      assertThat(running.hostPort()).startsWith("127.0.0.1:");
      assertThat(get(running.hostPort())).isEqualTo("200 Ok");
    }

    assertThat(process.isAlive()).isFalse();
    assertThatThrownBy(() -> get(running.hostPort())).isInstanceOf(ConnectException.class);
  }

  /** Ctrl-C reaches every process of a terminal: work in flight lost its emulators. */
  @ParameterizedTest
  @EnumSource(Emulator.class)
  @EnabledOnOs(OS.LINUX)
  void start_signalsOfATerminal_areIgnored(Emulator emulator) throws Exception {
    try (RunningEmulator running = emulator.start(installed()).orElseThrow()) {
      String ignored =
          Files.readAllLines(Path.of("/proc", Long.toString(running.pid()), "status")).stream()
              .filter(line -> line.startsWith("SigIgn:"))
              .findAny()
              .orElseThrow();
      long mask = Long.parseUnsignedLong(ignored.substring("SigIgn:".length()).strip(), 16);

      // proc(5): bit 0 is signal 1, SIGHUP; then SIGINT.
      assertThat(mask & 3).isEqualTo(3);
    }
  }

  @ParameterizedTest
  @EnumSource(Emulator.class)
  void start_starterIsKilled_diesWithIt(Emulator emulator) throws Exception {
    Process parent =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Starter.class.getName(),
                emulator.name())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(parent.getInputStream(), StandardCharsets.UTF_8))) {
      ProcessHandle emulatorProcess =
          ProcessHandle.of(Long.parseLong(lines.readLine())).orElseThrow();
      assertThat(emulatorProcess.isAlive()).isTrue();

      parent.toHandle().destroyForcibly();

      emulatorProcess.onExit().get(1, TimeUnit.MINUTES);
    } finally {
      parent.destroyForcibly();
    }
  }

  @Test
  void start_broken_failsWithWhatItSaid(@TempDir Path root) throws IOException {
    Path folder = Files.createDirectories(root.resolve("platform/cloud-firestore-emulator"));
    Files.writeString(folder.resolve("cloud-firestore-emulator.jar"), "no jar");

    assertThatThrownBy(() -> Emulator.FIRESTORE.start(Map.of("CLOUDSDK_ROOT_DIR", root.toString())))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("cloud-firestore-emulator does not start")
        .hasMessageContaining("ClassNotFoundException");
  }

  @Test
  void jar_commandIsALinkOnThePath_isFoundBesideTheCommand(@TempDir Path folder)
      throws IOException {
    Path bin = Files.createDirectories(folder.resolve("sdk/bin"));
    Path lib = Files.createDirectories(folder.resolve("sdk/platform/pubsub-emulator/lib"));
    Path jar = Files.createFile(lib.resolve("cloud-pubsub-emulator-1.2.3-all.jar"));
    Files.createFile(lib.resolve("another.jar"));
    Files.createFile(bin.resolve("gcloud"));
    Path onPath = Files.createDirectories(folder.resolve("usr/bin"));
    Files.createSymbolicLink(onPath.resolve("gcloud"), bin.resolve("gcloud"));
    String path = folder.resolve("nowhere") + System.getProperty("path.separator") + onPath;

    assertThat(Emulator.PUB_SUB.jar(Map.of("PATH", path))).contains(jar.toRealPath());
    assertThat(Emulator.FIRESTORE.jar(Map.of("PATH", path))).isEmpty();
    assertThat(Emulator.PUB_SUB.jar(Map.of("CLOUDSDK_ROOT_DIR", folder + "/sdk"))).contains(jar);
  }

  /** This process's environment without already running emulators. */
  static Map<String, String> installed() {
    Map<String, String> environment = new HashMap<>(System.getenv());
    for (Emulator emulator : Emulator.values()) {
      environment.remove(emulator.hostVariable());
    }
    return environment;
  }

  private static String get(String hostPort) throws IOException, InterruptedException {
    HttpResponse<String> response =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create("http://" + hostPort + "/")).build(),
                HttpResponse.BodyHandlers.ofString());
    return response.statusCode() + " " + response.body().strip();
  }

  /** Starts an emulator, prints its process id, and waits to be killed. */
  static final class Starter {
    private Starter() {}

    public static void main(String[] arguments) throws InterruptedException {
      Optional<RunningEmulator> running = Emulator.valueOf(arguments[0]).start(installed());
      System.out.println(running.orElseThrow().pid());
      System.out.flush();
      Thread.currentThread().join();
    }
  }
}
