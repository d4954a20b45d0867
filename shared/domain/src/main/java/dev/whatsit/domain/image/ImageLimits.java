package dev.whatsit.domain.image;

/**
 * How large an image may be.
 *
 * @param maxBytes most bytes, 1 to {@link #LARGEST_BYTES}
 * @param maxPixels most pixels of one frame, width × height, at least 1
 */
public record ImageLimits(int maxBytes, long maxPixels) {
  /** 20 MiB, what Cloud Vision takes (its quotas page). */
  public static final int DEFAULT_BYTES = 20 * 1024 * 1024;

  /** 75 million pixels, what Cloud Vision takes (its quotas page). */
  public static final long DEFAULT_PIXELS = 75_000_000;

  /** 31 MiB: a function's request ends at 32 MB. */
  public static final int LARGEST_BYTES = 31 * 1024 * 1024;

  /** The limits when nothing is set: 20 MiB and 75 million pixels. */
  public static final ImageLimits DEFAULT = new ImageLimits(DEFAULT_BYTES, DEFAULT_PIXELS);

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException naming the value that is out of range
   */
  public ImageLimits {
    if (maxBytes < 1 || maxBytes > LARGEST_BYTES) {
      throw new IllegalArgumentException(
          "maxBytes must be 1 to " + LARGEST_BYTES + ": " + maxBytes);
    }
    if (maxPixels < 1) {
      throw new IllegalArgumentException("maxPixels must be at least 1: " + maxPixels);
    }
  }
}
