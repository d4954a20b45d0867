package dev.whatsit.classifier.decode;

import java.io.IOException;

/** The transparency that goes with lossy WebP data (RFC 9649, section 2.7.1.2). */
final class WebpAlpha {
  private static final int NONE = 0;
  private static final int HORIZONTAL = 1;
  private static final int VERTICAL = 2;

  private WebpAlpha() {}

  /** One byte a pixel, 255 for opaque. */
  static byte[] plane(byte[] data, int from, int to, int width, int height, WorkLimit work)
      throws IOException {
    Octets in = new Octets(data, from, to);
    int flags = in.u8();
    byte[] plane = new byte[Math.multiplyExact(width, height)];
    switch (flags & 3) {
      case 0 -> {
        in.skip(plane.length);
        System.arraycopy(data, from + 1, plane, 0, plane.length);
      }
      case 1 -> {
        int[] argb = LosslessWebp.stream(data, from + 1, to, width, height, work);
        for (int i = 0; i < plane.length; i++) {
          plane[i] = (byte) (argb[i] >> 8);
        }
      }
      default -> throw new IOException("a compression of transparency that does not exist");
    }
    unfilter(plane, width, flags >> 2 & 3, work);
    return plane;
  }

  private static void unfilter(byte[] plane, int width, int filter, WorkLimit work)
      throws IOException {
    if (filter == NONE) {
      return;
    }
    for (int i = 1; i < plane.length; i++) {
      int predicted;
      if (i < width) {
        predicted = plane[i - 1];
      } else if (i % width == 0) {
        work.spend(width);
        predicted = plane[i - width];
      } else if (filter == HORIZONTAL) {
        predicted = plane[i - 1];
      } else if (filter == VERTICAL) {
        predicted = plane[i - width];
      } else {
        int gradient =
            (plane[i - 1] & 0xff) + (plane[i - width] & 0xff) - (plane[i - width - 1] & 0xff);
        predicted = Math.max(0, Math.min(255, gradient));
      }
      plane[i] += (byte) predicted;
    }
  }
}
