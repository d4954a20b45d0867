package dev.whatsit.domain.classification;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The results of a classifier other than labels and objects. Each component is null when it was not
 * requested, and empty when it was requested and nothing was found.
 *
 * @param categories broad terms such as animal or vehicle, best first, at most {@value
 *     #MAX_ENTRIES}
 * @param safeSearch likelihoods of content that is not suitable for everyone
 * @param text the text in the picture
 * @param colours the dominant colours, most dominant first, at most {@value #MAX_ENTRIES}
 * @param landmarks best first, at most {@value #MAX_ENTRIES}
 * @param logos best first, at most {@value #MAX_ENTRIES}
 * @param web findings on the web about the picture
 */
public record Extras(
    @Nullable List<Annotation> categories,
    @Nullable SafeSearch safeSearch,
    @Nullable RecognisedText text,
    @Nullable List<Colour> colours,
    @Nullable List<Landmark> landmarks,
    @Nullable List<Annotation> logos,
    @Nullable WebFindings web) {
  /** The maximum number of entries in each list, so that a record stays small. */
  public static final int MAX_ENTRIES = 10;

  public Extras {
    categories = categories == null ? null : Checks.list("categories", categories, MAX_ENTRIES);
    colours = colours == null ? null : Checks.list("colours", colours, MAX_ENTRIES);
    landmarks = landmarks == null ? null : Checks.list("landmarks", landmarks, MAX_ENTRIES);
    logos = logos == null ? null : Checks.list("logos", logos, MAX_ENTRIES);
  }

  /** Nothing but broad terms. */
  public static Extras ofCategories(List<Annotation> categories) {
    return new Extras(categories, null, null, null, null, null, null);
  }

  /** Whether every component is null. */
  public boolean isEmpty() {
    return categories == null
        && safeSearch == null
        && text == null
        && colours == null
        && landmarks == null
        && logos == null
        && web == null;
  }
}
