package dev.whatsit.picture;

import dev.whatsit.domain.image.Orientation;

/**
 * How a picture of any size becomes one of the wanted size.
 *
 * @param width pixels across that are wanted, 1 to {@link #LARGEST}
 * @param height pixels down that are wanted, 1 to {@link #LARGEST}
 * @param cropped whether the middle is taken in the wanted proportions ({@code true}) or the whole
 *     picture squashed into them
 */
public record Framing(int width, int height, boolean cropped) {
  /** The largest side that can be asked for, so that what is decoded stays small. */
  public static final int LARGEST = 2048;

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException naming the value that is out of range
   */
  public Framing {
    if (width < 1 || width > LARGEST) {
      throw new IllegalArgumentException("width must be 1 to " + LARGEST + ": " + width);
    }
    if (height < 1 || height > LARGEST) {
      throw new IllegalArgumentException("height must be 1 to " + LARGEST + ": " + height);
    }
  }

  /** The whole picture, squashed or stretched to the wanted size. */
  public static Framing squashed(int width, int height) {
    return new Framing(width, height, false);
  }

  /** The shorter side resized to the wanted one and the middle of the longer side kept. */
  public static Framing centreCropped(int width, int height) {
    return new Framing(width, height, true);
  }

  /** The same for a picture as it is stored, before it is turned upright. */
  Framing stored(Orientation orientation) {
    return orientation.turned() ? new Framing(height, width, cropped) : this;
  }

  /**
   * What to decode of a canvas: the part that is kept, thinned as much as may be, to no less than
   * twice the wanted size, so that the last step still averages.
   */
  Window window(int canvasWidth, int canvasHeight) {
    int keptWidth = canvasWidth;
    int keptHeight = canvasHeight;
    if (cropped) {
      double scale = Math.min((double) canvasWidth / width, (double) canvasHeight / height);
      keptWidth = (int) Math.max(1, Math.min(canvasWidth, Math.round(width * scale)));
      keptHeight = (int) Math.max(1, Math.min(canvasHeight, Math.round(height * scale)));
    }
    return new Window(
        (canvasWidth - keptWidth) / 2,
        (canvasHeight - keptHeight) / 2,
        keptWidth,
        keptHeight,
        Math.max(1, keptWidth / (2 * width)),
        Math.max(1, keptHeight / (2 * height)));
  }
}
