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
  /** The smallest part that contains both, thinned no more than either. */
  Window around(Window other) {
    int left = Math.min(x, other.x);
    int top = Math.min(y, other.y);
    return new Window(
        left,
        top,
        Math.max(x + width, other.x + other.width) - left,
        Math.max(y + height, other.y + other.height) - top,
        Math.min(stepX, other.stepX),
        Math.min(stepY, other.stepY));
  }

  /** The samples of this part among those of a larger one, counted from the larger one's edges. */
  Window among(Window larger) {
    int left = (x - larger.x) / larger.stepX;
    int top = (y - larger.y) / larger.stepY;
    return new Window(
        left,
        top,
        Math.min(larger.columns() - left, (width + larger.stepX - 1) / larger.stepX),
        Math.min(larger.rows() - top, (height + larger.stepY - 1) / larger.stepY),
        1,
        1);
  }

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
