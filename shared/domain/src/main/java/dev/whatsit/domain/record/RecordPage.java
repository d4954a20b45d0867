package dev.whatsit.domain.record;

import dev.whatsit.domain.image.ImageHash;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A part of a listing.
 *
 * @param records newest first
 * @param next where the next part begins, or null when this is the last one
 */
public record RecordPage(List<ImageRecord> records, @Nullable Position next) {
  /** Takes a copy of the list. */
  public RecordPage {
    records = List.copyOf(records);
  }

  /**
   * The page from records of which one more was asked for than the page holds.
   *
   * @param found newest first, at most {@code limit} + 1
   * @param limit at least 1
   */
  public static RecordPage of(List<ImageRecord> found, int limit) {
    if (found.size() <= limit) {
      return new RecordPage(found, null);
    }
    return new RecordPage(found.subList(0, limit), Position.after(found.get(limit - 1)));
  }

  /**
   * A place in a listing, just after one record. It stays valid when records come and go.
   *
   * @param createdAt the record's
   * @param hash the record's; orders those of the same instant, highest first
   */
  public record Position(Instant createdAt, ImageHash hash) {
    /** The place just after this record. */
    public static Position after(ImageRecord record) {
      return new Position(record.createdAt(), record.hash());
    }
  }
}
