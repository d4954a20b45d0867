package dev.whatsit.domain.image;

import static dev.whatsit.domain.image.Fields.has;
import static dev.whatsit.domain.image.Fields.hasAt;
import static dev.whatsit.domain.image.Fields.u16le;
import static dev.whatsit.domain.image.Fields.u8;

/**
 * Reads a GIF's logical screen and its first image descriptor (GIF89a, sections 18 and 20).
 *
 * <p>Both claim dimensions and both are held against the limit, because some decoders allocate the
 * screen and others the frame. Reported is the screen, which is what people see, each side widened
 * to the first frame's where that is longer, or the frame where a side of the screen is 0.
 */
final class GifHeader implements HeaderReader {
  /** Blocks and sub-blocks looked at before the first frame; XMP can be some thousands of them. */
  static final int MAX_BLOCKS = 1 << 16;

  private static final int SCREEN = 6;
  private static final int BLOCKS = 13;
  private static final int EXTENSION = 0x21;
  private static final int FRAME = 0x2c;
  private static final int TRAILER = 0x3b;

  @Override
  public boolean recognises(ImageBytes bytes) {
    return hasAt(bytes, 0, "GIF8");
  }

  @Override
  public Inspection inspect(ImageBytes bytes, ImageLimits limits) {
    if (!has(bytes, 0, SCREEN)) {
      return cut("signature");
    }
    if (!hasAt(bytes, 0, "GIF87a") && !hasAt(bytes, 0, "GIF89a")) {
      return senseless("the version is neither 87a nor 89a");
    }
    if (!has(bytes, SCREEN, 4)) {
      return cut("logical screen descriptor");
    }
    int width = u16le(bytes, SCREEN);
    int height = u16le(bytes, SCREEN + 2);
    if ((long) width * height > limits.maxPixels()) {
      return Refusals.tooManyPixels(ImageFormat.GIF, width, height, limits);
    }
    if (!has(bytes, 0, BLOCKS)) {
      return cut("logical screen descriptor");
    }
    int flags = u8(bytes, SCREEN + 4);
    int colourTable = (flags & 0x80) == 0 ? 0 : 3 << ((flags & 7) + 1);
    Inspection frame = firstFrame(bytes, BLOCKS + colourTable, limits);
    return frame instanceof Inspection.Accepted first && width > 0 && height > 0
        ? canvas(Math.max(width, first.width()), Math.max(height, first.height()), limits)
        : frame;
  }

  private static Inspection canvas(int width, int height, ImageLimits limits) {
    return (long) width * height > limits.maxPixels()
        ? Refusals.tooManyPixels(ImageFormat.GIF, width, height, limits)
        : new Inspection.Accepted(ImageFormat.GIF, width, height);
  }

  private static Inspection firstFrame(ImageBytes bytes, int start, ImageLimits limits) {
    long at = start;
    boolean inExtension = false;
    for (int block = 0; block < MAX_BLOCKS; block++) {
      if (!has(bytes, at, 1)) {
        return cut("blocks, before any frame");
      }
      int first = u8(bytes, at);
      if (inExtension) {
        // A sub-block: its length, then so many bytes. Length 0 ends the extension.
        inExtension = first != 0;
        at += 1 + first;
      } else if (first == EXTENSION) {
        inExtension = true;
        at += 2;
      } else if (first == FRAME) {
        return frame(bytes, at, limits);
      } else {
        return senseless(
            first == TRAILER
                ? "it ends before any frame"
                : "a block begins with " + Integer.toHexString(first));
      }
    }
    return senseless("there is no frame among the first " + MAX_BLOCKS + " blocks");
  }

  private static Inspection frame(ImageBytes bytes, long at, ImageLimits limits) {
    if (!has(bytes, at, 9)) {
      return cut("first image descriptor");
    }
    int width = u16le(bytes, at + 5);
    int height = u16le(bytes, at + 7);
    if (width == 0 || height == 0) {
      return senseless("the first frame is " + width + " × " + height);
    }
    if ((long) width * height > limits.maxPixels()) {
      return Refusals.tooManyPixels(ImageFormat.GIF, width, height, limits);
    }
    if (!has(bytes, at, 10)) {
      return cut("first image descriptor");
    }
    return new Inspection.Accepted(ImageFormat.GIF, width, height);
  }

  private static Inspection cut(String part) {
    return Refusals.cut(ImageFormat.GIF, part);
  }

  private static Inspection senseless(String what) {
    return Refusals.senseless(ImageFormat.GIF, what);
  }
}
