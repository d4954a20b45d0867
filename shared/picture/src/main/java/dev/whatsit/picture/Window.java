package dev.whatsit.picture;

/**
 * The part of a canvas that is wanted, and every how many pixels a sample is taken.
 *
 * @param x left edge
 * @param y top edge
 * @param width pixels across, at least 1
 * @param height pixels down, at least 1
 * @param stepX every how many pixels across, at least 1
 * @param stepY every how many pixels down, at least 1
 */
record Window(int x, int y, int width, int height, int stepX, int stepY) {
  /** The same part with at most this step. */
  Window thinned(int step) {
    return new Window(x, y, width, height, Math.min(step, stepX), Math.min(step, stepY));
  }

  /** Samples across. */
  int columns() {
    return (width + stepX - 1) / stepX;
  }

  /** Samples down. */
  int rows() {
    return (height + stepY - 1) / stepY;
  }

  /** How many samples. */
  long samples() {
    return (long) columns() * rows();
  }
}
