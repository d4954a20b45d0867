package dev.whatsit.picture;

/**
 * An upright picture without transparency.
 *
 * <p>Not thread-safe while the array is written to.
 */
public final class Picture {
  private final int width;
  private final int height;
  private final int[] pixels;

  /**
   * A picture over the given array, without a copy.
   *
   * @param width pixels across, at least 1
   * @param height pixels down, at least 1
   * @param pixels {@code width × height} values {@code 0x..RRGGBB}, row by row from the top left
   * @throws IllegalArgumentException if the array has another length
   */
  public Picture(int width, int height, int[] pixels) {
    if (width < 1 || height < 1 || pixels.length != (long) width * height) {
      throw new IllegalArgumentException(pixels.length + " pixels for " + width + " × " + height);
    }
    this.width = width;
    this.height = height;
    this.pixels = pixels;
  }

  /** Pixels across. */
  public int width() {
    return width;
  }

  /** Pixels down. */
  public int height() {
    return height;
  }

  /** The pixel at a position counted row by row from the top left, as {@code 0x..RRGGBB}. */
  public int pixel(int position) {
    return pixels[position];
  }

  @Override
  public String toString() {
    return "Picture[" + width + " × " + height + "]";
  }
}
