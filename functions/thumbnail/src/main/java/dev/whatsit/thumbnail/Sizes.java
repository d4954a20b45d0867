package dev.whatsit.thumbnail;

import dev.whatsit.domain.settings.Settings;
import dev.whatsit.picture.Framing;
import java.util.List;
import java.util.TreeSet;

/**
 * The thumbnail sizes in the setting {@code THUMBNAIL_SIZES}: pixels of the longer side, separated
 * by commas; one to eight different sizes, each 16 to 2048; default 256 and 1024.
 */
final class Sizes {
  private static final String SETTING = "THUMBNAIL_SIZES";
  private static final List<Integer> DEFAULT = List.of(256, 1024);
  private static final int MIN_SIZE = 16;
  private static final int MAX_SIZES = 8;

  private Sizes() {}

  /** The sizes, ascending; invalid values are recorded in {@code settings}. */
  static List<Integer> of(Settings settings) {
    String set = settings.text(SETTING, "256,1024");
    String[] words = set.split(",", -1);
    TreeSet<Integer> sizes = new TreeSet<>();
    for (String word : words) {
      int size = pixels(word.strip());
      if (size < MIN_SIZE || size > Framing.LARGEST || !sizes.add(size)) {
        return refused(settings, set);
      }
    }
    return words.length > MAX_SIZES ? refused(settings, set) : List.copyOf(sizes);
  }

  private static int pixels(String word) {
    try {
      return Integer.parseInt(word);
    } catch (NumberFormatException e) {
      // Not a number: reported like a size that is out of range.
      return 0;
    }
  }

  private static List<Integer> refused(Settings settings, String set) {
    settings.reject(
        SETTING,
        "is "
            + set
            + ", must be 1 to "
            + MAX_SIZES
            + " different whole numbers from "
            + MIN_SIZE
            + " to "
            + Framing.LARGEST
            + " with commas between");
    return DEFAULT;
  }
}
