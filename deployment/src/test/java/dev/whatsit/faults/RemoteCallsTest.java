package dev.whatsit.faults;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.emulators.Emulator;
import dev.whatsit.emulators.junit.EmulatorExtension;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * Counts the remote calls of each function, because each one costs money and time. A call is one
 * request or RPC on the wire.
 */
@Isolated("on a busy machine a call may be slow, and then is made again")
class RemoteCallsTest {
  @RegisterExtension static final EmulatorExtension PUBSUB = EmulatorExtension.of(Emulator.PUB_SUB);

  @RegisterExtension
  static final EmulatorExtension FIRESTORE = EmulatorExtension.of(Emulator.FIRESTORE);

  private static final String READ = "firestore.BatchGetDocuments";
  private static final String WRITE = "firestore.Commit";
  private static final String QUERY = "firestore.RunQuery";
  private static final String STORE = "storage.INSERT";
  private static final String SIGN = "storage.SIGN_BLOB";
  private static final String PUBLISH = "pubsub.Publish";
  private static final String SCHEDULE = "tasks.CreateTask";
  private static final String CLASSIFY = "vision.BatchAnnotateImages";

  /** Two features of each picture, out of blocks of 50 units. */
  private static final int PICTURES_OF_A_BLOCK = 25;

  /** In seconds; long enough that no call is retried on a busy machine. */
  private static final int DEADLINE = 30;

  private static final AtomicLong PICTURES = new AtomicLong(2_000_000);
  private static TestSystem system;

  private final Picture picture = next();

  @BeforeAll
  static void start(@TempDir Path folder) throws Exception {
    system = new TestSystem(FIRESTORE.hostPort(), PUBSUB.hostPort(), folder, DEADLINE);
    // The first calls of a process are slow, and a call that exceeds its deadline is retried.
    try (Traffic traffic = new Traffic(system, new Random(0))) {
      traffic.add(next());
      traffic.round();
      traffic.settle();
      traffic.check();
    }
  }

  @AfterAll
  static void stop() {
    system.close();
  }

  @BeforeEach
  void begin() throws Exception {
    // Discard messages of the previous test.
    for (Subscription.Pulled message : system.subscription(DeployedFunction.CLASSIFY).pull()) {
      system.subscription(DeployedFunction.CLASSIFY).ack(message);
    }
    system.calls().take();
  }

  @Test
  void upload_newImage_takesFour() throws Exception {
    assertThat(upload(picture)).isEqualTo(202);

    assertCalls(READ, STORE, PUBLISH, WRITE);
  }

  @Test
  void upload_knownImage_takesOneWhateverItsStatus() throws Exception {
    upload(picture);
    assertTaken();

    assertThat(upload(picture)).isEqualTo(202);
    assertCalls(READ);

    deliver();
    assertTaken();
    assertThat(upload(picture)).isEqualTo(200);
    assertCalls(READ);
  }

  @Test
  void upload_withACallback_takesTwoToRegisterAndTwoToRecord() throws Exception {
    String path = "/v1/images?callback_url=https%3A%2F%2Fexample.com%2Fhook";
    assertThat(system.post(DeployedFunction.UPLOAD, path, picture.bytes()).status()).isEqualTo(202);

    assertCalls(READ, STORE, PUBLISH, WRITE, QUERY, WRITE, READ, WRITE);

    // The image is known; the record is read again because the work may have finished in between.
    assertThat(system.post(DeployedFunction.UPLOAD, path, picture.bytes()).status()).isEqualTo(202);
    assertCalls(READ, QUERY, READ);
  }

  @Test
  void upload_forLater_takesFour() throws Exception {
    String path = "/v1/images?delay_seconds=3600";
    assertThat(system.post(DeployedFunction.UPLOAD, path, picture.bytes()).status()).isEqualTo(202);

    assertCalls(READ, STORE, WRITE, SCHEDULE);
  }

  @Test
  void classify_firstOfABlock_takesFourAndTwoForTheUnits() throws Exception {
    system.replace(DeployedFunction.CLASSIFY);
    upload(picture);
    assertTaken();

    deliver();

    assertCalls(READ, WRITE, READ, WRITE, CLASSIFY, WRITE);
  }

  @Test
  void classify_severalBlocks_takesFourEachAndTwoForEachBlock() throws Exception {
    system.replace(DeployedFunction.CLASSIFY);
    for (int i = 0; i <= 2 * PICTURES_OF_A_BLOCK; i++) {
      upload(next());
      system.calls().take();
      deliver();
      List<String> calls = system.calls().take();
      assertThat(calls).as("picture %d", i).hasSize(i % PICTURES_OF_A_BLOCK == 0 ? 6 : 4);
      assertThat(Collections.frequency(calls, CLASSIFY)).isEqualTo(1);
    }
  }

  @Test
  void classify_duplicateAfterTheEnd_takesOne() throws Exception {
    upload(picture);
    Subscription.Pulled message = system.subscription(DeployedFunction.CLASSIFY).pull().get(0);
    byte[] body = message.push().getBytes(UTF_8);
    system.post(DeployedFunction.CLASSIFY, "/", body);
    assertTaken();

    assertThat(system.post(DeployedFunction.CLASSIFY, "/", body).status()).isEqualTo(204);

    assertCalls(READ);
    system.subscription(DeployedFunction.CLASSIFY).ack(message);
  }

  @Test
  void status_anyImage_takesOneAndOneForTheLinkOnce() throws Exception {
    upload(picture);
    assertTaken();

    assertThat(system.get(DeployedFunction.STATUS, picture.path()).status()).isEqualTo(202);
    assertCalls(READ, SIGN);

    deliver();
    assertTaken();
    for (int i = 0; i < 5; i++) {
      assertThat(system.get(DeployedFunction.STATUS, picture.path()).status()).isEqualTo(200);
      // The link is cached, because its lifetime is long.
      assertCalls(READ);
    }
  }

  @Test
  void status_unknownImage_takesOne() throws Exception {
    assertThat(system.get(DeployedFunction.STATUS, picture.path()).status()).isEqualTo(404);

    assertCalls(READ);
  }

  @Test
  void retry_finishedImage_takesTwoToBeginOneToPublishAndTwoToConfirm() throws Exception {
    upload(picture);
    deliver();
    assertTaken();

    assertThat(
            system.post(DeployedFunction.CONTROL, picture.path() + ":retry", new byte[0]).status())
        .isEqualTo(202);

    assertCalls(READ, WRITE, PUBLISH, READ, WRITE);
  }

  @Test
  void sweep_nothingIsOverdue_takesFour() throws Exception {
    assertThat(system.post(DeployedFunction.SWEEP, "/", new byte[0]).status()).isEqualTo(200);

    // For records, for callbacks, for items of batches and for batches.
    assertCalls(QUERY, QUERY, QUERY, QUERY);
  }

  @Test
  void healthLive_everyHttpFunction_takesNone() throws Exception {
    for (DeployedFunction function :
        List.of(
            DeployedFunction.UPLOAD,
            DeployedFunction.STATUS,
            DeployedFunction.CONTROL,
            DeployedFunction.SWEEP)) {
      assertThat(system.get(function, "/health/live").status()).isEqualTo(204);
    }

    assertCalls();
  }

  private int upload(Picture sent) throws Exception {
    return system.post(DeployedFunction.UPLOAD, "/v1/images", sent.bytes()).status();
  }

  /** Delivers each message once. */
  private void deliver() throws Exception {
    for (Subscription.Pulled message : system.subscription(DeployedFunction.CLASSIFY).pull()) {
      byte[] body = message.push().getBytes(UTF_8);
      assertThat(system.post(DeployedFunction.CLASSIFY, "/", body).status()).isEqualTo(204);
      system.subscription(DeployedFunction.CLASSIFY).ack(message);
    }
  }

  /** Checks that there were calls, and discards them. */
  private void assertTaken() {
    assertThat(system.calls().take()).isNotEmpty();
  }

  private void assertCalls(String... calls) {
    assertThat(system.calls().take()).containsExactly(calls);
  }

  private static Picture next() {
    return Picture.of(PICTURES.getAndIncrement());
  }
}
