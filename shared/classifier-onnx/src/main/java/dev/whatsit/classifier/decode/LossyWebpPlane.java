package dev.whatsit.classifier.decode;

import java.util.Arrays;

/**
 * One row of blocks of one channel of a VP8 key frame, with the row of pixels above it and a column
 * of pixels to its left (RFC 6386, section 12). Beyond the frame, pixels above count as 127, those
 * to the left as 129.
 */
final class LossyWebpPlane {
  private static final int ABOVE = 127;
  private static final int LEFT = 129;

  /** Pixels right of the frame that the last block looks at. */
  private static final int RIGHT = 4;

  private final int side;
  private final int stride;
  private final int[] pixels;
  private final int[] edge = new int[13];
  private final int[] part = new int[16];

  /** A row of blocks of {@code side} pixels. */
  LossyWebpPlane(int side, int blocksAcross) {
    this.side = side;
    this.stride = 1 + blocksAcross * side + RIGHT;
    this.pixels = new int[stride * (side + 1)];
  }

  /** A decoded pixel of this row. */
  int pixel(int x, int y) {
    return pixels[(y + 1) * stride + 1 + x];
  }

  /** Goes down by one row of blocks. */
  void nextRow(boolean first) {
    if (first) {
      Arrays.fill(pixels, 0, stride, ABOVE);
    } else {
      System.arraycopy(pixels, side * stride, pixels, 0, stride - RIGHT);
      pixels[0] = LEFT;
      Arrays.fill(pixels, stride - RIGHT, stride, pixels[stride - RIGHT - 1]);
    }
    for (int y = 1; y <= side; y++) {
      pixels[y * stride] = LEFT;
    }
  }

  /** Predicts a whole block; the modes are DC, true motion, vertical, horizontal. */
  void predict(int column, int row, int mode) {
    int start = stride + 1 + column * side;
    int above = start - stride;
    switch (mode) {
      case 0 -> {
        int mean = mean(column > 0, row > 0, start);
        for (int y = 0; y < side; y++) {
          Arrays.fill(pixels, start + y * stride, start + y * stride + side, mean);
        }
      }
      case 1 -> {
        for (int y = 0, at = start; y < side; y++, at += stride) {
          int base = pixels[at - 1] - pixels[above - 1];
          for (int x = 0; x < side; x++) {
            pixels[at + x] = clamp(base + pixels[above + x]);
          }
        }
      }
      case 2 -> {
        for (int y = 0; y < side; y++) {
          System.arraycopy(pixels, above, pixels, start + y * stride, side);
        }
      }
      default -> {
        for (int y = 0, at = start; y < side; y++, at += stride) {
          Arrays.fill(pixels, at, at + side, pixels[at - 1]);
        }
      }
    }
  }

  private int mean(boolean left, boolean above, int start) {
    int sum = 0;
    int count = 0;
    for (int i = 0; i < side; i++) {
      if (above) {
        sum += pixels[start - stride + i];
        count++;
      }
      if (left) {
        sum += pixels[start + i * stride - 1];
        count++;
      }
    }
    return count == 0 ? 128 : (sum + count / 2) / count;
  }

  /** Adds what the coefficients make of a whole block, whose first part is given. */
  void add(int column, int[] coefficients, int firstPart) {
    int parts = side / 4;
    for (int y = 0; y < parts; y++) {
      for (int x = 0; x < parts; x++) {
        int at = (1 + y * 4) * stride + 1 + column * side + x * 4;
        addPart(at, coefficients, (firstPart + y * parts + x) * 16);
      }
    }
  }

  /** Predicts a block part by part, each from the finished ones around it. */
  void predictParts(int column, int[] modes, int[] coefficients) {
    for (int y = 0; y < 4; y++) {
      for (int x = 0; x < 4; x++) {
        int at = (1 + y * 4) * stride + 1 + column * side + x * 4;
        for (int i = 0; i < 4; i++) {
          edge[3 - i] = pixels[at + i * stride - 1];
        }
        System.arraycopy(pixels, at - stride - 1, edge, 4, 5);
        // Right of the block there is only the row of blocks above.
        int right = x == 3 ? 1 + column * side + 16 : at - stride + 4;
        System.arraycopy(pixels, right, edge, 9, 4);
        predictPart(at, modes[y * 4 + x]);
        addPart(at, coefficients, (y * 4 + x) * 16);
      }
    }
  }

  /**
   * Section 12.3. The edge goes from the lower left pixel, 0, over the corner, 4, to the upper
   * right one, 12.
   */
  private void predictPart(int at, int mode) {
    int[] p = part;
    switch (mode) {
      case 0 -> {
        int sum = 4;
        for (int i = 0; i < 4; i++) {
          sum += edge[i] + edge[5 + i];
        }
        Arrays.fill(p, sum >> 3);
      }
      case 1 -> {
        for (int i = 0; i < 16; i++) {
          p[i] = clamp(edge[3 - i / 4] + edge[5 + i % 4] - edge[4]);
        }
      }
      case 2 -> {
        for (int i = 0; i < 16; i++) {
          p[i] = three(5 + i % 4);
        }
      }
      case 3 -> {
        for (int i = 0; i < 16; i++) {
          p[i] = i < 12 ? three(3 - i / 4) : (edge[1] + 3 * edge[0] + 2) >> 2;
        }
      }
      case 4 -> {
        for (int i = 0; i < 15; i++) {
          p[i] = three(6 + i / 4 + i % 4);
        }
        p[15] = (edge[11] + 3 * edge[12] + 2) >> 2;
      }
      case 5 -> {
        for (int i = 0; i < 16; i++) {
          p[i] = three(4 - i / 4 + i % 4);
        }
      }
      case 6 -> {
        p[12] = three(2);
        p[8] = three(3);
        p[13] = p[4] = three(4);
        p[9] = p[0] = two(4);
        p[14] = p[5] = three(5);
        p[10] = p[1] = two(5);
        p[15] = p[6] = three(6);
        p[11] = p[2] = two(6);
        p[7] = three(7);
        p[3] = two(7);
      }
      case 7 -> {
        p[0] = two(5);
        p[4] = three(6);
        p[8] = p[1] = two(6);
        p[5] = p[12] = three(7);
        p[9] = p[2] = two(7);
        p[13] = p[6] = three(8);
        p[10] = p[3] = two(8);
        p[14] = p[7] = three(9);
        p[11] = three(10);
        p[15] = three(11);
      }
      case 8 -> {
        p[12] = two(0);
        p[13] = three(1);
        p[8] = p[14] = two(1);
        p[9] = p[15] = three(2);
        p[4] = p[10] = two(2);
        p[5] = p[11] = three(3);
        p[0] = p[6] = two(3);
        p[1] = p[7] = three(4);
        p[2] = three(5);
        p[3] = three(6);
      }
      default -> {
        p[0] = two(2);
        p[1] = three(2);
        p[2] = p[4] = two(1);
        p[3] = p[5] = three(1);
        p[6] = p[8] = two(0);
        p[7] = p[9] = (edge[1] + 3 * edge[0] + 2) >> 2;
        p[10] = p[11] = p[12] = p[13] = p[14] = p[15] = edge[0];
      }
    }
    for (int y = 0; y < 4; y++) {
      System.arraycopy(p, y * 4, pixels, at + y * stride, 4);
    }
  }

  /** The mean of an edge pixel and the next. */
  private int two(int at) {
    return (edge[at] + edge[at + 1] + 1) >> 1;
  }

  /** The mean of an edge pixel, which counts twice, and its two neighbours. */
  private int three(int at) {
    return (edge[at - 1] + 2 * edge[at] + edge[at + 1] + 2) >> 2;
  }

  /** The inverse cosine transform (section 14.4), added to what was predicted. */
  private void addPart(int at, int[] in, int from) {
    boolean empty = true;
    for (int i = from; i < from + 16 && empty; i++) {
      empty = in[i] == 0;
    }
    if (empty) {
      return;
    }
    int[] t = part;
    for (int i = 0; i < 4; i++) {
      int i0 = in[from + i];
      int i1 = in[from + 4 + i];
      int i2 = in[from + 8 + i];
      int i3 = in[from + 12 + i];
      int c = sine(i1) - cosine(i3);
      int d = cosine(i1) + sine(i3);
      t[i] = i0 + i2 + d;
      t[12 + i] = i0 + i2 - d;
      t[4 + i] = i0 - i2 + c;
      t[8 + i] = i0 - i2 - c;
    }
    for (int y = 0, out = at; y < 4; y++, out += stride) {
      int i0 = t[4 * y] + 4;
      int i1 = t[4 * y + 1];
      int i2 = t[4 * y + 2];
      int i3 = t[4 * y + 3];
      int c = sine(i1) - cosine(i3);
      int d = cosine(i1) + sine(i3);
      pixels[out] = clamp(pixels[out] + ((i0 + i2 + d) >> 3));
      pixels[out + 1] = clamp(pixels[out + 1] + ((i0 - i2 + c) >> 3));
      pixels[out + 2] = clamp(pixels[out + 2] + ((i0 - i2 - c) >> 3));
      pixels[out + 3] = clamp(pixels[out + 3] + ((i0 + i2 - d) >> 3));
    }
  }

  private static int cosine(int value) {
    return value + ((value * 20091) >> 16);
  }

  private static int sine(int value) {
    return (value * 35468) >> 16;
  }

  private static int clamp(int value) {
    return Math.max(0, Math.min(255, value));
  }
}
