package dev.whatsit.local;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.whatsit.domain.image.ImageBytes;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.queue.DeadLetterMessage;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.queue.WorkMessage;
import dev.whatsit.domain.record.Claim;
import dev.whatsit.domain.record.ClaimResult;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.embedded.EmbeddedBackend;
import dev.whatsit.embedded.EmbeddedStores;
import dev.whatsit.local.operator.DeadLetters;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Completed, stalled and dead-lettered work, with operator commands during the run. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TasksTest {
  private LocalServer server;
  private Client client;

  /** A second backend on the server's stores. */
  private EmbeddedBackend backend;

  private EmbeddedStores stores;
  private ImageStore images;
  private RecordStore records;
  private MessageQueue queue;

  @BeforeAll
  void start(@TempDir Path data) throws Exception {
    server = Servers.embedded(data, "SWEEP_SECONDS", "1");
    client = new Client(server.port());
    backend = new EmbeddedBackend();
    stores = backend.stores(Settings.of(server.functionSettings()));
    images = stores.images();
    records = stores.records();
    queue = stores.messages();
  }

  @AfterAll
  void stop() throws Exception {
    backend.close();
    server.close();
  }

  @Test
  void retry_errorWithItsCauseRemoved_isSuccessOfTheNextRun() throws Exception {
    byte[] picture = Pictures.png(201);
    ImageDescription image = describe(picture);
    // A message about an image without stored bytes.
    queue.publish(Topic.WORK, new WorkMessage(image, 1, Instant.now()).toMessage());
    String hash = image.hash().hex();
    awaitKnown(hash);
    JsonObject failed = client.awaitFinal(hash).json();
    assertThat(failed.getAsJsonObject("error").get("code").getAsString()).isEqualTo("IMAGE_GONE");
    images.putIfAbsent(image, ImageBytes.of(picture));

    Response accepted = client.retry(hash);

    assertThat(accepted.status()).isEqualTo(202);
    assertThat(accepted.header("Location")).contains("/v1/images/" + hash);
    assertThat(accepted.header("Retry-After")).isPresent();
    assertThat(accepted.integer("run")).isEqualTo(2);
    assertThat(accepted.integer("attempts")).isZero();
    JsonObject done = client.awaitFinal(hash).json();
    assertThat(done.get("status").getAsString()).isEqualTo("success");
    assertThat(done.get("run").getAsInt()).isEqualTo(2);
    assertThat(done.get("attempts").getAsInt()).isEqualTo(1);
    assertThat(done.get("error").isJsonNull()).isTrue();
  }

  @Test
  void retry_success_asksTheClassifierAgain() throws Exception {
    byte[] photo = Pictures.cat();
    String hash = Pictures.hash(photo);
    client.post(photo);
    Response first = client.awaitFinal(hash);
    assertThat(first.integer("run")).isEqualTo(1);

    assertThat(client.retry(hash).status()).isEqualTo(202);

    Response second = client.awaitFinal(hash);
    assertThat(second.string("status")).isEqualTo("success");
    assertThat(second.integer("run")).isEqualTo(2);
    assertThat(second.integer("attempts")).isEqualTo(1);
    assertThat(second.json().get("annotations")).isEqualTo(first.json().get("annotations"));
    assertThat(second.json().get("created_at")).isEqualTo(first.json().get("created_at"));
    assertThat(second.header("ETag")).isNotEqualTo(first.header("ETag"));
  }

  @Test
  void retry_underWay_isRefused() throws Exception {
    // The record is queued, but there is no message for it.
    String hash = queued(Pictures.png(202), Instant.now()).hash().hex();

    Response response = client.retry(hash);

    response.assertProblem(409, "UNDER_WAY");
    assertThat(client.get("/v1/images/" + hash).integer("run")).isEqualTo(1);
  }

  @Test
  void retry_unknownImageOrNoHash_isRefused() throws Exception {
    assertThat(client.retry("0".repeat(64)).code()).isEqualTo("IMAGE_NOT_FOUND");
    for (String name : List.of("", "abc", "A".repeat(64), "0".repeat(65))) {
      Response response = client.retry(name);
      response.assertProblem(400, "INVALID_HASH");
    }
  }

  @Test
  void retry_otherMethodOrVerb_isRefused() throws Exception {
    String path = "/v1/images/" + "0".repeat(64);
    for (String method : List.of("GET", "PUT", "DELETE")) {
      Response response = client.send(method, path + ":retry", BodyPublishers.noBody());
      assertThat(response.status()).as(method).isEqualTo(405);
      assertThat(response.header("Allow")).contains("OPTIONS, POST");
    }
    Response other = client.send("POST", path + ":again", BodyPublishers.noBody());
    assertThat(other.status()).isEqualTo(405);
  }

  @Test
  void wait_submission_returnsTheResult() throws Exception {
    Response response = client.post(Pictures.png(210), "Prefer", "wait=30");

    assertThat(response.status()).isEqualTo(200);
    assertThat(response.string("status")).isEqualTo("success");
    assertThat(response.header("Preference-Applied")).contains("wait=30");
  }

  @Test
  void wait_workThatDoesNotFinish_endsAfterTheTime() throws Exception {
    // The record is queued, but there is no message for it.
    String hash = queued(Pictures.png(211), Instant.now()).hash().hex();

    Response response = client.get("/v1/images/" + hash, "Prefer", "wait=1");

    assertThat(response.status()).isEqualTo(202);
    assertThat(response.header("Preference-Applied")).contains("wait=1");
    assertThat(response.header("Retry-After")).isPresent();
  }

  @Test
  void cancel_queuedImage_isFinalAndItsMessageChangesNothing() throws Exception {
    byte[] picture = Pictures.png(212);
    // The record is queued; its message is published later.
    ImageDescription image = queued(picture, Instant.now());
    images.putIfAbsent(image, ImageBytes.of(picture));
    String hash = image.hash().hex();

    Response canceled = client.cancel(hash);

    assertThat(canceled.status()).isEqualTo(200);
    assertThat(canceled.string("status")).isEqualTo("canceled");
    queue.publish(Topic.WORK, new WorkMessage(image, 1, Instant.now()).toMessage());
    Response again = client.cancel(hash);
    again.assertProblem(409, "ALREADY_FINAL");
    assertThat(client.post(picture).status()).isEqualTo(200);
    assertThat(client.retry(hash).status()).isEqualTo(202);
    assertThat(client.awaitFinal(hash).string("status")).isEqualTo("success");
  }

  @Test
  void cancel_badRequests_areRefused() throws Exception {
    assertThat(client.cancel("0".repeat(64)).status()).isEqualTo(404);
    assertThat(client.cancel("ABC").code()).isEqualTo("INVALID_HASH");
    String path = "/v1/images/" + "0".repeat(64);
    for (String body : List.of("{\"status\": \"done\", \"x\": 1}", "[]")) {
      Response response =
          client.send(
              "PATCH",
              path,
              BodyPublishers.ofString(body),
              "Content-Type",
              "application/merge-patch+json");
      assertThat(response.status()).as(body).isEqualTo(422);
    }
    assertThat(client.send("PATCH", path, BodyPublishers.ofString("{}")).status()).isEqualTo(415);
    assertThat(
            client
                .send("PATCH", path, BodyPublishers.ofString("{}"), "Content-Encoding", "gzip")
                .code())
        .isEqualTo("UNSUPPORTED_CONTENT_ENCODING");
  }

  @Test
  void list_imagesOfTheSystem_areNewestFirstAndPaged() throws Exception {
    client.post(Pictures.png(208));
    client.post(Pictures.png(209));
    client.awaitFinal(Pictures.hash(Pictures.png(209)));

    JsonObject first = client.get("/v1/images?page_size=1&status=success").json();
    String token = first.get("next_page_token").getAsString();
    JsonObject second =
        client.get("/v1/images?page_size=1&status=success&page_token=" + token).json();

    assertThat(first.getAsJsonArray("images")).hasSize(1);
    assertThat(second.getAsJsonArray("images")).isNotEqualTo(first.getAsJsonArray("images"));
    assertThat(client.get("/v1/images?page_token=x").status()).isEqualTo(422);
    assertThat(client.send("HEAD", "/v1/images", BodyPublishers.noBody()).status()).isEqualTo(200);
  }

  @Test
  void sweep_runThatWasNeverPublished_isPublished() throws Exception {
    byte[] picture = Pictures.png(203);
    String hash = Pictures.hash(picture);
    client.post(picture);
    client.awaitFinal(hash);
    // As if the function that started the run had died before it published.
    records.retry(new ImageHash(hash), Instant.now().minus(Duration.ofMinutes(2)));

    JsonObject done = client.awaitFinal(hash).json();

    assertThat(done.get("status").getAsString()).isEqualTo("success");
    assertThat(done.get("run").getAsInt()).isEqualTo(2);
  }

  @Test
  void sweep_deferredWork_isPublishedWhenItIsDue() throws Exception {
    byte[] picture = Pictures.png(204);
    ImageDescription image = queued(picture, Instant.now());
    images.putIfAbsent(image, ImageBytes.of(picture));
    Instant now = Instant.now();
    ClaimResult claim =
        records.claim(
            new Claim(new WorkMessage(image, 1, now), "m", "t", now, now.plusSeconds(60)));
    Instant due = Instant.now().plusSeconds(2);
    records.defer((ClaimResult.Granted) claim, "QUOTA", due, Instant.now());
    assertThat(client.get("/v1/images/" + image.hash()).status()).isEqualTo(202);

    JsonObject done = client.awaitFinal(image.hash().hex()).json();

    assertThat(done.get("status").getAsString()).isEqualTo("success");
    assertThat(done.get("attempts").getAsInt()).isEqualTo(1);
    assertThat(Instant.parse(done.get("updated_at").getAsString())).isAfter(due.minusMillis(1));
  }

  @Test
  void ready_namesThePartsOfEachFunction() throws Exception {
    assertThat(client.get("/health/ready").json().getAsJsonArray("parts").toString())
        .contains("control.queue", "control.records", "sweep.queue", "sweep.records")
        .contains("dead-letter.records");
  }

  @Test
  void deadLetter_exhaustedMessage_isAnErrorUntilARetryAndListedUntilAReplay() throws Exception {
    byte[] picture = Pictures.png(207);
    ImageDescription image = queued(picture, Instant.now());
    images.putIfAbsent(image, ImageBytes.of(picture));
    WorkMessage message = new WorkMessage(image, 1, Instant.now());
    String hash = image.hash().hex();

    queue.publish(
        Topic.DEAD_LETTERS,
        new DeadLetterMessage("exhausted", message.toMessage().attributes(), "delivered 100 times")
            .toMessage());

    JsonObject failed = client.awaitFinal(hash).json();
    assertThat(failed.get("status").getAsString()).isEqualTo("error");
    assertThat(failed.getAsJsonObject("error").get("code").getAsString()).isEqualTo("GIVEN_UP");
    assertThat(failed.getAsJsonObject("error").get("retryable").getAsBoolean()).isTrue();
    assertThat(letters()).contains("delivered 100 times");

    assertThat(client.retry(hash).status()).isEqualTo(202);
    assertThat(client.awaitFinal(hash).string("status")).isEqualTo("success");

    // The dead letter is of an older run now: a replay removes it and changes nothing else.
    assertThat(letters()).contains(hash);
    assertThat(commands(System.out).replay("all", Instant.now())).isTrue();
    assertThat(letters()).doesNotContain(hash);
    JsonObject after = client.get("/v1/images/" + hash).json();
    assertThat(after.get("status").getAsString()).isEqualTo("success");
    assertThat(after.get("run").getAsInt()).isEqualTo(2);
  }

  private DeadLetters commands(PrintStream out) {
    return new DeadLetters(stores.messages(), records, out);
  }

  private String letters() {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    commands(new PrintStream(printed, true, StandardCharsets.UTF_8)).list();
    return printed.toString(StandardCharsets.UTF_8);
  }

  /** Waits for the record, which is created when the message is claimed. */
  private void awaitKnown(String hash) throws Exception {
    Client.await("record", () -> client.get("/v1/images/" + hash).status() != 404);
  }

  private ImageDescription queued(byte[] picture, Instant now) {
    ImageDescription image = describe(picture);
    records.createIfAbsent(ImageRecord.queued(image, "m", now), now);
    return image;
  }

  /** Describes a picture from {@link Pictures#png}. */
  static ImageDescription describe(byte[] picture) {
    return new ImageDescription(
        new ImageHash(Pictures.hash(picture)), ImageFormat.PNG, picture.length, 24, 24);
  }
}
