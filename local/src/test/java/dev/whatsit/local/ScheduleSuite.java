package dev.whatsit.local;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.whatsit.invoker.FunctionServer;
import java.io.ByteArrayOutputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Scheduled work, on every platform. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ScheduleSuite {
  private LocalServer server;
  private Contract contract;
  private Client client;

  /** Starts the server of this platform. */
  abstract LocalServer start(Map<String, String> settings) throws Exception;

  @BeforeAll
  void start(@TempDir Path data) throws Exception {
    FunctionServer.load();
    server = start(Map.of("WHATSIT_DATA", data.toString(), "PORT", "0", "CLASSIFIER", "onnx"));
    contract = new Contract();
    client = new Client(server.port(), contract);
  }

  @AfterAll
  void stop() throws Exception {
    server.close();
    contract.close();
  }

  Contract contract() {
    return contract;
  }

  @Test
  void submit_withADelay_isScheduledAndStartsWhenItIsDue() throws Exception {
    byte[] picture = Pictures.png(401);
    String hash = Pictures.hash(picture);

    HttpAnswer accepted = submit(picture, "?delay_seconds=2");

    assertThat(accepted.status()).isEqualTo(202);
    assertThat(accepted.json().get("status").getAsString()).isEqualTo("scheduled");
    Instant due = dueAt(accepted);
    JsonObject done = client.awaitFinal(hash).json();
    assertThat(done.get("status").getAsString()).isEqualTo("success");
    assertThat(done.get("attempts").getAsInt()).isEqualTo(1);
    JsonArray history = done.getAsJsonArray("attempt_history");
    assertThat(history).hasSize(1);
    JsonObject attempt = history.get(0).getAsJsonObject();
    assertThat(attempt.get("outcome").getAsString()).isEqualTo("success");
    assertThat(attempt.get("duration_ms").getAsLong()).isNotNegative();
    assertThat(Instant.parse(attempt.get("started_at").getAsString())).isAfterOrEqualTo(due);
  }

  @Test
  void retry_keepsTheHistoryOfTheRunBefore() throws Exception {
    byte[] picture = Pictures.png(410);
    String hash = Pictures.hash(picture);
    HttpAnswer accepted = submit(picture, "");
    // Classify may have claimed it before the response was written.
    assertThat(accepted.json().getAsJsonArray("attempt_history")).hasSizeLessThanOrEqualTo(1);
    client.awaitFinal(hash);

    client.send("POST", "/v1/images/" + hash + ":retry", BodyPublishers.noBody());

    JsonArray history = client.awaitFinal(hash).json().getAsJsonArray("attempt_history");
    assertThat(history).hasSize(2);
    assertThat(history.get(0).getAsJsonObject().get("run").getAsInt()).isEqualTo(1);
    assertThat(history.get(1).getAsJsonObject().get("run").getAsInt()).isEqualTo(2);
    assertThat(history.get(1).getAsJsonObject().get("outcome").getAsString()).isEqualTo("success");
  }

  @Test
  void submit_notBefore_isListedAndCanBeCanceled() throws Exception {
    byte[] picture = Pictures.png(402);
    String hash = Pictures.hash(picture);
    Instant due = Instant.now().plusSeconds(3600);

    HttpAnswer accepted = submit(picture, "?not_before=" + due);

    assertThat(dueAt(accepted)).isBetween(due.minusMillis(1), due.plusMillis(1));
    HttpAnswer seen = client.get("/v1/images/" + hash);
    assertThat(seen.status()).isEqualTo(202);
    assertThat(seen.header("Retry-After")).hasValue("60");
    assertThat(dueAt(seen)).isEqualTo(dueAt(accepted));
    assertThat(client.get("/v1/images?status=scheduled").json().toString()).contains(hash);
    HttpAnswer canceled =
        client.send(
            "PATCH",
            "/v1/images/" + hash,
            BodyPublishers.ofString("{\"status\": \"canceled\"}"),
            "Content-Type",
            "application/json");
    assertThat(canceled.status()).isEqualTo(200);
    assertThat(canceled.json().get("status").getAsString()).isEqualTo("canceled");
    assertThat(canceled.json().has("due_at")).isFalse();
    assertThat(submit(picture, "?delay_seconds=1").status()).isEqualTo(200);
    assertThat(submit(picture, "").json().get("status").getAsString()).isEqualTo("canceled");
  }

  @Test
  void submit_againWithoutDelay_startsNow() throws Exception {
    byte[] picture = Pictures.png(403);
    submit(picture, "?delay_seconds=86400");

    HttpAnswer again = submit(picture, "");

    assertThat(again.status()).isEqualTo(202);
    assertThat(again.json().get("status").getAsString()).isNotEqualTo("scheduled");
    JsonObject done = client.awaitFinal(Pictures.hash(picture)).json();
    assertThat(done.get("status").getAsString()).isEqualTo("success");
    assertThat(done.get("run").getAsInt()).isEqualTo(1);
  }

  @Test
  void submit_againWithAnEarlierTime_theEarlierHolds() throws Exception {
    byte[] picture = Pictures.png(404);
    Instant first = dueAt(submit(picture, "?delay_seconds=86400"));

    Instant earlier = dueAt(submit(picture, "?delay_seconds=2"));

    assertThat(earlier).isBefore(first);
    JsonObject done = client.awaitFinal(Pictures.hash(picture)).json();
    assertThat(done.get("status").getAsString()).isEqualTo("success");
    assertThat(Instant.parse(done.get("updated_at").getAsString())).isAfterOrEqualTo(earlier);
  }

  @Test
  void submit_againWithALaterTime_changesNothing() throws Exception {
    byte[] picture = Pictures.png(405);
    Instant first = dueAt(submit(picture, "?delay_seconds=3600"));

    assertThat(dueAt(submit(picture, "?delay_seconds=7200"))).isEqualTo(first);
  }

  @Test
  void submit_finishedImageWithADelay_is200AndNothingHappens() throws Exception {
    byte[] picture = Pictures.png(406);
    submit(picture, "");
    JsonObject done = client.awaitFinal(Pictures.hash(picture)).json();

    HttpAnswer again = submit(picture, "?delay_seconds=60");

    assertThat(again.status()).isEqualTo(200);
    assertThat(again.json().get("updated_at")).isEqualTo(done.get("updated_at"));
  }

  @Test
  void submit_formWithADelay_isScheduled() throws Exception {
    HttpAnswer accepted = form(Pictures.png(407), "", Map.of("delay_seconds", "3600"));

    assertThat(accepted.status()).isEqualTo(202);
    assertThat(accepted.json().get("status").getAsString()).isEqualTo("scheduled");
  }

  @Test
  void submit_severalThingsWrong_is422WithEachAndTheImageStaysUnknown() throws Exception {
    byte[] picture = Pictures.png(408);

    HttpAnswer refused =
        form(picture, "?delay_seconds=x", Map.of("delay_seconds", "1", "not_before", "soon"));

    assertThat(refused.status()).isEqualTo(422);
    assertThat(codes(refused.json().getAsJsonArray("errors")))
        .contains("delay_seconds GIVEN_TWICE", "delay_seconds OUT_OF_RANGE")
        .contains("not_before CONFLICTING", "not_before INVALID_VALUE");
    assertThat(client.get("/v1/images/" + Pictures.hash(picture)).status()).isEqualTo(404);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "?delay_seconds=",
        "?delay_seconds=-1",
        "?delay_seconds=1.5",
        "?delay_seconds=2591941",
        "?delay_seconds=1&delay_seconds=1",
        "?not_before=yesterday",
        "?not_before=2001-01-01T00:00:00Z",
        "?not_before=2999-01-01T00:00:00Z",
        "?not_before=2027-02-30T00:00:00Z",
        "?delay_seconds=1&not_before=2027-01-31T08:00:00Z"
      })
  void submit_wrongTime_is422(String query) throws Exception {
    assertThat(submit(Pictures.png(409), query).status()).isEqualTo(422);
  }

  HttpAnswer submit(byte[] picture, String query) throws Exception {
    return client.send("POST", "/v1/images" + query, BodyPublishers.ofByteArray(picture));
  }

  private HttpAnswer form(byte[] picture, String query, Map<String, String> fields)
      throws Exception {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    fields.forEach(
        (name, value) -> {
          String part = "--frontier\r\nContent-Disposition: form-data; name=\"" + name;
          body.writeBytes((part + "\"\r\n\r\n" + value + "\r\n").getBytes(UTF_8));
        });
    String head =
        String.join(
            "\r\n",
            "--frontier",
            "Content-Disposition: form-data; name=\"img\"; filename=\"a.png\"",
            "Content-Type: image/png",
            "",
            "");
    body.writeBytes(head.getBytes(UTF_8));
    body.writeBytes(picture);
    body.writeBytes("\r\n--frontier--\r\n".getBytes(UTF_8));
    return client.send(
        "POST",
        "/v1/images" + query,
        BodyPublishers.ofByteArray(body.toByteArray()),
        "Content-Type",
        "multipart/form-data; boundary=frontier");
  }

  static Instant dueAt(HttpAnswer answer) {
    return Instant.parse(answer.json().get("due_at").getAsString());
  }

  private static List<String> codes(JsonArray errors) {
    List<String> codes = new ArrayList<>();
    for (JsonElement error : errors) {
      JsonObject one = error.getAsJsonObject();
      codes.add(one.get("field").getAsString() + " " + one.get("code").getAsString());
    }
    return codes;
  }
}
