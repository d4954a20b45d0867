package dev.whatsit.embedded;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.reflect.TypeToken;
import dev.whatsit.domain.batch.BatchId;
import dev.whatsit.domain.batch.BatchItem;
import dev.whatsit.domain.batch.ItemKey;
import dev.whatsit.domain.batch.ItemStatus;
import dev.whatsit.domain.classification.Annotation;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.record.WorkError;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An item as a row of the table {@code batch_items}. Open items, and only those, are overdue. */
final class BatchItemRow {
  private static final String COLUMNS =
      "batch, place, name, source_url, image_hash, run, status, fetches, annotations, error,"
          + " created_at, updated_at, overdue_at";

  static final String WRITE =
      "INSERT OR REPLACE INTO batch_items ("
          + COLUMNS
          + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
  static final String SELECT =
      "SELECT " + COLUMNS + " FROM batch_items WHERE batch = ? AND place = ?";
  static final String SELECT_ALL =
      "SELECT " + COLUMNS + " FROM batch_items WHERE batch = ? ORDER BY place";
  static final String EXISTS_OPEN =
      "SELECT EXISTS (SELECT 1 FROM batch_items WHERE batch = ? AND overdue_at IS NOT NULL)";
  static final String SELECT_WAITING =
      "SELECT " + COLUMNS + " FROM batch_items WHERE image_hash = ? AND status = 'waiting' LIMIT ?";
  static final String SELECT_OVERDUE =
      "SELECT " + COLUMNS + " FROM batch_items WHERE overdue_at <= ? ORDER BY overdue_at LIMIT ?";

  /** Members that this version does not know are passed over. */
  private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

  private static final TypeToken<List<Annotation>> ANNOTATIONS = new TypeToken<>() {};

  private BatchItemRow() {}

  static @Nullable Object[] values(BatchItem item) {
    ImageHash hash = item.imageHash();
    WorkError error = item.error();
    return new @Nullable Object[] {
      item.key().batch().text(),
      item.key().index(),
      item.name(),
      item.sourceUrl(),
      hash == null ? null : hash.hex(),
      item.run(),
      item.status().word(),
      item.fetches(),
      item.annotations().isEmpty() ? null : GSON.toJson(item.annotations()),
      error == null ? null : GSON.toJson(error),
      Instants.toNanos(item.createdAt()),
      Instants.toNanos(item.updatedAt()),
      Instants.toNanosOrNull(item.overdueAt())
    };
  }

  static BatchItem read(ResultSet row) throws SQLException {
    ItemKey key = new ItemKey(new BatchId(row.getString(1)), row.getInt(2));
    String hash = row.getString(5);
    String annotations = row.getString(9);
    String error = row.getString(10);
    return new BatchItem(
        key,
        row.getString(3),
        row.getString(4),
        hash == null ? null : new ImageHash(hash),
        row.getInt(6),
        ItemStatus.ofWord(row.getString(7))
            .orElseThrow(() -> new SQLException("unknown status in the item " + key)),
        row.getInt(8),
        annotations == null ? List.of() : GSON.fromJson(annotations, ANNOTATIONS),
        error == null ? null : GSON.fromJson(error, WorkError.class),
        Instants.ofNanos(row.getLong(11)),
        Instants.ofNanos(row.getLong(12)),
        Instants.ofNanosOrNull(row.getObject(13)));
  }
}
