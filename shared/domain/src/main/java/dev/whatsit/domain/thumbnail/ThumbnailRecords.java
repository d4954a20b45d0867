package dev.whatsit.domain.thumbnail;

import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.record.ImageRecord;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What is known of images' thumbnails. It lies with the image's record, so that both are read at
 * once and end at once, but is no part of the record: whoever writes the one never touches the
 * other, and the record's revision and {@code updatedAt} stay as they are.
 *
 * <p>A write that was answered is durable, and may be repeated: the same again changes nothing.
 * Implementations are safe for use by several threads.
 */
public interface ThumbnailRecords {
  /**
   * A record with its thumbnails.
   *
   * @param thumbnails by ascending size; empty when none were tried yet
   */
  record Illustrated(ImageRecord record, List<Thumbnail> thumbnails) {
    /** Takes a copy of the list. */
    public Illustrated {
      thumbnails = List.copyOf(thumbnails);
    }
  }

  /**
   * Notes what a try came to, as {@link Thumbnail#merged} has it. A record that is written over an
   * expired one begins without any.
   *
   * @param thumbnails by ascending size, each size once
   * @return false when there is no record at {@code now}, and nothing was written
   * @throws TransientFailure if it is not known whether it was written; the call may be repeated
   */
  boolean put(ImageHash image, List<Thumbnail> thumbnails, Instant now);

  /**
   * Reads a record and its thumbnails, in one read.
   *
   * @return both, or empty when there is no record or it has expired at {@code now}
   * @throws TransientFailure if the store cannot be reached
   */
  Optional<Illustrated> find(ImageHash image, Instant now);
}
