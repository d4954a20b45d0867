package dev.whatsit.domain.classification;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a classifier tells beside labels and objects. Each part is null when it was not asked for,
 * and empty when it was and there is none.
 *
 * @param safeSearch whether the picture is fit for everyone
 * @param text what is written in the picture
 * @param colours the leading ones, most telling first, at most {@value #MAX_ENTRIES}
 * @param landmarks best first, at most {@value #MAX_ENTRIES}
 * @param logos best first, at most {@value #MAX_ENTRIES}
 * @param web where the picture is found on the web
 */
public record Extras(
    @Nullable SafeSearch safeSearch,
    @Nullable RecognisedText text,
    @Nullable List<Colour> colours,
    @Nullable List<Landmark> landmarks,
    @Nullable List<Annotation> logos,
    @Nullable WebFindings web) {
  /** The most entries in each list, so that a record stays small. */
  public static final int MAX_ENTRIES = 10;

  /**
   * Takes copies of the lists.
   *
   * @throws IllegalArgumentException naming the list that is too long
   */
  public Extras {
    colours = colours == null ? null : Checks.list("colours", colours, MAX_ENTRIES);
    landmarks = landmarks == null ? null : Checks.list("landmarks", landmarks, MAX_ENTRIES);
    logos = logos == null ? null : Checks.list("logos", logos, MAX_ENTRIES);
  }

  /** Whether there is nothing in it. */
  public boolean isEmpty() {
    return safeSearch == null
        && text == null
        && colours == null
        && landmarks == null
        && logos == null
        && web == null;
  }
}
