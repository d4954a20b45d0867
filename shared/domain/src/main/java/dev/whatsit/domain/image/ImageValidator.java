package dev.whatsit.domain.image;

import java.util.List;

/**
 * Reads an image's format and dimensions from its header, before any decoder sees it. Never
 * decodes, looks at a bounded number of bytes and never throws for what is in them. The size in
 * bytes is not checked: the reader of a body stops at {@link ImageLimits#maxBytes()}. Immutable and
 * thread-safe.
 */
public final class ImageValidator {
  private static final List<HeaderReader> READERS =
      List.of(
          new JpegHeader(), new PngHeader(), new GifHeader(), new WebpHeader(), new BmpHeader());

  private final ImageLimits limits;

  /** Creates a validator with these limits. */
  public ImageValidator(ImageLimits limits) {
    this.limits = limits;
  }

  /** The limits that it keeps. */
  public ImageLimits limits() {
    return limits;
  }

  /**
   * Inspects the header.
   *
   * <p>The format is what the signature says, whatever a Content-Type or a name claims. Dimensions
   * are as stored, before any EXIF orientation: a JPEG's frame, a PNG's IHDR, a BMP's bitmap
   * header, a WebP's canvas or else its frame, a GIF's logical screen, widened to its first frame.
   * Whatever else in the header claims dimensions of the first frame is held against {@link
   * ImageLimits#maxPixels()} too.
   *
   * @param bytes the whole image, any length, 0 included
   * @return the same for the same bytes
   */
  public Inspection inspect(ImageBytes bytes) {
    for (HeaderReader reader : READERS) {
      if (reader.recognises(bytes)) {
        return reader.inspect(bytes, limits);
      }
    }
    return Refusals.unsupported(ForeignFormat.nameOf(bytes));
  }
}
