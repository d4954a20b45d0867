package dev.whatsit.notify;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.whatsit.domain.batch.Batch;
import dev.whatsit.domain.batch.BatchId;
import dev.whatsit.domain.batch.BatchItem;
import dev.whatsit.domain.batch.ItemKey;
import dev.whatsit.domain.batch.ItemStatus;
import dev.whatsit.domain.classification.Annotation;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.record.WorkError;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BatchPayloadTest {
  private static final Instant NOW = Instant.parse("2026-11-21T08:19:44.497Z");
  private static final BatchId ID = BatchId.random();

  @Test
  void of_fewItems_hasThemWholeAsResultsAndErrors() {
    JsonObject payload = payload(items(2, 1));

    assertThat(payload.get("type").getAsString()).isEqualTo("batch.complete");
    assertThat(payload.get("timestamp").getAsString()).isEqualTo("2026-11-21T08:19:44.497Z");
    assertThat(payload.get("truncated").getAsBoolean()).isFalse();
    assertThat(payload.has("items")).isFalse();
    assertThat(payload.getAsJsonArray("results")).hasSize(2);
    assertThat(payload.getAsJsonArray("results").get(0).getAsJsonObject().has("annotations"))
        .isTrue();
    assertThat(payload.getAsJsonArray("errors").get(0).getAsJsonObject().get("error").toString())
        .contains("SOURCE_STATUS");
  }

  @Test
  void of_moreThanFits_losesAnnotationsAndUrlsFirst() {
    JsonObject payload = payload(items(80, 5));

    assertThat(payload.get("truncated").getAsBoolean()).isTrue();
    assertThat(payload.getAsJsonArray("results")).hasSize(80);
    assertThat(payload.getAsJsonArray("errors")).hasSize(5);
    assertThat(payload.toString()).doesNotContain("annotations", "source_url");
  }

  @Test
  void of_manyMore_losesTheLastResultsAndKeepsTheErrors() {
    JsonObject payload = payload(items(990, 10));

    assertThat(payload.getAsJsonArray("errors")).hasSize(10);
    assertThat(payload.getAsJsonArray("results").size()).isBetween(50, 200);
    assertThat(payload.getAsJsonArray("results").get(0).getAsJsonObject().get("name").getAsString())
        .isEqualTo("Bild 0");
    assertThat(payload.getAsJsonObject("counts").get("success").getAsInt()).isEqualTo(990);
  }

  @Test
  void of_errorsAlone_losesTheLastOfThem() {
    JsonObject payload = payload(items(0, 1000));

    assertThat(payload.getAsJsonArray("results")).isEmpty();
    assertThat(payload.getAsJsonArray("errors").size()).isBetween(50, 200);
  }

  private static JsonObject payload(List<BatchItem> items) {
    String payload = BatchPayload.of(Batch.of(ID, items, "https://example.org/", NOW), items, NOW);
    assertThat(payload.getBytes(StandardCharsets.UTF_8).length).isLessThan(Payload.MAX_BYTES);
    return JsonParser.parseString(payload).getAsJsonObject();
  }

  private static List<BatchItem> items(int successes, int failures) {
    List<BatchItem> items = new ArrayList<>();
    for (int i = 0; i < successes + failures; i++) {
      boolean success = i < successes;
      items.add(
          new BatchItem(
              new ItemKey(ID, i),
              "Bild " + i,
              "https://example.org/" + "x".repeat(100),
              success ? new ImageHash("ab".repeat(32)) : null,
              success ? 1 : 0,
              success ? ItemStatus.SUCCESS : ItemStatus.ERROR,
              1,
              success ? List.of(new Annotation("Kätzchen", 0.93)) : List.of(),
              success ? null : new WorkError("SOURCE_STATUS", "Answered 404.", false),
              NOW,
              NOW,
              null,
              null));
    }
    return items;
  }
}
