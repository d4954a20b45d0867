package dev.whatsit.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.emulators.Emulator;
import dev.whatsit.emulators.junit.EmulatorExtension;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Starts and stops the process on emulators: those that it starts, and those already running. */
class StartAndStopOnEmulatorsTest {
  @RegisterExtension
  static final EmulatorExtension PUB_SUB = EmulatorExtension.of(Emulator.PUB_SUB);

  @RegisterExtension
  static final EmulatorExtension FIRESTORE = EmulatorExtension.of(Emulator.FIRESTORE);

  private static final List<String> ON_EMULATORS = List.of("-Dbackend=emulators");

  /** Hides the emulators of the test run: a blank variable counts as not set. */
  private static final Map<String, String> NONE_NAMED =
      Map.of("PUBSUB_EMULATOR_HOST", "", "FIRESTORE_EMULATOR_HOST", "");

  @TempDir private Path data;

  @Test
  void terminate_emulatorsStartedHere_endWithIt() throws Exception {
    byte[] photo = Pictures.cat();
    String hash = Pictures.hash(photo);
    List<ProcessHandle> emulators;
    try (ChildProcess child = ChildProcess.start(data, NONE_NAMED, ON_EMULATORS)) {
      Client client = new Client(Servers.awaitReady(child.port()));
      emulators = child.children();
      assertThat(emulators).hasSize(2);
      assertThat(client.post(photo).status()).isEqualTo(202);
      Response done = client.awaitFinal(hash);
      assertThat(done.string("status")).isEqualTo("success");
      assertThat(Client.open(done.string("image_url")).body()).isEqualTo(photo);
      child.terminate();
      child.exitCode();
      assertThat(child.output())
          .anyMatch(line -> line.startsWith("Pub/Sub: ") && line.endsWith("started here"))
          .anyMatch(line -> line.startsWith("Firestore: ") && line.endsWith("started here"))
          .anyMatch(line -> line.startsWith("What the emulators hold ends with them"))
          .anyMatch(line -> line.startsWith("Stopped. The images are kept"))
          .noneMatch(line -> line.contains("Exception"))
          .noneMatch(line -> line.contains("\"severity\":\"WARN"));
    }
    assertThat(emulators).noneMatch(ProcessHandle::isAlive);
  }

  @Test
  void terminate_emulatorsThatWereRunning_areLeftAloneWithWhatTheyHold() throws Exception {
    Map<String, String> settings = new HashMap<>(Servers.emulatorSettings(PUB_SUB, FIRESTORE));
    byte[] before = Pictures.png(401);
    byte[] after = Pictures.png(402);
    String etag;
    try (ChildProcess child = ChildProcess.start(data, settings, ON_EMULATORS)) {
      Client client = new Client(Servers.awaitReady(child.port()));
      assertThat(child.children()).isEmpty();
      assertThat(client.post(before).status()).as("%s", child.output()).isEqualTo(202);
      etag = client.awaitIllustrated(Pictures.hash(before)).header("ETag").orElseThrow();
      // Accepted just before the stop: the next process delivers its message.
      assertThat(client.post(after).status()).as("%s", child.output()).isEqualTo(202);
      child.terminate();
      assertThat(child.output()).anyMatch(line -> line.endsWith("which was running"));
      child.exitCode();
    }
    try (ChildProcess child = ChildProcess.start(data, settings, ON_EMULATORS)) {
      Client client = new Client(Servers.awaitReady(child.port()));
      Response kept = client.get("/v1/images/" + Pictures.hash(before));
      assertThat(kept.header("ETag")).contains(etag);
      Response done = client.awaitFinal(Pictures.hash(after));
      assertThat(done.string("status")).isEqualTo("success");
      assertThat(done.integer("attempts")).isEqualTo(1);
    }
  }

  @Test
  void start_wrongSettings_namesThoseOfGooglesAdaptersToo() throws Exception {
    Map<String, String> wrong = new HashMap<>(Servers.emulatorSettings(PUB_SUB, FIRESTORE));
    wrong.put("PORT", "http");
    wrong.put("WORK_TOPIC", "x");
    wrong.put("IMAGE_BUCKET", "gs://images");
    wrong.put("FIRESTORE_DATABASE", "?");
    try (ChildProcess child = ChildProcess.start(data, wrong, ON_EMULATORS)) {
      assertThat(child.exitCode()).isNotZero();
      for (String name : List.of("PORT", "WORK_TOPIC", "IMAGE_BUCKET", "FIRESTORE_DATABASE")) {
        assertThat(child.output())
            .as(name)
            .anyMatch(line -> line.startsWith("Wrong setting: " + name + " "));
      }
    }
  }
}
