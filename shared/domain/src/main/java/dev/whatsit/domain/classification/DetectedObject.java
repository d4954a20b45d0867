package dev.whatsit.domain.classification;

/**
 * An object and its location in the picture.
 *
 * @param label not blank
 * @param confidence 0 to 1
 * @param box location in the upright picture
 */
public record DetectedObject(String label, double confidence, Box box) {
  public DetectedObject {
    Checks.label(label);
    Checks.unit("confidence", confidence);
  }

  /**
   * A box in fractions of the upright picture's width and height, 0 to 1 from its left and top
   * edges.
   *
   * @param left 0 to 1
   * @param top 0 to 1
   * @param right 0 to 1, not left of {@code left}
   * @param bottom 0 to 1, not above {@code top}
   */
  public record Box(double left, double top, double right, double bottom) {
    public Box {
      Checks.unit("left", left);
      Checks.unit("top", top);
      Checks.unit("right", right);
      Checks.unit("bottom", bottom);
      if (right < left) {
        throw new IllegalArgumentException("right " + right + " is left of " + left);
      }
      if (bottom < top) {
        throw new IllegalArgumentException("bottom " + bottom + " is above " + top);
      }
    }
  }
}
