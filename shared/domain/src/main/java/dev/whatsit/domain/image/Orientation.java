package dev.whatsit.domain.image;

/** What must be done to stored pixels to see them upright: the eight values of EXIF tag 0x0112. */
public enum Orientation {
  /** As stored. */
  UPRIGHT(1, false, false, false),
  /** Left and right change places. */
  MIRRORED(2, false, true, false),
  /** Turned by half. */
  UPSIDE_DOWN(3, false, true, true),
  /** Top and bottom change places. */
  MIRRORED_UPSIDE_DOWN(4, false, false, true),
  /** Rows become columns. */
  TRANSPOSED(5, true, false, false),
  /** To be turned clockwise. */
  TURNED_CLOCKWISE(6, true, false, true),
  /** Rows become columns, from the bottom right. */
  TRANSVERSED(7, true, true, true),
  /** To be turned counterclockwise. */
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
  static Orientation of(long value) {
    for (Orientation orientation : values()) {
      if (orientation.value == value) {
        return orientation;
      }
    }
    return UPRIGHT;
  }

  /** Whether width and height change places. */
  public boolean turned() {
    return turned;
  }

  /** Whether stored columns are read from the right. */
  public boolean fromRight() {
    return fromRight;
  }

  /** Whether stored rows are read from the bottom. */
  public boolean fromBottom() {
    return fromBottom;
  }
}
