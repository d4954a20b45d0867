package dev.whatsit.picture;

/** Takes the rows of a picture, each once and in order from the top. */
interface RowSink {
  /**
   * Takes the next row.
   *
   * @param argb {@code 0xAARRGGBB}, from the left; only until this returns
   */
  void row(int[] argb);
}
