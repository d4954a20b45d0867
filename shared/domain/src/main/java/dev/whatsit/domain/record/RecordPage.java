package dev.whatsit.domain.record;

import dev.whatsit.domain.image.ImageHash;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One page of a listing of records.
 *
 * @param records newest first
 * @param next where the next page begins, or null on the last page
 */
public record RecordPage(List<ImageRecord> records, @Nullable Position next) {
  public RecordPage {
    records = List.copyOf(records);
  }

  /**
   * A position in a listing, just after one record. It stays valid when records are added or
   * removed.
   *
   * @param createdAt the record's creation time
   * @param hash the record's hash; orders records of the same instant, highest first
   */
  public record Position(Instant createdAt, ImageHash hash) {
    /** The position just after this record. */
    public static Position after(ImageRecord record) {
      return new Position(record.createdAt(), record.hash());
    }
  }
}
