package dev.whatsit.domain.image;

import dev.whatsit.domain.failure.PermanentFailure;
import java.io.IOException;
import java.util.List;

/**
 * Reads an image's format, dimensions and structure, before any decoder sees it. Never decodes,
 * takes time and memory bounded by the number of bytes, and never throws for what is in them. The
 * size in bytes is not checked: the reader of a body stops at {@link ImageLimits#maxBytes()}.
 * Immutable and thread-safe.
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
   * Inspects the header, and the structure behind it.
   *
   * <p>The format is what the signature says, whatever a Content-Type or a name claims. Dimensions
   * are those of the upright picture: a JPEG's frame, a PNG's IHDR, a BMP's bitmap header, a WebP's
   * canvas or else its frame, a GIF's logical screen, widened to its first frame; turned as EXIF
   * says. Whatever else in the header claims dimensions of the first frame is held against {@link
   * ImageLimits#maxPixels()} too.
   *
   * @param bytes the whole image, any length, 0 included
   * @return the same for the same bytes
   */
  public Inspection inspect(ImageBytes bytes) {
    for (HeaderReader reader : READERS) {
      if (reader.recognises(bytes)) {
        Inspection header = reader.inspect(bytes, limits);
        return header instanceof Inspection.Accepted accepted ? structure(accepted, bytes) : header;
      }
    }
    return Refusals.unsupported(ForeignFormat.nameOf(bytes));
  }

  private static Inspection structure(Inspection.Accepted header, ImageBytes bytes) {
    try {
      ImageStructure structure = ImageStructure.read(header.format(), bytes);
      return structure.orientation().turned()
          ? new Inspection.Accepted(header.format(), header.height(), header.width())
          : header;
    } catch (TooMuchWork e) {
      return Refusals.tooComplex(header.format());
    } catch (IOException | PermanentFailure e) {
      // Broken data behind a good header is accepted. The decoder reads the structure too, and its
      // failure becomes the image's error.
      return header;
    }
  }
}
