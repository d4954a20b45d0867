package dev.whatsit.domain.classification;

/**
 * A label and the classifier's confidence in it.
 *
 * @param label not blank
 * @param confidence 0 to 1
 */
public record Annotation(String label, double confidence) {
  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException naming the value that is out of range
   */
  public Annotation {
    Checks.label(label);
    Checks.unit("confidence", confidence);
  }
}
