package dev.whatsit.domain.image;

import dev.whatsit.domain.failure.PermanentFailure;
import java.io.IOException;
import java.util.Optional;

/**
 * What the container of an image says of its first frame: all that a decoder must know before it
 * starts. The whole container is read, pixel data is not. Immutable and thread-safe, as long as the
 * bytes are not written to.
 */
public abstract class ImageStructure {
  private final int width;
  private final int height;
  private final Place place;
  private final Orientation orientation;

  /**
   * Where a frame lies on its canvas, in pixels; it may reach over the edges.
   *
   * @param x columns from the left, at least 0
   * @param y rows from the top, at least 0
   * @param width at least 1
   * @param height at least 1
   */
  public record Place(int x, int y, int width, int height) {}

  ImageStructure(int width, int height, Place place, Orientation orientation) throws IOException {
    if (width < 1 || height < 1 || place.width < 1 || place.height < 1) {
      throw new IOException("a picture without pixels");
    }
    this.width = width;
    this.height = height;
    this.place = place;
    this.orientation = orientation;
  }

  ImageStructure(int width, int height, Orientation orientation) throws IOException {
    this(width, height, new Place(0, 0, width, height), orientation);
  }

  /**
   * Reads the container.
   *
   * @throws TooMuchWork if decoding would take more time or memory than one image may have
   * @throws IOException if it is cut, broken or of a kind that no decoder reads
   * @throws PermanentFailure {@code CLASSIFIER_REFUSED} if it is a rare kind of JPEG
   */
  public static ImageStructure read(ImageFormat format, ImageBytes bytes) throws IOException {
    return switch (format) {
      case JPEG -> JpegStructure.read(bytes);
      case PNG -> PngStructure.read(bytes);
      case GIF -> GifStructure.read(bytes);
      case WEBP -> WebpStructure.read(bytes);
      case BMP -> BmpStructure.read(bytes);
    };
  }

  /** An ICC profile of more bytes is not looked at; those for presses have two million. */
  static final int MAX_PROFILE_BYTES = 4 << 20;

  /**
   * The ICC profile of the colours, as it stands in the file: not checked, and nothing if it is
   * incomplete or has more than 4 MiB.
   *
   * @param bytes what this was read from
   */
  public Optional<byte[]> profile(ImageBytes bytes) {
    return Optional.empty();
  }

  /** How many channels the colours have, transparency aside: 1 for grey, 3, or 4 for inks. */
  public int colorChannels() {
    return 3;
  }

  /** The canvas's pixels across, as stored. */
  public final int width() {
    return width;
  }

  /** The canvas's pixels down, as stored. */
  public final int height() {
    return height;
  }

  /** Where the first frame lies on the canvas. */
  public final Place place() {
    return place;
  }

  /** What makes the canvas upright. */
  public final Orientation orientation() {
    return orientation;
  }
}
