package dev.whatsit.notify;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.http.ImageResource;
import dev.whatsit.http.Json;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The webhook payload of an image: the image resource, with {@code type} and {@code timestamp} of
 * the event beside its members ("Payload structure", Standard Webhooks 1.0). It has no links,
 * because they would expire before the last retry.
 *
 * <p>It is smaller than {@value #MAX_BYTES} bytes ("Payload size", ibid.): members are left out in
 * a fixed order, the bulkiest and least requested first, and named in {@code left_out}. The whole
 * resource can be read at the image's own URL.
 */
final class Payload {
  static final int MAX_BYTES = 20_000;

  private static final List<String> DISPENSABLE =
      List.of(
          "text",
          "web",
          "landmarks",
          "logos",
          "colours",
          "safe_search",
          "thumbnails",
          "objects",
          "categories",
          "annotations");

  private Payload() {}

  static String of(ImageRecord record) {
    return within(Json.tree(ImageResource.of(record)), MAX_BYTES);
  }

  /** The event with this resource, smaller than {@code maxBytes}. */
  static String within(JsonObject resource, int maxBytes) {
    JsonObject json = new JsonObject();
    json.addProperty("type", "image." + resource.get("status").getAsString());
    json.add("timestamp", resource.get("updated_at"));
    resource.entrySet().forEach(member -> json.add(member.getKey(), member.getValue()));
    JsonArray leftOut = new JsonArray();
    String text = json.toString();
    for (String member : DISPENSABLE) {
      if (text.getBytes(StandardCharsets.UTF_8).length < maxBytes) {
        break;
      }
      if (json.remove(member) != null) {
        leftOut.add(member);
        json.add("left_out", leftOut);
        text = json.toString();
      }
    }
    return text;
  }
}
