package dev.whatsit.deadletter;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import dev.whatsit.contracts.CapturedLog;
import dev.whatsit.contracts.PortCalls;
import dev.whatsit.domain.classification.Classification;
import dev.whatsit.domain.classification.ClassifierIdentity;
import dev.whatsit.domain.failure.FailureCodes;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.queue.WorkMessage;
import dev.whatsit.domain.record.Claim;
import dev.whatsit.domain.record.ClaimResult;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.Outcome;
import dev.whatsit.domain.record.Status;
import dev.whatsit.domain.record.WorkError;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.embedded.EmbeddedBackend;
import dev.whatsit.embedded.EmbeddedStores;
import dev.whatsit.invoker.FunctionServer;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Both entry points over HTTP, through the framework's own invoker. */
class DeadLetterFunctionTest {

  @TempDir Path data;

  private final HttpClient client = HttpClient.newHttpClient();
  private final EmbeddedBackend embedded = new EmbeddedBackend();
  private final PortCalls ports = new PortCalls(embedded);
  private CapturedLog log;
  private EmbeddedStores stores;
  private DeadLetterPushFunction function;
  private FunctionServer server;

  @BeforeEach
  void start() {
    Map<String, String> settings = Map.of("WHATSIT_DATA", data.toString());
    stores = embedded.stores(Settings.of(settings));
    function = new DeadLetterPushFunction(settings, ports);
    server = FunctionServer.serve(function);
    log = new CapturedLog(DeadLetterHandler.class);
  }

  @AfterEach
  void stop() throws IOException {
    log.close();
    server.close();
    function.close();
    embedded.close();
  }

  @Test
  void letter_queuedImage_endsAsARetryableErrorWithoutInternalNames() throws Exception {
    WorkMessage message = queued("event");

    assertThat(push("l-1", message)).isEqualTo(204);

    ImageRecord record = record(message);
    assertThat(record.status()).isEqualTo(Status.ERROR);
    WorkError error = requireNonNull(record.error());
    assertThat(error.code()).isEqualTo(FailureCodes.GIVEN_UP);
    assertThat(error.retryable()).isTrue();
    assertThat(error.detail()).doesNotContainIgnoringCase("queue", "subscription", "letter");
    assertThat(record.token()).isNull();
    assertThat(log.entries()).extracting(LogRecord::getMessage).contains("given up");
    assertThat(ports.take()).containsExactly("get images", "commit images");
  }

  @Test
  void letter_deliveredTwice_writesOnce() throws Exception {
    WorkMessage message = queued("twice");
    push("l-3", message);
    ImageRecord first = record(message);

    assertThat(push("l-3", message)).isEqualTo(204);

    assertThat(record(message)).isEqualTo(first);
  }

  @Test
  void letter_ofFinishedWork_changesNothing() throws Exception {
    WorkMessage message = queued("finished");
    ClaimResult claim = claim(message, Instant.now());
    Classification nothing =
        new Classification(List.of(), List.of(), new ClassifierIdentity("test", "1"));
    stores
        .records()
        .finish((ClaimResult.Granted) claim, new Outcome.Classified(nothing), Instant.now());
    ImageRecord before = record(message);

    assertThat(push("l-4", message)).isEqualTo(204);

    assertThat(record(message)).isEqualTo(before);
  }

  @Test
  void letter_ofAnOlderRun_changesNothing() throws Exception {
    WorkMessage message = queued("older");
    push("l-5", message);
    stores.records().retry(message.image().hash(), Instant.now());
    ImageRecord before = record(message);

    assertThat(push("l-6", message)).isEqualTo(204);

    assertThat(record(message)).isEqualTo(before);
  }

  @Test
  void letter_underALiveLease_changesNothingAndOnceItEndedTheWorkIsOver() throws Exception {
    WorkMessage held = queued("held");
    claim(held, Instant.now());
    assertThat(push("l-7", held)).isEqualTo(204);
    assertThat(record(held).status()).isEqualTo(Status.PROCESSING);

    WorkMessage died = queued("died");
    claim(died, Instant.now().minus(Duration.ofHours(1)));
    assertThat(push("l-8", died)).isEqualTo(204);
    assertThat(record(died).status()).isEqualTo(Status.ERROR);
  }

  @Test
  void letter_ofAnImageWithoutRecord_makesNone() throws Exception {
    WorkMessage message = message("orphan");

    assertThat(push("l-9", message)).isEqualTo(204);

    assertThat(stores.records().find(message.image().hash(), Instant.now())).isEmpty();
  }

  @Test
  void letter_unreadable_isLoggedAndAcknowledged() throws Exception {
    JsonObject nonsense = new JsonObject();
    nonsense.addProperty("hello", "world");
    assertThat(post(nonsense)).isEqualTo(204);
    assertThat(post(payload("l-11", Map.of("image_hash", "x", "dead_letter_reason", "r"))))
        .isEqualTo(204);

    assertThat(log.entries())
        .extracting(LogRecord::getMessage)
        .filteredOn("unreadable dead letter"::equals)
        .hasSize(2);
    assertThat(ports.take()).isEmpty();
  }

  @Test
  void letter_recordStoreFails_isRedelivered() throws Exception {
    WorkMessage message = queued("failing");
    ports.failBefore("commit images");
    assertThat(push("l-12", message)).isEqualTo(503);
    assertThat(record(message).status()).isEqualTo(Status.QUEUED);

    ports.failBefore("");
    assertThat(push("l-12", message)).isEqualTo(204);
    assertThat(record(message).status()).isEqualTo(Status.ERROR);
  }

  private int push(String id, WorkMessage message) throws Exception {
    return post(payload(id, message.toMessage().attributes()));
  }

  private static JsonObject payload(String messageId, Map<String, String> attributes) {
    JsonObject inner = new JsonObject();
    inner.add("attributes", new Gson().toJsonTree(attributes));
    inner.addProperty("messageId", messageId);
    inner.addProperty("publishTime", "2026-11-21T08:00:00Z");
    JsonObject payload = new JsonObject();
    payload.add("message", inner);
    return payload;
  }

  private int post(JsonObject body) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(server.uri())
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body.toString()))
            .build();
    return client.send(request, BodyHandlers.discarding()).statusCode();
  }

  private static WorkMessage message(String name) {
    byte[] digest = ImageHash.newDigest().digest(name.getBytes(StandardCharsets.UTF_8));
    ImageDescription image =
        new ImageDescription(ImageHash.ofDigest(digest), ImageFormat.PNG, 100, 10, 10);
    return new WorkMessage(image, 1, Instant.now());
  }

  private WorkMessage queued(String name) {
    WorkMessage message = message(name);
    Instant now = message.submittedAt();
    stores.records().createIfAbsent(ImageRecord.queued(message.image(), "m-" + name, now), now);
    return message;
  }

  private ClaimResult claim(WorkMessage message, Instant now) {
    return stores.records().claim(new Claim(message, "m", "t1", now, now.plusSeconds(150)));
  }

  private ImageRecord record(WorkMessage message) {
    return stores.records().find(message.image().hash(), Instant.now()).orElseThrow();
  }
}
