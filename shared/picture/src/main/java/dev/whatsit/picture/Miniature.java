package dev.whatsit.picture;

/**
 * A small upright picture that keeps its transparency.
 *
 * <p>Not thread-safe while the array that it was made of is written to.
 */
public final class Miniature {
  private static final int OPAQUE = 0xff000000;

  private final int width;
  private final int height;
  private final int[] argb;
  private final boolean opaque;

  /** Over the given array, without a copy: {@code 0xAARRGGBB}, row by row from the top left. */
  Miniature(int width, int height, int[] argb) {
    if (width < 1 || height < 1 || argb.length != (long) width * height) {
      throw new IllegalArgumentException(argb.length + " pixels for " + width + " × " + height);
    }
    this.width = width;
    this.height = height;
    this.argb = argb;
    boolean whole = true;
    for (int pixel : argb) {
      whole &= (pixel & OPAQUE) == OPAQUE;
    }
    this.opaque = whole;
  }

  /** Pixels across. */
  public int width() {
    return width;
  }

  /** Pixels down. */
  public int height() {
    return height;
  }

  /** Whether nothing shines through anywhere. */
  public boolean isOpaque() {
    return opaque;
  }

  /** The pixel at a position, as {@code 0xAARRGGBB}. */
  public int pixel(int x, int y) {
    return argb[y * width + x];
  }

  /** The pixels themselves, for the encoder. */
  int[] argb() {
    return argb;
  }

  /**
   * The picture with neither side above this one, or itself where that is so already.
   *
   * @param largest at least 1
   */
  public Miniature within(int largest) {
    Fit fit = Fit.of(width, height, largest);
    if (fit.width() == width && fit.height() == height) {
      return this;
    }
    Shrinking shrinking = new Shrinking(width, height, fit.width(), fit.height());
    int[] row = new int[width];
    for (int y = 0; y < height; y++) {
      System.arraycopy(argb, y * width, row, 0, width);
      shrinking.row(row);
    }
    return new Miniature(fit.width(), fit.height(), shrinking.pixels());
  }

  @Override
  public String toString() {
    return "Miniature[" + width + " × " + height + "]";
  }
}
