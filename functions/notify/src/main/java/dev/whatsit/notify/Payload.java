package dev.whatsit.notify;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.http.ImageResource;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What is posted: the image resource, with {@code type} and {@code timestamp} of the event beside
 * its members ("Payload structure", Standard Webhooks 1.0). It has no links, which end sooner than
 * the tries.
 *
 * <p>It is kept below {@value #MAX_BYTES} bytes ("Payload size", the same): members are left out
 * in a fixed order, the bulkiest and least asked for first, and named in {@code left_out}. The
 * whole is under the image's own address.
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
          "annotations");

  private Payload() {}

  static String of(ImageRecord record) {
    return within(ImageResource.toJson(record, null), MAX_BYTES);
  }

  /** The event with this resource, below so many bytes. */
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
