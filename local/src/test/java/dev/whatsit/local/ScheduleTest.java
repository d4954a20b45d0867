package dev.whatsit.local;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
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

/** Scheduled work. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ScheduleTest {
  private LocalServer server;
  private Client client;

  @BeforeAll
  void start(@TempDir Path data) throws Exception {
    server = Servers.embedded(data);
    client = new Client(server.port());
  }

  @AfterAll
  void stop() throws Exception {
    server.close();
  }

  @Test
  void submit_withADelay_isScheduledAndStartsWhenItIsDue() throws Exception {
    byte[] picture = Pictures.png(401);
    String hash = Pictures.hash(picture);

    Response accepted = client.submit(picture, "?delay_seconds=2");

    assertThat(accepted.status()).isEqualTo(202);
    assertThat(accepted.string("status")).isEqualTo("scheduled");
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
    Response accepted = client.submit(picture, "");
    // Classify may have claimed it before the response was written.
    assertThat(accepted.json().getAsJsonArray("attempt_history")).hasSizeLessThanOrEqualTo(1);
    client.awaitFinal(hash);

    client.retry(hash);

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

    Response accepted = client.submit(picture, "?not_before=" + due);

    assertThat(dueAt(accepted)).isBetween(due.minusMillis(1), due.plusMillis(1));
    Response seen = client.get("/v1/images/" + hash);
    assertThat(seen.status()).isEqualTo(202);
    assertThat(seen.header("Retry-After")).hasValue("60");
    assertThat(dueAt(seen)).isEqualTo(dueAt(accepted));
    assertThat(client.get("/v1/images?status=scheduled").json().toString()).contains(hash);
    Response canceled = client.cancel(hash);
    assertThat(canceled.status()).isEqualTo(200);
    assertThat(canceled.string("status")).isEqualTo("canceled");
    assertThat(canceled.json().has("due_at")).isFalse();
    assertThat(client.submit(picture, "?delay_seconds=1").status()).isEqualTo(200);
    assertThat(client.submit(picture, "").string("status")).isEqualTo("canceled");
  }

  @Test
  void submit_againWithoutDelay_startsNow() throws Exception {
    byte[] picture = Pictures.png(403);
    client.submit(picture, "?delay_seconds=86400");

    Response again = client.submit(picture, "");

    assertThat(again.status()).isEqualTo(202);
    assertThat(again.string("status")).isNotEqualTo("scheduled");
    JsonObject done = client.awaitFinal(Pictures.hash(picture)).json();
    assertThat(done.get("status").getAsString()).isEqualTo("success");
    assertThat(done.get("run").getAsInt()).isEqualTo(1);
  }

  @Test
  void submit_againWithAnEarlierTime_theEarlierHolds() throws Exception {
    byte[] picture = Pictures.png(404);
    Instant first = dueAt(client.submit(picture, "?delay_seconds=86400"));

    Instant earlier = dueAt(client.submit(picture, "?delay_seconds=2"));

    assertThat(earlier).isBefore(first);
    JsonObject done = client.awaitFinal(Pictures.hash(picture)).json();
    assertThat(done.get("status").getAsString()).isEqualTo("success");
    assertThat(Instant.parse(done.get("updated_at").getAsString())).isAfterOrEqualTo(earlier);
  }

  @Test
  void submit_againWithALaterTime_changesNothing() throws Exception {
    byte[] picture = Pictures.png(405);
    Instant first = dueAt(client.submit(picture, "?delay_seconds=3600"));

    assertThat(dueAt(client.submit(picture, "?delay_seconds=7200"))).isEqualTo(first);
  }

  @Test
  void submit_finishedImageWithADelay_is200AndNothingHappens() throws Exception {
    byte[] picture = Pictures.png(406);
    client.submit(picture, "");
    JsonObject done = client.awaitFinal(Pictures.hash(picture)).json();

    Response again = client.submit(picture, "?delay_seconds=60");

    assertThat(again.status()).isEqualTo(200);
    assertThat(again.json().get("updated_at")).isEqualTo(done.get("updated_at"));
  }

  @Test
  void submit_formWithADelay_isScheduled() throws Exception {
    Response accepted =
        new Form().field("delay_seconds", "3600").file("img", Pictures.png(407)).submit(client, "");

    assertThat(accepted.status()).isEqualTo(202);
    assertThat(accepted.string("status")).isEqualTo("scheduled");
  }

  @Test
  void submit_severalThingsWrong_is422WithEachAndTheImageStaysUnknown() throws Exception {
    byte[] picture = Pictures.png(408);

    Response refused =
        new Form()
            .field("delay_seconds", "1")
            .field("not_before", "soon")
            .file("img", picture)
            .submit(client, "?delay_seconds=x");

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
    assertThat(client.submit(Pictures.png(409), query).status()).isEqualTo(422);
  }

  @Test
  void restart_afterTheProcessDied_startsWhenItIsDue(@TempDir Path folder) throws Exception {
    byte[] picture = Pictures.png(451);
    Instant due;
    try (ChildProcess child = ChildProcess.start(folder, Map.of(), List.of())) {
      due = dueAt(new Client(child.port()).submit(picture, "?delay_seconds=10"));
      child.kill();
    }
    try (ChildProcess child = ChildProcess.start(folder, Map.of(), List.of())) {
      JsonObject done = new Client(child.port()).awaitFinal(Pictures.hash(picture)).json();
      assertThat(done.get("status").getAsString()).isEqualTo("success");
      assertThat(done.get("attempts").getAsInt()).isEqualTo(1);
      assertThat(Instant.parse(done.get("updated_at").getAsString())).isAfterOrEqualTo(due);
    }
  }

  private static Instant dueAt(Response response) {
    return Instant.parse(response.string("due_at"));
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
