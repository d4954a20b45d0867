package dev.whatsit.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** How the process starts, fails to start, and stops. */
class StartAndStopTest {
  private static final List<String> ON_EMULATORS = List.of("-Dbackend=emulators");

  @TempDir private Path data;

  @Test
  void start_printsItsAddressAndAnExample() throws Exception {
    try (ChildProcess child = ChildProcess.start(data, Map.of(), List.of())) {
      int port = child.port();
      new Client(port).get("/health/live");
      child.terminate();
      child.exitCode();
      assertThat(child.output())
          .contains("The data is in " + data)
          .anyMatch(line -> line.contains(port + "/docs"))
          .anyMatch(
              line ->
                  line.equals(
                      "  curl -H 'Prefer: wait=20' -H 'Content-Type: image/jpeg'"
                          + " --data-binary @samples/cat.jpg http://localhost:"
                          + port
                          + "/v1/images"))
          .anyMatch(line -> line.endsWith("/v1/images/" + Pictures.hash(Pictures.cat())))
          .noneMatch(line -> line.contains("Exception"))
          .noneMatch(line -> line.contains("SLF4J"))
          .noneMatch(line -> line.contains("jetty"));
    }
  }

  @Test
  void start_busyPort_isOneClearLine() throws Exception {
    try (ServerSocket busy = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = Integer.toString(busy.getLocalPort());
      assertRefuses(ChildProcess.start(data, Map.of("PORT", port), List.of()), "port " + port);
    }
  }

  @Test
  void start_dataFolderThatIsAFile_isOneClearLine() throws Exception {
    Path file = Files.createFile(data.resolve("file"));
    assertRefuses(ChildProcess.start(file, Map.of(), List.of()), "WHATSIT_DATA", file.toString());
  }

  /** Regression: the error named the setting, which was not set, instead of the file. */
  @Test
  void start_emptyCallbackSecret_namesTheFile() throws Exception {
    Path file = Files.createFile(data.resolve("callback-secret"));
    assertRefuses(ChildProcess.start(data, Map.of(), List.of()), file + " is empty", "restore");
    assertThat(file).isEmptyFile();
  }

  @Test
  void start_noDatabaseBesideImages_isOneClearLine() throws Exception {
    Files.createDirectories(data.resolve("images/ab"));
    Path database = data.resolve("whatsit.db");
    assertRefuses(ChildProcess.start(data, Map.of(), List.of()), database + " is missing");
  }

  /** Regression: each killed process left 25 MB of native libraries there. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void kill_afterWork_leavesNoLibrariesInTheTemporaryFolder(@TempDir Path temporary)
      throws Exception {
    List<String> options = List.of("-Djava.io.tmpdir=" + temporary);
    Map<String, String> settings = Map.of("SWEEP_SECONDS", "1");
    try (ChildProcess child = ChildProcess.start(data, settings, options)) {
      Client client = new Client(child.port());
      // ONNX Runtime and SQLite are loaded; a thumbnail needs the WebP codec.
      assertThat(client.post(Pictures.cat()).status()).isEqualTo(202);
      client.awaitIllustrated(Pictures.hash(Pictures.cat()));
      long deadline = System.nanoTime() + Duration.ofMinutes(1).toNanos();
      while (!libraries(temporary).isEmpty() && System.nanoTime() < deadline) {
        LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
      }
      child.kill();
    }
    assertThat(libraries(temporary)).isEmpty();
  }

  /** All but the invoker, which is unpacked only when Whatsit runs from jars. */
  private static List<Path> libraries(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> !file.toString().endsWith(".jar")).toList();
    }
  }

  @Test
  void start_severalWrongSettings_namesEachOnce() throws Exception {
    Map<String, String> wrong =
        Map.ofEntries(
            Map.entry("PORT", "http"),
            Map.entry("MAX_IMAGE_BYTES", "many"),
            Map.entry("LINK_LIFETIME_SECONDS", "0"),
            Map.entry("MAX_ATTEMPTS", "0"),
            Map.entry("MIN_CONFIDENCE", "2"),
            Map.entry("LOG_FORMAT", "xml"),
            Map.entry("PUBLIC_URL", "ftp://x"),
            Map.entry("WHATSIT_HOSTS", "a b"),
            Map.entry("DISPATCH_CONCURRENCY", "-1"),
            Map.entry("SWEEP_SECONDS", "3601"),
            Map.entry("SWEEP_LIMIT", "all"));
    try (ChildProcess child = ChildProcess.start(data, wrong, List.of())) {
      assertThat(child.exitCode()).isNotZero();
      for (String name : wrong.keySet()) {
        assertThat(child.output())
            .as(name)
            .filteredOn(line -> line.startsWith("Wrong setting: " + name + " "))
            .hasSize(1);
      }
      assertThat(child.output()).hasSize(wrong.size());
    }
  }

  @Test
  void start_brokenModel_isOneClearLine() throws Exception {
    Path model = Files.writeString(data.resolve("model.onnx"), "this is no model");
    Path labels = Files.writeString(data.resolve("labels.txt"), "cat\n");
    Map<String, String> settings =
        Map.of("WHATSIT_MODEL", model.toString(), "WHATSIT_LABELS", labels.toString());
    assertRefuses(ChildProcess.start(data.resolve("data"), settings, List.of()), model.toString());
  }

  @Test
  void start_unknownCommand_showsTheUsage() throws Exception {
    try (ChildProcess child = ChildProcess.start(data, Map.of(), List.of(), "replay")) {
      assertThat(child.exitCode()).isEqualTo(2);
      assertThat(child.output()).anyMatch(line -> line.contains("dead-letters"));
    }
  }

  @Test
  void start_unknownBackend_isOneClearLine() throws Exception {
    assertRefuses(
        ChildProcess.start(data, Map.of(), List.of("-Dbackend=emulator")),
        "Wrong setting: backend is emulator, must be embedded or emulators");
  }

  @Test
  void start_onEmulatorsWithoutTheSdk_isOneClearLineThatSaysWhatToDo() throws Exception {
    Map<String, String> without =
        Map.of(
            "PATH", data.toString(),
            "CLOUDSDK_ROOT_DIR", "",
            "PUBSUB_EMULATOR_HOST", "",
            "FIRESTORE_EMULATOR_HOST", "");
    assertRefuses(
        ChildProcess.start(data, without, ON_EMULATORS),
        "gcloud components install pubsub-emulator cloud-firestore-emulator",
        "PUBSUB_EMULATOR_HOST and FIRESTORE_EMULATOR_HOST");
  }

  @Test
  void start_onEmulatorsThatDoNotAnswer_isOneClearLine() throws Exception {
    int closed;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      closed = socket.getLocalPort();
    }
    String nowhere = "127.0.0.1:" + closed;
    Map<String, String> named =
        Map.of("PUBSUB_EMULATOR_HOST", nowhere, "FIRESTORE_EMULATOR_HOST", nowhere);
    assertRefuses(ChildProcess.start(data, named, ON_EMULATORS), "PUBSUB_EMULATOR_HOST", nowhere);
  }

  @Test
  void deadLetters_onEmulators_saysThatOnlyTheEmbeddedBackendHasThem() throws Exception {
    assertRefuses(
        ChildProcess.start(data, Map.of(), ON_EMULATORS, "replay", "all"),
        "embedded",
        "replay",
        ":retry");
  }

  /** Regression: a mistyped folder was created, and its empty queue was listed. */
  @Test
  void deadLetters_noSuchFolder_saysSoAndMakesNone() throws Exception {
    Path mistyped = data.resolve("mistyped");
    String[] words = {mistyped.toString(), "WHATSIT_DATA"};
    assertRefuses(ChildProcess.start(mistyped, Map.of(), List.of(), "dead-letters"), words);
    assertThat(mistyped).doesNotExist();
  }

  /** Checks that a process ends with an error and prints one line, with these words. */
  private static void assertRefuses(ChildProcess started, String... words) throws Exception {
    try (ChildProcess child = started) {
      assertThat(child.exitCode()).isNotZero();
      assertThat(child.output()).hasSize(1);
      assertThat(child.output().get(0)).contains(words);
    }
  }

  @Test
  void terminate_withWorkInFlight_finishesItAndLosesNothing() throws Exception {
    byte[] queued = Pictures.png(51);
    byte[] slow = Pictures.large(10 * 1024 * 1024, 52);
    try (ChildProcess child = ChildProcess.start(data, Map.of(), List.of())) {
      Client client = new Client(child.port());
      for (int i = 0; i < 20; i++) {
        assertThat(client.post(Pictures.png(60 + i)).status()).isEqualTo(202);
      }
      assertThat(client.post(queued).status()).isEqualTo(202);
      // An upload of which half has arrived when the signal is sent.
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), child.port())) {
        socket
            .getOutputStream()
            .write(
                ("POST /v1/images HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
                        + slow.length
                        + "\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().write(slow, 0, slow.length / 2);
        socket.getOutputStream().flush();
        // This later request has a response, so half of the upload has reached the server.
        assertThat(client.get("/health/live").status()).isEqualTo(204);
        child.terminate();
        child.awaitLine("Stopping");
        socket.getOutputStream().write(slow, slow.length / 2, slow.length - slow.length / 2);
        Response response = client.readResponse("POST", "/v1/images", socket.getInputStream());
        assertThat(response.status()).isEqualTo(202);
      }
      assertThat(child.exitCode()).isEqualTo(143);
      assertThat(child.output()).anyMatch(line -> line.startsWith("Stopped"));
      // Regression: events during the shutdown were not logged.
      assertThat(child.output().stream().dropWhile(line -> !line.startsWith("Stopping")))
          .anyMatch(line -> line.contains("\"message\":\"accepted\""));
    }
    try (ChildProcess child = ChildProcess.start(data, Map.of(), List.of())) {
      Client client = new Client(child.port());
      for (int i = 0; i < 20; i++) {
        Response done = client.awaitFinal(Pictures.hash(Pictures.png(60 + i)));
        // A drain is no failure: nothing was attempted twice.
        assertThat(done.integer("attempts")).isEqualTo(1);
      }
      client.awaitFinal(Pictures.hash(queued));
      client.awaitFinal(Pictures.hash(slow));
    }
  }
}
