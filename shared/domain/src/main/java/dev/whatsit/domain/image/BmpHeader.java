package dev.whatsit.domain.image;

import static dev.whatsit.domain.image.Fields.has;
import static dev.whatsit.domain.image.Fields.hasAt;
import static dev.whatsit.domain.image.Fields.i32le;
import static dev.whatsit.domain.image.Fields.u16le;
import static dev.whatsit.domain.image.Fields.u32le;

/**
 * Reads a BMP's file header and its bitmap header: OS/2 (12 and 64 bytes) and Windows (40 to 124),
 * with a negative height if the rows run from the top.
 */
final class BmpHeader implements HeaderReader {
  private static final int BITMAP = 14;
  private static final int CORE = 12;
  private static final int OS2 = 64;

  private static final int RGB = 0;
  private static final int RLE8 = 1;
  private static final int RLE4 = 2;
  private static final int BITFIELDS = 3;
  private static final int JPEG = 4;
  private static final int PNG = 5;
  private static final int ALPHA_BITFIELDS = 6;

  /** Two letters are a weak signature: text may begin with them as well. */
  @Override
  public boolean recognises(ImageBytes bytes) {
    return hasAt(bytes, 0, "BM")
        && ((has(bytes, BITMAP, 4) && isKnown(u32le(bytes, BITMAP))) || !TextHead.isText(bytes));
  }

  @Override
  public Inspection inspect(ImageBytes bytes, ImageLimits limits) {
    if (!has(bytes, BITMAP, 4)) {
      return cut("file header");
    }
    long header = u32le(bytes, BITMAP);
    if (!isKnown(header)) {
      return senseless("the bitmap header has " + header + " bytes");
    }
    boolean core = header == CORE;
    if (!has(bytes, BITMAP + 4, core ? 4 : 8)) {
      return cut("bitmap header");
    }
    int width = core ? u16le(bytes, BITMAP + 4) : i32le(bytes, BITMAP + 4);
    int signedHeight = core ? u16le(bytes, BITMAP + 6) : i32le(bytes, BITMAP + 8);
    int height = Math.abs(signedHeight);
    if (width < 1 || height < 1) { // The least int stays negative.
      return senseless("the size is " + width + " × " + signedHeight);
    }
    if ((long) width * height > limits.maxPixels()) {
      return Refusals.tooManyPixels(ImageFormat.BMP, width, height, limits);
    }
    if (!has(bytes, BITMAP, header)) {
      return cut("bitmap header");
    }
    int planes = u16le(bytes, BITMAP + (core ? 8 : 12));
    if (planes != 1) {
      return senseless("there are " + planes + " colour planes");
    }
    int bits = u16le(bytes, BITMAP + (core ? 10 : 14));
    int compression = core ? RGB : i32le(bytes, BITMAP + 16);
    if (header == OS2 ? compression == 3 || compression == 4 : isImage(compression)) {
      return Refusals.unsupported(
          "a BMP with "
              + (header == OS2 ? "OS/2" : compression == JPEG ? "JPEG" : "PNG")
              + " compression inside");
    }
    if (compression == ALPHA_BITFIELDS) {
      return Refusals.unsupported("a BMP of Windows CE, with a mask for alpha");
    }
    if (!fits(bits, compression)) {
      return senseless("compression " + compression + " does not come with " + bits + " bits");
    }
    long pixels = u32le(bytes, 10);
    if (pixels > bytes.size()) {
      return senseless("the pixels begin at byte " + pixels + " of " + bytes.size());
    }
    return new Inspection.Accepted(ImageFormat.BMP, width, height);
  }

  private static boolean isKnown(long header) {
    return header == CORE
        || header == 40
        || header == 52
        || header == 56
        || header == OS2
        || header == 108
        || header == 124;
  }

  private static boolean isImage(int compression) {
    return compression == JPEG || compression == PNG;
  }

  private static boolean fits(int bits, int compression) {
    return switch (compression) {
      case RGB -> bits == 1 || bits == 4 || bits == 8 || bits == 16 || bits == 24 || bits == 32;
      case RLE8 -> bits == 8;
      case RLE4 -> bits == 4;
      case BITFIELDS -> bits == 16 || bits == 32;
      default -> false;
    };
  }

  private static Inspection cut(String part) {
    return Refusals.cut(ImageFormat.BMP, part);
  }

  private static Inspection senseless(String what) {
    return Refusals.senseless(ImageFormat.BMP, what);
  }
}
