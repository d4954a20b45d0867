package dev.whatsit.notify;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class PayloadTest {
  @Test
  void within_smallResource_isTheWholeWithTypeAndTimestamp() {
    JsonObject resource = resource();

    JsonObject payload = parse(Payload.within(resource, Payload.MAX_BYTES));

    assertThat(payload.get("type").getAsString()).isEqualTo("image.success");
    assertThat(payload.get("timestamp")).isEqualTo(resource.get("updated_at"));
    resource
        .entrySet()
        .forEach(member -> assertThat(payload.get(member.getKey())).isEqualTo(member.getValue()));
    assertThat(payload.has("left_out")).isFalse();
  }

  @Test
  void within_muchText_leavesThatOutAndSaysSo() {
    JsonObject resource = resource();
    JsonObject text = new JsonObject();
    text.addProperty("content", "🐈".repeat(10_000));
    resource.add("text", text);

    String payload = Payload.within(resource, Payload.MAX_BYTES);

    assertThat(payload.getBytes(StandardCharsets.UTF_8).length).isLessThan(Payload.MAX_BYTES);
    assertThat(parse(payload).getAsJsonArray("left_out").toString()).isEqualTo("[\"text\"]");
    assertThat(parse(payload).get("annotations")).isEqualTo(resource.get("annotations"));
  }

  @Test
  void within_evenTheLabelsTooLong_keepsWhatTellsTheImageAndItsStatus() {
    JsonObject resource = resource();
    JsonArray annotations = new JsonArray();
    annotations.add("x".repeat(30_000));
    resource.add("annotations", annotations);

    JsonObject payload = parse(Payload.within(resource, Payload.MAX_BYTES));

    assertThat(payload.has("annotations")).isFalse();
    assertThat(payload.get("image_hash")).isEqualTo(resource.get("image_hash"));
    assertThat(payload.getAsJsonArray("left_out").toString()).contains("annotations");
  }

  private static JsonObject resource() {
    JsonArray annotations = new JsonArray();
    annotations.add("cat");
    JsonObject resource = new JsonObject();
    resource.addProperty("image_hash", "ab".repeat(32));
    resource.addProperty("status", "success");
    resource.add("annotations", annotations);
    resource.addProperty("updated_at", "2026-11-21T08:00:00.000Z");
    return resource;
  }

  private static JsonObject parse(String text) {
    return JsonParser.parseString(text).getAsJsonObject();
  }
}
