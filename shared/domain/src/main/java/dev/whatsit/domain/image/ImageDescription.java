package dev.whatsit.domain.image;

/**
 * What is known of an image without decoding it: enough to carry its work and to make its record.
 *
 * @param hash the identity of the bytes
 * @param format the format that the bytes themselves show
 * @param sizeBytes length in bytes, at least 1
 * @param width pixels across of the upright picture (EXIF orientation applied), at least 1
 * @param height pixels down of the upright picture, at least 1
 */
public record ImageDescription(
    ImageHash hash, ImageFormat format, long sizeBytes, int width, int height) {
  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException naming the value that is out of range
   */
  public ImageDescription {
    if (sizeBytes < 1) {
      throw new IllegalArgumentException("sizeBytes must be at least 1: " + sizeBytes);
    }
    if (width < 1) {
      throw new IllegalArgumentException("width must be at least 1: " + width);
    }
    if (height < 1) {
      throw new IllegalArgumentException("height must be at least 1: " + height);
    }
  }
}
