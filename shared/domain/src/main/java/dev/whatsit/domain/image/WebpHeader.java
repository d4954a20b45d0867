package dev.whatsit.domain.image;

import static dev.whatsit.domain.image.Fields.has;
import static dev.whatsit.domain.image.Fields.hasAt;
import static dev.whatsit.domain.image.Fields.i32le;
import static dev.whatsit.domain.image.Fields.u16le;
import static dev.whatsit.domain.image.Fields.u24le;
import static dev.whatsit.domain.image.Fields.u32le;
import static dev.whatsit.domain.image.Fields.u8;

/**
 * Reads a WebP's first frame, lossy (RFC 6386, section 9.1) or lossless (RFC 9649, section 3.4),
 * and in the extended form also the canvas (RFC 9649, section 2.7).
 *
 * <p>Canvas, animation frame and bitstream each claim dimensions and each is held against the
 * limit, because decoders differ in which they allocate. Reported is the canvas where there is one.
 */
final class WebpHeader implements HeaderReader {
  /** Chunks looked at before the first frame; files have a handful. */
  static final int MAX_CHUNKS = 1024;

  private static final int CHUNKS = 12;
  private static final int CHUNK_HEADER = 8;
  private static final int VP8X_LENGTH = 10;
  private static final int ANMF_LENGTH = 16;

  @Override
  public boolean recognises(ImageBytes bytes) {
    return hasAt(bytes, 0, "RIFF") && hasAt(bytes, 8, "WEBP");
  }

  @Override
  public Inspection inspect(ImageBytes bytes, ImageLimits limits) {
    long riff = u32le(bytes, 4);
    if (riff < 4 + CHUNK_HEADER) {
      return senseless("the RIFF header tells a length of " + riff + " bytes");
    }
    Inspection inspection = chunks(bytes, limits);
    // Only now: a bomb is called a bomb though its tail is missing.
    return inspection instanceof Inspection.Accepted && !has(bytes, 8, riff)
        ? cut("data: the RIFF header tells " + (riff + 8) + " bytes, there are " + bytes.size())
        : inspection;
  }

  private static Inspection chunks(ImageBytes bytes, ImageLimits limits) {
    if (!hasAt(bytes, CHUNKS, "VP8X")) {
      return has(bytes, CHUNKS, CHUNK_HEADER)
          ? frame(bytes, CHUNKS, limits)
          : cut("first chunk's header");
    }
    long data = CHUNKS + CHUNK_HEADER;
    if (!has(bytes, data, VP8X_LENGTH)) {
      return cut("VP8X chunk");
    }
    if (u32le(bytes, CHUNKS + 4) != VP8X_LENGTH) {
      return senseless("the VP8X chunk has " + u32le(bytes, CHUNKS + 4) + " bytes");
    }
    int width = 1 + u24le(bytes, data + 4);
    int height = 1 + u24le(bytes, data + 7);
    if ((long) width * height > limits.maxPixels()) {
      return Refusals.tooManyPixels(ImageFormat.WEBP, width, height, limits);
    }
    Inspection frame = firstFrame(bytes, data + VP8X_LENGTH, limits);
    return frame instanceof Inspection.Accepted
        ? new Inspection.Accepted(ImageFormat.WEBP, width, height)
        : frame;
  }

  private static Inspection firstFrame(ImageBytes bytes, long start, ImageLimits limits) {
    long at = start;
    for (int chunk = 0; chunk < MAX_CHUNKS; chunk++) {
      if (!has(bytes, at, CHUNK_HEADER)) {
        return cut("chunks, before any frame");
      }
      if (hasAt(bytes, at, "VP8 ") || hasAt(bytes, at, "VP8L")) {
        return frame(bytes, at, limits);
      }
      if (hasAt(bytes, at, "ANMF")) {
        if (!has(bytes, at + CHUNK_HEADER, ANMF_LENGTH)) {
          return cut("first animation frame");
        }
        int width = 1 + u24le(bytes, at + CHUNK_HEADER + 6);
        int height = 1 + u24le(bytes, at + CHUNK_HEADER + 9);
        if ((long) width * height > limits.maxPixels()) {
          return Refusals.tooManyPixels(ImageFormat.WEBP, width, height, limits);
        }
        // Not skipped but entered: the frame's bitstream is a chunk inside.
        at += CHUNK_HEADER + ANMF_LENGTH;
      } else {
        long length = u32le(bytes, at + 4);
        at += CHUNK_HEADER + length + (length & 1);
      }
    }
    return senseless("there is no frame among the first " + MAX_CHUNKS + " chunks");
  }

  private static Inspection frame(ImageBytes bytes, long chunk, ImageLimits limits) {
    long data = chunk + CHUNK_HEADER;
    if (hasAt(bytes, chunk, "VP8 ")) {
      if (!has(bytes, data, 10)) {
        return cut("VP8 frame header");
      }
      if ((u8(bytes, data) & 1) != 0 || !hasAt(bytes, data + 3, "\u009d\u0001*")) {
        return senseless("the VP8 chunk does not begin with a key frame");
      }
      // Two bits of scaling above each side.
      return sized(u16le(bytes, data + 6) & 0x3fff, u16le(bytes, data + 8) & 0x3fff, limits);
    }
    if (hasAt(bytes, chunk, "VP8L")) {
      if (!has(bytes, data, 5)) {
        return cut("VP8L frame header");
      }
      int bits = i32le(bytes, data + 1);
      if (u8(bytes, data) != 0x2f || bits >>> 29 != 0) {
        return senseless("the VP8L chunk has a wrong signature or version");
      }
      return sized(1 + (bits & 0x3fff), 1 + (bits >>> 14 & 0x3fff), limits);
    }
    return senseless("the first chunk is none of VP8, VP8L and VP8X");
  }

  private static Inspection sized(int width, int height, ImageLimits limits) {
    if (width == 0 || height == 0) {
      return senseless("the frame is " + width + " × " + height);
    }
    if ((long) width * height > limits.maxPixels()) {
      return Refusals.tooManyPixels(ImageFormat.WEBP, width, height, limits);
    }
    return new Inspection.Accepted(ImageFormat.WEBP, width, height);
  }

  private static Inspection cut(String part) {
    return Refusals.cut(ImageFormat.WEBP, part);
  }

  private static Inspection senseless(String what) {
    return Refusals.senseless(ImageFormat.WEBP, what);
  }
}
