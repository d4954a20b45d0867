package dev.whatsit.domain.image;

import static dev.whatsit.domain.image.Fields.has;
import static dev.whatsit.domain.image.Fields.hasAt;
import static dev.whatsit.domain.image.Fields.i32be;
import static dev.whatsit.domain.image.Fields.u8;

import java.util.zip.CRC32;

/** Reads a PNG's first chunk, which must be IHDR (W3C PNG, sections 5.2 and 11.2.1). */
final class PngHeader implements HeaderReader {
  private static final String SIGNATURE = "\u0089PNG\r\n\u001a\n";
  private static final int CHUNK = 8;
  private static final int TYPE = 12;
  private static final int DATA = 16;
  private static final int DATA_LENGTH = 13;
  private static final int CRC = DATA + DATA_LENGTH;
  private static final int END = CRC + 4;

  @Override
  public boolean recognises(ImageBytes bytes) {
    return hasAt(bytes, 0, "\u0089PNG");
  }

  @Override
  public Inspection inspect(ImageBytes bytes, ImageLimits limits) {
    if (!has(bytes, 0, CHUNK)) {
      return cut("signature");
    }
    if (!hasAt(bytes, 0, SIGNATURE)) {
      return senseless("the signature's line ends were changed on the way");
    }
    if (!has(bytes, DATA, 8)) {
      return cut("IHDR chunk");
    }
    if (!hasAt(bytes, TYPE, "IHDR") || i32be(bytes, CHUNK) != DATA_LENGTH) {
      return senseless("the first chunk is not an IHDR of " + DATA_LENGTH + " bytes");
    }
    int width = i32be(bytes, DATA);
    int height = i32be(bytes, DATA + 4);
    if (width < 1 || height < 1) {
      return senseless(
          "the size is "
              + Integer.toUnsignedString(width)
              + " × "
              + Integer.toUnsignedString(height)
              + ", each must be 1 to "
              + Integer.MAX_VALUE);
    }
    if ((long) width * height > limits.maxPixels()) {
      return Refusals.tooManyPixels(ImageFormat.PNG, width, height, limits);
    }
    if (!has(bytes, 0, END)) {
      return cut("IHDR chunk");
    }
    int depth = u8(bytes, DATA + 8);
    int colour = u8(bytes, DATA + 9);
    if (!fits(depth, colour)) {
      return senseless("colour type " + colour + " does not come with bit depth " + depth);
    }
    if (u8(bytes, DATA + 10) != 0 || u8(bytes, DATA + 11) != 0 || u8(bytes, DATA + 12) > 1) {
      return senseless("the compression, filter or interlace method is unknown");
    }
    if (crc(bytes) != i32be(bytes, CRC)) {
      return senseless("the IHDR chunk does not match its checksum");
    }
    return new Inspection.Accepted(ImageFormat.PNG, width, height);
  }

  private static boolean fits(int depth, int colour) {
    return switch (colour) {
      case 0 -> depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
      case 3 -> depth == 1 || depth == 2 || depth == 4 || depth == 8;
      case 2, 4, 6 -> depth == 8 || depth == 16;
      default -> false;
    };
  }

  private static int crc(ImageBytes bytes) {
    CRC32 crc = new CRC32();
    for (int i = TYPE; i < CRC; i++) {
      crc.update(u8(bytes, i));
    }
    return (int) crc.getValue();
  }

  private static Inspection cut(String part) {
    return Refusals.cut(ImageFormat.PNG, part);
  }

  private static Inspection senseless(String what) {
    return Refusals.senseless(ImageFormat.PNG, what);
  }
}
