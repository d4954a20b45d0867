package dev.whatsit.domain.classification;

import java.util.Locale;

/**
 * How likely a picture is of kinds that not everyone may want to see.
 *
 * @param adult nudity or sexual content
 * @param spoof changed to be funny or offensive
 * @param medical a medical picture
 * @param violence violence
 * @param racy scanty or suggestive
 */
public record SafeSearch(
    Likelihood adult, Likelihood spoof, Likelihood medical, Likelihood violence, Likelihood racy) {
  /** How likely something is. */
  public enum Likelihood {
    /** It cannot be told. */
    UNKNOWN,
    VERY_UNLIKELY,
    UNLIKELY,
    POSSIBLE,
    LIKELY,
    VERY_LIKELY;

    /** As results name it, for example {@code very_likely}. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
