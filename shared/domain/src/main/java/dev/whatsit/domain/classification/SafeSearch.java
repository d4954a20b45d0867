package dev.whatsit.domain.classification;

import dev.whatsit.domain.document.EnumWord;

/**
 * The likelihoods that a picture has content that is not suitable for everyone.
 *
 * @param adult nudity or sexual content
 * @param spoof modified to be funny or offensive
 * @param medical a medical picture
 * @param violence violence
 * @param racy scanty clothing or suggestive content
 */
public record SafeSearch(
    Likelihood adult, Likelihood spoof, Likelihood medical, Likelihood violence, Likelihood racy) {
  /** How likely something is. */
  public enum Likelihood implements EnumWord {
    /** The classifier could not determine it. */
    UNKNOWN,
    VERY_UNLIKELY,
    UNLIKELY,
    POSSIBLE,
    LIKELY,
    VERY_LIKELY;
  }
}
