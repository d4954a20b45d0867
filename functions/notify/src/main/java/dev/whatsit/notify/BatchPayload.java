package dev.whatsit.notify;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.whatsit.domain.batch.Batch;
import dev.whatsit.domain.batch.BatchItem;
import dev.whatsit.http.BatchResource;
import dev.whatsit.http.Json;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;

/**
 * The webhook payload of a completed batch: its counts, the successful items as {@code results} and
 * all others as {@code errors}, with {@code type} and {@code timestamp} of the event beside them.
 *
 * <p>It is smaller than {@value Payload#MAX_BYTES} bytes ("Payload size", Standard Webhooks 1.0). A
 * larger payload is marked as {@code truncated} and loses, first, {@code annotations} and {@code
 * source_url} of every item; then the last results; then the last errors. The counts are always
 * those of the whole batch, which can be read at its own URL.
 */
final class BatchPayload {
  private static final List<String> DISPENSABLE = List.of("annotations", "source_url");

  private BatchPayload() {}

  static String of(Batch batch, List<BatchItem> items, Instant now) {
    return within(Json.tree(BatchResource.of(batch, items)), now, Payload.MAX_BYTES);
  }

  /** The event with this resource, smaller than {@code maxBytes}. */
  static String within(JsonObject resource, Instant now, int maxBytes) {
    JsonObject json = new JsonObject();
    json.addProperty("type", "batch.complete");
    JsonElement completedAt = resource.get("completed_at");
    if (completedAt.isJsonNull()) {
      json.addProperty("timestamp", now.toString());
    } else {
      json.add("timestamp", completedAt);
    }
    JsonArray results = new JsonArray();
    JsonArray errors = new JsonArray();
    for (JsonElement element : resource.getAsJsonArray("items")) {
      JsonObject item = element.getAsJsonObject();
      (item.get("status").getAsString().equals("success") ? results : errors).add(item);
    }
    resource.entrySet().stream()
        .filter(member -> !member.getKey().equals("items"))
        .forEach(member -> json.add(member.getKey(), member.getValue()));
    json.addProperty("truncated", false);
    json.add("results", results);
    json.add("errors", errors);
    if (bytes(json) < maxBytes) {
      return json.toString();
    }
    json.addProperty("truncated", true);
    for (JsonElement item : resource.getAsJsonArray("items")) {
      DISPENSABLE.forEach(item.getAsJsonObject()::remove);
    }
    int size = bytes(json);
    for (JsonArray list : List.of(results, errors)) {
      while (size >= maxBytes && !list.isEmpty()) {
        // Plus the comma before the removed item, unless it was the only one.
        size -= bytes(list.remove(list.size() - 1)) + (list.isEmpty() ? 0 : 1);
      }
    }
    return json.toString();
  }

  private static int bytes(JsonElement json) {
    return json.toString().getBytes(StandardCharsets.UTF_8).length;
  }
}
