package dev.whatsit.domain.classification;

/**
 * A label and the classifier's confidence in it.
 *
 * @param label not blank
 * @param confidence 0 to 1
 */
public record Annotation(String label, double confidence) {
  public Annotation {
    Checks.label(label);
    Checks.unit("confidence", confidence);
  }
}
