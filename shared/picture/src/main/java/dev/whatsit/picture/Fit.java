package dev.whatsit.picture;

/**
 * A size in another's proportions.
 *
 * @param width pixels across, at least 1
 * @param height pixels down, at least 1
 */
record Fit(int width, int height) {
  /**
   * The largest size in these proportions with neither side above a limit, and never above this.
   */
  static Fit of(int width, int height, int largest) {
    int longer = Math.max(width, height);
    if (longer <= largest) {
      return new Fit(width, height);
    }
    return new Fit(scaled(width, largest, longer), scaled(height, largest, longer));
  }

  private static int scaled(int side, int largest, int longer) {
    return (int) Math.max(1, ((long) side * largest + longer / 2) / longer);
  }
}
