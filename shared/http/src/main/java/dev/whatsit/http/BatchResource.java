package dev.whatsit.http;

import com.google.gson.annotations.JsonAdapter;
import dev.whatsit.domain.batch.Batch;
import dev.whatsit.domain.batch.BatchItem;
import dev.whatsit.domain.batch.ItemStatus;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.record.WorkError;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The batch resource of the HTTP API; {@code openapi.yaml} describes the members. */
public record BatchResource(
    String batchId,
    String status,
    CountsBody counts,
    List<ItemBody> items,
    Instant createdAt,
    @JsonAdapter(value = Json.ExplicitNull.class, nullSafe = false) @Nullable Instant completedAt) {
  /**
   * Whether every item is final. This can be true shortly before the batch's completion is stored.
   */
  public static boolean isComplete(List<BatchItem> items) {
    return items.stream().allMatch(item -> item.status().isFinal());
  }

  /**
   * The resource.
   *
   * @param items all items of the batch, in their order; the batch's status is derived from them
   */
  public static BatchResource of(Batch batch, List<BatchItem> items) {
    return new BatchResource(
        batch.id().text(),
        status(isComplete(items)),
        CountsBody.of(items),
        items.stream().map(ItemBody::of).toList(),
        batch.createdAt(),
        batch.completedAt());
  }

  static String status(boolean complete) {
    return complete ? "complete" : "processing";
  }

  record CountsBody(int total, int pending, int success, int error, int canceled) {
    static CountsBody of(List<BatchItem> items) {
      int success = count(items, ItemStatus.SUCCESS);
      int error = count(items, ItemStatus.ERROR);
      int canceled = count(items, ItemStatus.CANCELED);
      int pending = items.size() - success - error - canceled;
      return new CountsBody(items.size(), pending, success, error, canceled);
    }

    private static int count(List<BatchItem> items, ItemStatus status) {
      return (int) items.stream().filter(item -> item.status() == status).count();
    }
  }

  record ItemBody(
      String name,
      String status,
      @Nullable String sourceUrl,
      @JsonAdapter(value = Json.ExplicitNull.class, nullSafe = false) @Nullable String imageHash,
      @Nullable List<ImageResource.AnnotationBody> annotations,
      @JsonAdapter(value = Json.ExplicitNull.class, nullSafe = false) @Nullable WorkError error) {
    static ItemBody of(BatchItem item) {
      ImageHash hash = item.imageHash();
      boolean isSuccess = item.status() == ItemStatus.SUCCESS;
      return new ItemBody(
          item.name(),
          item.status().isFinal() ? item.status().word() : "pending",
          item.sourceUrl(),
          hash == null ? null : hash.hex(),
          isSuccess ? ImageResource.annotations(item.annotations()) : null,
          item.error());
    }
  }
}
