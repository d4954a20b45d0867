package dev.whatsit.http;

import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.whatsit.domain.batch.Batch;
import dev.whatsit.domain.batch.BatchItem;
import dev.whatsit.domain.batch.ItemStatus;
import dev.whatsit.domain.image.ImageHash;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Renders a batch as the batch resource of the HTTP API. */
public final class BatchResource {
  private static final String PENDING = "pending";

  private BatchResource() {}

  /**
   * Whether every item is final. This can be true shortly before the batch's completion is stored.
   */
  public static boolean isComplete(List<BatchItem> items) {
    return items.stream().allMatch(item -> item.status().isFinal());
  }

  /**
   * The resource as JSON.
   *
   * @param items all items of the batch, in their order; the batch's status is derived from them
   */
  public static JsonObject toJson(Batch batch, List<BatchItem> items) {
    JsonObject json = new JsonObject();
    json.addProperty("batch_id", batch.id().text());
    json.addProperty("status", status(isComplete(items)));
    json.add("counts", counts(items));
    JsonArray list = new JsonArray();
    items.forEach(item -> list.add(item(item)));
    json.add("items", list);
    json.addProperty("created_at", ImageResource.time(batch.createdAt()));
    Instant completedAt = batch.completedAt();
    json.add(
        "completed_at",
        completedAt == null
            ? JsonNull.INSTANCE
            : new JsonPrimitive(ImageResource.time(completedAt)));
    return json;
  }

  static String status(boolean complete) {
    return complete ? "complete" : "processing";
  }

  private static JsonObject counts(List<BatchItem> items) {
    Map<ItemStatus, Integer> counts = new EnumMap<>(ItemStatus.class);
    items.forEach(item -> counts.merge(item.status(), 1, Integer::sum));
    int success = counts.getOrDefault(ItemStatus.SUCCESS, 0);
    int error = counts.getOrDefault(ItemStatus.ERROR, 0);
    int canceled = counts.getOrDefault(ItemStatus.CANCELED, 0);
    JsonObject json = new JsonObject();
    json.addProperty("total", items.size());
    json.addProperty(PENDING, items.size() - success - error - canceled);
    json.addProperty(ItemStatus.SUCCESS.word(), success);
    json.addProperty(ItemStatus.ERROR.word(), error);
    json.addProperty(ItemStatus.CANCELED.word(), canceled);
    return json;
  }

  private static JsonObject item(BatchItem item) {
    JsonObject json = new JsonObject();
    json.addProperty("name", item.name());
    json.addProperty("status", item.status().isFinal() ? item.status().word() : PENDING);
    add(json, "source_url", item.sourceUrl());
    ImageHash hash = item.imageHash();
    json.add("image_hash", hash == null ? JsonNull.INSTANCE : new JsonPrimitive(hash.hex()));
    if (item.status() == ItemStatus.SUCCESS) {
      json.add("annotations", ImageResource.annotations(item.annotations()));
    }
    json.add("error", ImageResource.error(item.error()));
    return json;
  }

  private static void add(JsonObject json, String name, @Nullable String value) {
    if (value != null) {
      json.addProperty(name, value);
    }
  }
}
