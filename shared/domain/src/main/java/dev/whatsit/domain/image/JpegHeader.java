package dev.whatsit.domain.image;

import static dev.whatsit.domain.image.Fields.has;
import static dev.whatsit.domain.image.Fields.u16be;
import static dev.whatsit.domain.image.Fields.u8;

/**
 * Walks a JPEG's segments by their lengths to the first frame header (ITU-T T.81, annex B). What is
 * in the other segments, EXIF above all, is skipped unread.
 */
final class JpegHeader implements HeaderReader {
  /** Far above what files have: 31 MiB in segments of 64 KiB are 496. */
  static final int MAX_SEGMENTS = 4096;

  /** How many fill bytes (B.1.1.2) and stray bytes between segments are looked at in all. */
  static final int MAX_STRAY = 1 << 16;

  private static final int TEM = 0x01;
  private static final int RST0 = 0xd0;
  private static final int RST7 = 0xd7;
  private static final int SOI = 0xd8;
  private static final int EOI = 0xd9;
  private static final int SOS = 0xda;

  @Override
  public boolean recognises(ImageBytes bytes) {
    return has(bytes, 0, 2)
        && u16be(bytes, 0) == 0xffd8
        && (!has(bytes, 2, 1) || u8(bytes, 2) == 0xff);
  }

  @Override
  public Inspection inspect(ImageBytes bytes, ImageLimits limits) {
    long at = 2;
    int stray = 0;
    for (int segment = 0; segment < MAX_SEGMENTS; segment++) {
      if (!has(bytes, at, 2)) {
        return cut("segments, before any frame header");
      }
      // Stray bytes and fill bytes are passed over, as libjpeg does.
      while (u8(bytes, at) != 0xff || u8(bytes, at + 1) == 0xff || u8(bytes, at + 1) == 0) {
        at++;
        if (!has(bytes, at, 2)) {
          return cut("segments, before any frame header");
        }
        if (++stray > MAX_STRAY) {
          return senseless("there are more than " + MAX_STRAY + " bytes outside its segments");
        }
      }
      int marker = u8(bytes, at + 1);
      at += 2;
      if (isFrame(marker)) {
        return frame(bytes, at, marker, limits);
      }
      if (marker == TEM || (marker >= RST0 && marker <= RST7)) {
        continue; // These have no length and nothing behind them (B.1.1.3).
      }
      if (marker == SOI) {
        return senseless("marker " + Integer.toHexString(marker) + " stands among the segments");
      }
      if (marker == SOS || marker == EOI) {
        return senseless("no frame header comes before the picture's data or end");
      }
      if (!has(bytes, at, 2)) {
        return cut("segments, before any frame header");
      }
      int length = u16be(bytes, at);
      if (length < 2) {
        return senseless("a segment's length is " + length);
      }
      at += length;
    }
    return senseless("there is no frame header among the first " + MAX_SEGMENTS + " segments");
  }

  /** SOF0 to SOF15; DHT, JPG and DAC have numbers among them. */
  private static boolean isFrame(int marker) {
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
  }

  /** The frame header (B.2.2), from its length on. */
  private static Inspection frame(ImageBytes bytes, long at, int marker, ImageLimits limits) {
    if (!has(bytes, at, 8)) {
      return cut("frame header");
    }
    int length = u16be(bytes, at);
    int precision = u8(bytes, at + 2);
    int height = u16be(bytes, at + 3);
    int width = u16be(bytes, at + 5);
    int components = u8(bytes, at + 7);
    if (width == 0) {
      return senseless("the width is 0");
    }
    if (height == 0) {
      return senseless("the height is 0, which is to follow the data (DNL), and no decoder reads");
    }
    if ((long) width * height > limits.maxPixels()) {
      return Refusals.tooManyPixels(ImageFormat.JPEG, width, height, limits);
    }
    boolean lossless = (marker & 3) == 3;
    if (lossless ? precision < 2 || precision > 16 : precision != 8 && precision != 12) {
      return senseless("the frame header's precision is " + precision + " bits");
    }
    if (components < 1 || components > 4) {
      return senseless("the frame header has " + components + " components");
    }
    if (length != 8 + 3 * components) {
      return senseless(
          "the frame header's length is " + length + " for " + components + " components");
    }
    if (!has(bytes, at, length)) {
      return cut("frame header");
    }
    for (int i = 0; i < components; i++) {
      int sampling = u8(bytes, at + 9 + 3L * i);
      if (!isFactor(sampling >> 4) || !isFactor(sampling & 15)) {
        return senseless("a component is sampled " + (sampling >> 4) + " × " + (sampling & 15));
      }
    }
    return new Inspection.Accepted(ImageFormat.JPEG, width, height);
  }

  private static boolean isFactor(int sampling) {
    return sampling >= 1 && sampling <= 4;
  }

  private static Inspection cut(String part) {
    return Refusals.cut(ImageFormat.JPEG, part);
  }

  private static Inspection senseless(String what) {
    return Refusals.senseless(ImageFormat.JPEG, what);
  }
}
