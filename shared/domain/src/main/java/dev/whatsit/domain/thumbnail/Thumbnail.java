package dev.whatsit.domain.thumbnail;

import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.record.WorkError;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of one wanted size of an image: a picture, or an error.
 *
 * @param size pixels that the longer side was to have, at least 1; a smaller image keeps its own
 * @param picture what was made, under the hash of its own bytes; null if nothing was
 * @param error why nothing was made; null if something was
 */
public record Thumbnail(int size, @Nullable ImageDescription picture, @Nullable WorkError error) {
  /**
   * Checks that it is one of the two.
   *
   * @throws IllegalArgumentException naming what does not fit
   */
  public Thumbnail {
    if (size < 1) {
      throw new IllegalArgumentException("size must be at least 1: " + size);
    }
    if ((picture == null) == (error == null)) {
      throw new IllegalArgumentException("either a picture or an error: " + picture + ", " + error);
    }
  }

  /** A size that was made. */
  public static Thumbnail made(int size, ImageDescription picture) {
    return new Thumbnail(size, picture, null);
  }

  /** A size that cannot be made. */
  public static Thumbnail failed(int size, WorkError error) {
    return new Thumbnail(size, null, error);
  }

  /**
   * What is known after another try. The sizes are those of the later try; a picture that was made
   * once is not lost to an error, whichever of two tries came first.
   *
   * @param kept what was known before, in any order
   * @param fresh what a try came to
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
