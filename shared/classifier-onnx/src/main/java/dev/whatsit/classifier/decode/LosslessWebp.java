package dev.whatsit.classifier.decode;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.stream.IntStream;

/**
 * Decodes lossless WebP data (RFC 9649, section 3) within bounds: every transform at most once, as
 * the format demands, and code tables only for the codes that are used.
 */
final class LosslessWebp {
  private static final int SIGNATURE = 0x2f;
  private static final int HEADER = 5;

  private static final int PREDICTOR = 0;
  private static final int COLOR = 1;
  private static final int SUBTRACT_GREEN = 2;
  private static final int COLOR_INDEXING = 3;

  private static final int LITERALS = 256;
  private static final int LENGTHS = 24;
  private static final int DISTANCES = 40;

  /** What code tables may hold together; encoders need a tenth of it. */
  private static final int TABLE_BYTES = 16 << 20;

  /**
   * The 120 near pixels that short distance codes mean, as pairs right and up: the nearest first,
   * of equally near ones the more upright first, of mirrored ones the left first.
   */
  private static final int[][] NEAR =
      IntStream.range(0, 8 * 16)
          .mapToObj(i -> new int[] {i % 16 - 7, i / 16})
          .filter(near -> near[1] > 0 || near[0] > 0)
          .sorted(
              Comparator.comparingInt((int[] near) -> near[0] * near[0] + near[1] * near[1])
                  .thenComparingInt(near -> Math.abs(near[0]))
                  .thenComparingInt(near -> -near[0]))
          .toArray(int[][]::new);

  /** How a decoded image was changed before it was coded. */
  private static final class Transform {
    private final int type;
    private final int width;
    private final int bits;
    private final int[] values;

    Transform(int type, int width, int bits, int[] values) {
      this.type = type;
      this.width = width;
      this.bits = bits;
      this.values = values;
    }
  }

  private final LosslessBits bits;
  private final WorkLimit work;
  private int tableBytes = TABLE_BYTES;

  private LosslessWebp(byte[] data, int from, int to, WorkLimit work) {
    this.bits = new LosslessBits(data, from, to);
    this.work = work;
  }

  /** The dimensions in the header: width, height. */
  static int[] size(byte[] data, int from, int to) throws IOException {
    Octets in = new Octets(data, from, to);
    if (in.u8() != SIGNATURE) {
      throw new IOException("no signature of lossless data");
    }
    long fields = in.u32le();
    if (fields >> 29 != 0) {
      throw new IOException("a version that does not exist");
    }
    return new int[] {(int) (fields & 0x3fff) + 1, (int) (fields >> 14 & 0x3fff) + 1};
  }

  /** How many bytes decoding needs at most. */
  static long needBytes(int width, int height) {
    // The pixels, and four small images of at most a sixteenth each: predictors, colour factors,
    // the choice of codes, and one being decoded.
    return (long) width * height * 5 + TABLE_BYTES + (1 << 20);
  }

  /** An image with its header, as {@code 0xAARRGGBB}. */
  static int[] image(byte[] data, int from, int to, int width, int height, WorkLimit work)
      throws IOException {
    int[] argb = stream(data, from + HEADER, to, width, height, work);
    boolean transparent = (data[from + HEADER - 1] & 0x10) != 0;
    if (!transparent) {
      for (int i = 0; i < argb.length; i++) {
        argb[i] |= 0xff000000;
      }
    }
    return argb;
  }

  /** An image without its header. */
  static int[] stream(byte[] data, int from, int to, int width, int height, WorkLimit work)
      throws IOException {
    return new LosslessWebp(data, from, to, work).decode(width, height);
  }

  private int[] decode(int width, int height) throws IOException {
    int[] argb = new int[Math.multiplyExact(width, height)];
    Deque<Transform> transforms = new ArrayDeque<>();
    int seen = 0;
    int packedWidth = width;
    while (bits.read(1) == 1) {
      int type = bits.read(2);
      if ((seen & 1 << type) != 0) {
        throw new IOException("a transform comes twice");
      }
      seen |= 1 << type;
      Transform transform = transform(type, packedWidth, height);
      transforms.push(transform);
      if (type == COLOR_INDEXING) {
        packedWidth = blocks(packedWidth, transform.bits);
      }
    }
    fill(argb, packedWidth, height, true);
    bits.verify();
    for (Transform transform : transforms) {
      undo(transform, argb, height);
    }
    return argb;
  }

  private Transform transform(int type, int width, int height) throws IOException {
    switch (type) {
      case PREDICTOR, COLOR -> {
        int size = bits.read(3) + 2;
        return new Transform(type, width, size, block(width, height, size));
      }
      case COLOR_INDEXING -> {
        int colors = bits.read(8) + 1;
        int[] table = new int[colors];
        fill(table, colors, 1, false);
        for (int i = 1; i < colors; i++) {
          table[i] = add(table[i], table[i - 1]);
        }
        int packing = colors <= 2 ? 3 : colors <= 4 ? 2 : colors <= 16 ? 1 : 0;
        return new Transform(type, width, packing, table);
      }
      default -> {
        return new Transform(type, width, 0, new int[0]);
      }
    }
  }

  private int[] block(int width, int height, int size) throws IOException {
    int across = blocks(width, size);
    int down = blocks(height, size);
    int[] values = new int[across * down];
    fill(values, across, down, false);
    return values;
  }

  private static int blocks(int length, int bits) {
    return (length + (1 << bits) - 1) >> bits;
  }

  /** Decodes one entropy-coded image into the front of an array. */
  private void fill(int[] argb, int width, int height, boolean main) throws IOException {
    int cacheBits = 0;
    if (bits.read(1) == 1) {
      cacheBits = bits.read(4);
      if (cacheBits < 1 || cacheBits > 11) {
        throw new IOException("a colour cache of " + cacheBits + " bits");
      }
    }
    int choiceBits = 0;
    int[] choice = {};
    if (main && bits.read(1) == 1) {
      choiceBits = bits.read(3) + 2;
      choice = block(width, height, choiceBits);
    }
    Codes[] groups = groups(choice, cacheBits);
    int[] cache = new int[cacheBits == 0 ? 0 : 1 << cacheBits];
    int cacheShift = 32 - cacheBits;
    int choiceWidth = choice.length == 0 ? 0 : blocks(width, choiceBits);
    int choiceMask = choice.length == 0 ? -1 : (1 << choiceBits) - 1;
    int end = width * height;
    int x = 0;
    int y = 0;
    Codes codes = groups[choice.length == 0 ? 0 : choice[0]];
    for (int at = 0; at < end; ) {
      if ((x & choiceMask) == 0 && choice.length > 0) {
        codes = groups[choice[(y >> choiceBits) * choiceWidth + (x >> choiceBits)]];
      }
      int symbol = codes.green.read(bits);
      int length = 1;
      if (symbol < LITERALS) {
        int red = codes.red.read(bits);
        int blue = codes.blue.read(bits);
        int alpha = codes.alpha.read(bits);
        argb[at] = alpha << 24 | red << 16 | symbol << 8 | blue;
      } else if (symbol < LITERALS + LENGTHS) {
        length = value(symbol - LITERALS);
        int distance = distance(value(codes.distance.read(bits)), width);
        if (distance > at || length > end - at) {
          throw new IOException("a reference beside the image");
        }
        for (int i = 0; i < length; i++) {
          argb[at + i] = argb[at + i - distance];
        }
      } else {
        argb[at] = cache[symbol - LITERALS - LENGTHS];
      }
      if (cacheBits > 0) {
        for (int i = at; i < at + length; i++) {
          cache[(argb[i] * 0x1e35a7bd) >>> cacheShift] = argb[i];
        }
      }
      at += length;
      x += length;
      if (x >= width) {
        work.spend(x);
        bits.verify();
        y += x / width;
        x %= width;
      }
      if (length > 1 && choice.length > 0 && at < end) {
        codes = groups[choice[(y >> choiceBits) * choiceWidth + (x >> choiceBits)]];
      }
    }
  }

  private int value(int prefix) throws IOException {
    if (prefix < 4) {
      return prefix + 1;
    }
    int extra = (prefix - 2) >> 1;
    return ((2 + (prefix & 1)) << extra) + bits.read(extra) + 1;
  }

  private static int distance(int code, int width) {
    if (code > NEAR.length) {
      return code - NEAR.length;
    }
    int[] near = NEAR[code - 1];
    return Math.max(1, near[0] + near[1] * width);
  }

  /** Reads every group of codes and keeps those that the choice names, which it renumbers. */
  private Codes[] groups(int[] choice, int cacheBits) throws IOException {
    int greens = LITERALS + LENGTHS + (cacheBits == 0 ? 0 : 1 << cacheBits);
    if (choice.length == 0) {
      return new Codes[] {codes(greens)};
    }
    int most = 0;
    for (int i = 0; i < choice.length; i++) {
      choice[i] = choice[i] >> 8 & 0xffff;
      most = Math.max(most, choice[i]);
    }
    boolean[] used = new boolean[most + 1];
    for (int group : choice) {
      used[group] = true;
    }
    Codes[] groups = new Codes[most + 1];
    for (int i = 0; i <= most; i++) {
      int before = tableBytes;
      Codes codes = codes(greens);
      if (used[i]) {
        groups[i] = codes;
      } else {
        tableBytes = before;
      }
    }
    return groups;
  }

  private Codes codes(int greens) throws IOException {
    return new Codes(code(greens), code(LITERALS), code(LITERALS), code(LITERALS), code(DISTANCES));
  }

  private LosslessCode code(int symbols) throws IOException {
    work.spend(symbols);
    LosslessCode code = LosslessCode.read(bits, symbols);
    tableBytes -= code.bytes();
    if (tableBytes < 0) {
      throw new TooMuchWork("code tables of more than " + TABLE_BYTES + " bytes");
    }
    return code;
  }

  /** The five codes of one group. */
  private record Codes(
      LosslessCode green,
      LosslessCode red,
      LosslessCode blue,
      LosslessCode alpha,
      LosslessCode distance) {}

  private void undo(Transform transform, int[] argb, int height) throws IOException {
    int width = transform.width;
    switch (transform.type) {
      case PREDICTOR -> {
        for (int y = 0; y < height; y++) {
          work.spend(4 * width);
          predict(transform, argb, y);
        }
      }
      case COLOR -> {
        for (int y = 0; y < height; y++) {
          work.spend(2 * width);
          color(transform, argb, y);
        }
      }
      case SUBTRACT_GREEN -> {
        for (int i = 0; i < width * height; i++) {
          int green = argb[i] >> 8 & 0xff;
          argb[i] =
              (argb[i] & 0xff00ff00) | ((argb[i] & 0xff00ff) + (green << 16 | green) & 0xff00ff);
        }
      }
      case COLOR_INDEXING -> unpack(transform, argb, height);
      default -> throw new IOException("a transform that does not exist");
    }
  }

  /** From the end, so that the packed pixels at the front are read before they are written over. */
  private static void unpack(Transform transform, int[] argb, int height) {
    int width = transform.width;
    int packing = transform.bits;
    int packedWidth = blocks(width, packing);
    int depth = 8 >> packing;
    int mask = (1 << depth) - 1;
    int[] table = Arrays.copyOf(transform.values, 256);
    for (int y = height - 1; y >= 0; y--) {
      for (int x = width - 1; x >= 0; x--) {
        int packed = argb[y * packedWidth + (x >> packing)] >> 8 & 0xff;
        int within = x & (1 << packing) - 1;
        argb[y * width + x] = table[(packed >> (within * depth)) & mask];
      }
    }
  }

  private static void color(Transform transform, int[] argb, int y) {
    int width = transform.width;
    int factors = (y >> transform.bits) * blocks(width, transform.bits);
    for (int x = 0; x < width; x++) {
      int factor = transform.values[factors + (x >> transform.bits)];
      int pixel = argb[y * width + x];
      int green = pixel >> 8;
      int red = (pixel >> 16) + delta(factor, green);
      int blue = pixel + delta(factor >> 8, green) + delta(factor >> 16, red);
      argb[y * width + x] = (pixel & 0xff00ff00) | (red & 0xff) << 16 | (blue & 0xff);
    }
  }

  private static int delta(int factor, int channel) {
    return ((byte) factor * (byte) channel) >> 5;
  }

  private static void predict(Transform transform, int[] argb, int y) {
    int width = transform.width;
    int start = y * width;
    int modes = (y >> transform.bits) * blocks(width, transform.bits);
    for (int x = 0; x < width; x++) {
      int at = start + x;
      int predicted;
      if (y == 0) {
        predicted = x == 0 ? 0xff000000 : argb[at - 1];
      } else if (x == 0) {
        predicted = argb[at - width];
      } else {
        int mode = transform.values[modes + (x >> transform.bits)] >> 8 & 15;
        // Right of the last pixel of the row above comes the first of this one.
        predicted =
            predicted(
                mode, argb[at - 1], argb[at - width], argb[at - width - 1], argb[at - width + 1]);
      }
      argb[at] = add(argb[at], predicted);
    }
  }

  private static int predicted(int mode, int left, int top, int topLeft, int topRight) {
    return switch (mode) {
      case 1 -> left;
      case 2 -> top;
      case 3 -> topRight;
      case 4 -> topLeft;
      case 5 -> average(average(left, topRight), top);
      case 6 -> average(left, topLeft);
      case 7 -> average(left, top);
      case 8 -> average(topLeft, top);
      case 9 -> average(top, topRight);
      case 10 -> average(average(left, topLeft), average(top, topRight));
      case 11 -> select(left, top, topLeft);
      case 12 -> clampedSum(left, top, topLeft);
      case 13 -> clampedHalf(average(left, top), topLeft);
      default -> 0xff000000;
    };
  }

  private static int add(int a, int b) {
    return ((a & 0xff00ff00) + (b & 0xff00ff00) & 0xff00ff00)
        | ((a & 0xff00ff) + (b & 0xff00ff) & 0xff00ff);
  }

  private static int average(int a, int b) {
    return (a & b) + (((a ^ b) & 0xfefefefe) >>> 1);
  }

  private static int select(int left, int top, int topLeft) {
    int fromLeft = 0;
    int fromTop = 0;
    for (int shift = 0; shift < 32; shift += 8) {
      int corner = topLeft >>> shift & 0xff;
      // The guess is left + top - corner, so its distance from one is that of the other.
      fromLeft += Math.abs((top >>> shift & 0xff) - corner);
      fromTop += Math.abs((left >>> shift & 0xff) - corner);
    }
    return fromLeft < fromTop ? left : top;
  }

  private static int clampedSum(int left, int top, int topLeft) {
    int sum = 0;
    for (int shift = 0; shift < 32; shift += 8) {
      int value = (left >>> shift & 0xff) + (top >>> shift & 0xff) - (topLeft >>> shift & 0xff);
      sum |= Math.max(0, Math.min(255, value)) << shift;
    }
    return sum;
  }

  private static int clampedHalf(int mean, int topLeft) {
    int sum = 0;
    for (int shift = 0; shift < 32; shift += 8) {
      int value = mean >>> shift & 0xff;
      value += (value - (topLeft >>> shift & 0xff)) / 2;
      sum |= Math.max(0, Math.min(255, value)) << shift;
    }
    return sum;
  }
}
