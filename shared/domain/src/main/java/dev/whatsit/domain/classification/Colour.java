package dev.whatsit.domain.classification;

/**
 * A dominant colour of a picture.
 *
 * @param rgb red, green and blue, 0 to 0xffffff
 * @param score how dominant the colour is, 0 to 1
 * @param share share of the picture's pixels, 0 to 1
 */
public record Colour(int rgb, double score, double share) {
  public Colour {
    if (rgb < 0 || rgb > 0xffffff) {
      throw new IllegalArgumentException("rgb must be 0 to 0xffffff: " + rgb);
    }
    Checks.unit("score", score);
    Checks.unit("share", share);
  }

  /** The colour in CSS notation, for example {@code #0a1b2c}. */
  public String hex() {
    return String.format("#%06x", rgb);
  }
}
