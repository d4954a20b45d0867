package dev.whatsit.picture;

/** What must be done to stored pixels to see them upright: the eight values of EXIF tag 0x0112. */
enum Orientation {
  UPRIGHT(1, false, false, false),
  MIRRORED(2, false, true, false),
  UPSIDE_DOWN(3, false, true, true),
  MIRRORED_UPSIDE_DOWN(4, false, false, true),
  TRANSPOSED(5, true, false, false),
  TURNED_CLOCKWISE(6, true, false, true),
  TRANSVERSED(7, true, true, true),
  TURNED_COUNTERCLOCKWISE(8, true, true, false);

  private final int value;
  private final boolean turned;
  private final boolean fromRight;
  private final boolean fromBottom;

  Orientation(int value, boolean turned, boolean fromRight, boolean fromBottom) {
    this.value = value;
    this.turned = turned;
    this.fromRight = fromRight;
    this.fromBottom = fromBottom;
  }

  /** The orientation for a value 1 to 8; any other value is upright. */
  static Orientation of(int value) {
    for (Orientation orientation : values()) {
      if (orientation.value == value) {
        return orientation;
      }
    }
    return UPRIGHT;
  }

  /** Whether width and height change places. */
  boolean turned() {
    return turned;
  }

  /** The upright picture for stored pixels. */
  Picture upright(int[] stored, int width, int height) {
    return new Picture(
        turned ? height : width, turned ? width : height, uprightPixels(stored, width, height));
  }

  /** The upright pixels for stored ones; the same array where nothing is to be done. */
  int[] uprightPixels(int[] stored, int width, int height) {
    if (this == UPRIGHT) {
      return stored;
    }
    int newWidth = turned ? height : width;
    int newHeight = turned ? width : height;
    int[] pixels = new int[stored.length];
    for (int y = 0, out = 0; y < newHeight; y++) {
      for (int x = 0; x < newWidth; x++) {
        int fromX = turned ? y : x;
        int fromY = turned ? x : y;
        fromX = fromRight ? width - 1 - fromX : fromX;
        fromY = fromBottom ? height - 1 - fromY : fromY;
        pixels[out++] = stored[fromY * width + fromX];
      }
    }
    return pixels;
  }
}
