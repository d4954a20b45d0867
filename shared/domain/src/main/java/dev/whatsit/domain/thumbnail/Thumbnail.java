package dev.whatsit.domain.thumbnail;

import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.record.WorkError;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The result for one requested thumbnail size of an image: a picture, or an error.
 *
 * @param size requested length of the longer side in pixels, at least 1; a smaller image keeps its
 *     own size
 * @param picture the thumbnail, identified by the hash of its own bytes; null if none was made
 * @param error why no thumbnail was made; null if one was
 */
public record Thumbnail(int size, @Nullable ImageDescription picture, @Nullable WorkError error) {
  public Thumbnail {
    if (size < 1) {
      throw new IllegalArgumentException("size must be at least 1: " + size);
    }
    if ((picture == null) == (error == null)) {
      throw new IllegalArgumentException("either a picture or an error: " + picture + ", " + error);
    }
  }

  public static Thumbnail made(int size, ImageDescription picture) {
    return new Thumbnail(size, picture, null);
  }

  public static Thumbnail failed(int size, WorkError error) {
    return new Thumbnail(size, null, error);
  }

  /**
   * Merges the results of another attempt into the stored ones. The sizes are those of the new
   * attempt; a picture is never replaced by an error, whichever attempt came first.
   *
   * @param kept the stored results, in any order
   * @param fresh the results of the new attempt
   */
  public static List<Thumbnail> merged(List<Thumbnail> kept, List<Thumbnail> fresh) {
    List<Thumbnail> merged = new ArrayList<>();
    for (Thumbnail one : fresh) {
      Thumbnail better = one;
      for (Thumbnail before : kept) {
        if (one.picture == null && before.size == one.size && before.picture != null) {
          better = before;
        }
      }
      merged.add(better);
    }
    return List.copyOf(merged);
  }
}
