package dev.whatsit.picture;

import dev.whatsit.domain.image.Orientation;

/** Turns stored pixels upright. */
final class Upright {
  private Upright() {}

  /** The upright picture for stored pixels. */
  static Picture picture(Orientation orientation, int[] stored, int width, int height) {
    boolean turned = orientation.turned();
    return new Picture(
        turned ? height : width,
        turned ? width : height,
        pixels(orientation, stored, width, height));
  }

  /** The upright pixels for stored ones; the same array where nothing is to be done. */
  static int[] pixels(Orientation orientation, int[] stored, int width, int height) {
    if (orientation == Orientation.UPRIGHT) {
      return stored;
    }
    boolean turned = orientation.turned();
    int newWidth = turned ? height : width;
    int newHeight = turned ? width : height;
    int[] pixels = new int[stored.length];
    for (int y = 0, out = 0; y < newHeight; y++) {
      for (int x = 0; x < newWidth; x++) {
        int fromX = turned ? y : x;
        int fromY = turned ? x : y;
        fromX = orientation.fromRight() ? width - 1 - fromX : fromX;
        fromY = orientation.fromBottom() ? height - 1 - fromY : fromY;
        pixels[out++] = stored[fromY * width + fromX];
      }
    }
    return pixels;
  }
}
