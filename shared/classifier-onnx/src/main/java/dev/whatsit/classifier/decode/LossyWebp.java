package dev.whatsit.classifier.decode;

import java.io.IOException;
import java.util.Arrays;

/**
 * Decodes lossy WebP data, a VP8 key frame (RFC 6386), row by row of its blocks of 16 × 16 pixels,
 * so that it needs hardly any memory. The loop filter is left out: it smooths the borders of
 * blocks, works on finished blocks only, and is not seen in a picture that is shrunk.
 */
final class LossyWebp {
  private static final int HEADER = 10;
  private static final int START_CODE = 0x2a019d;

  // Modes of whole blocks (section 8.2 in the order of use here).
  private static final int DC = 0;
  private static final int TRUE_MOTION = 1;
  private static final int VERTICAL = 2;
  private static final int HORIZONTAL = 3;
  private static final int PARTS = 4;

  private static final int[] ZIGZAG = {0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15};
  private static final int[] BANDS = {0, 1, 2, 3, 6, 4, 5, 6, 6, 6, 6, 6, 6, 6, 6, 7};

  /** Odds of the further bits of large coefficients, by category (section 13.2). */
  private static final int[][] LARGE = {
    {173, 148, 140},
    {176, 155, 140, 135},
    {180, 157, 141, 134, 130},
    {254, 254, 243, 230, 196, 177, 153, 140, 133, 130, 129}
  };

  private final int width;
  private final int height;
  private final int blocksAcross;
  private final WorkLimit work;
  private final LossyWebpBits modes;
  private final LossyWebpBits[] partitions;

  private boolean segmentMap;
  private final int[] segmentOdds = {255, 255, 255};
  private final Steps[] steps = new Steps[4];
  private final int[] odds = new int[LossyWebpTables.tokens()];
  private boolean skips;
  private int skipOdds;

  private final LossyWebpPlane luma;
  private final LossyWebpPlane blue;
  private final LossyWebpPlane red;

  /** Modes of the parts above, and of those to the left. */
  private final int[] modesAbove;

  private final int[] modesLeft = new int[4];

  /** Whether parts above and to the left have coefficients: luma 4, blue 2, red 2, means 1. */
  private final byte[] filledAbove;

  private final byte[] filledLeft = new byte[9];

  private final int[] partModes = new int[16];
  private final int[] coefficients = new int[25 * 16];

  private LossyWebp(byte[] data, int from, int to, WorkLimit work) throws IOException {
    int[] size = size(data, from, to);
    this.width = size[0];
    this.height = size[1];
    this.work = work;
    this.blocksAcross = (width + 15) / 16;
    int first = from + HEADER;
    int rest = first + firstPartition(data, from);
    this.modes = new LossyWebpBits(data, first, rest);
    int count = header();
    this.partitions = partitions(data, rest, to, count);
    odds();
    this.luma = new LossyWebpPlane(16, blocksAcross);
    this.blue = new LossyWebpPlane(8, blocksAcross);
    this.red = new LossyWebpPlane(8, blocksAcross);
    this.modesAbove = new int[blocksAcross * 4];
    this.filledAbove = new byte[blocksAcross * 9];
  }

  /** The dimensions in a key frame's header (section 9.1): width, height. */
  static int[] size(byte[] data, int from, int to) throws IOException {
    Octets in = new Octets(data, from, to);
    if ((in.u24le() & 1) != 0 || in.u24le() != START_CODE) {
      throw new IOException("not a VP8 key frame");
    }
    int[] size = {in.u16le() & 0x3fff, in.u16le() & 0x3fff};
    in.skip(firstPartition(data, from));
    return size;
  }

  private static int firstPartition(byte[] data, int from) {
    return ((data[from] & 0xff) | (data[from + 1] & 0xff) << 8 | (data[from + 2] & 0xff) << 16)
        >> 5;
  }

  /** How many bytes decoding needs at most, beyond the samples. */
  static long needBytes(int width) {
    // 17 rows of luma and 9 of each of two chromas as numbers, and what is known of blocks above.
    return (1 << 20) + (width + 16L) * 4 * (17 + 9 + 4);
  }

  /** The window's samples as {@code 0xffRRGGBB}. */
  static int[] samples(byte[] data, int from, int to, Window window, WorkLimit work)
      throws IOException {
    return new LossyWebp(data, from, to, work).decode(window);
  }

  /** Sections 9.2 to 9.6, from the colour space to the steps: how many partitions there are. */
  private int header() throws IOException {
    modes.number(2);
    int[] quantizers = new int[4];
    boolean segments = modes.flag();
    boolean absolute = false;
    if (segments) {
      segmentMap = modes.flag();
      if (modes.flag()) {
        absolute = modes.flag();
        for (int i = 0; i < 4; i++) {
          quantizers[i] = modes.optionalSigned(7);
        }
        for (int i = 0; i < 4; i++) {
          modes.optionalSigned(6);
        }
      }
      if (segmentMap) {
        for (int i = 0; i < 3; i++) {
          segmentOdds[i] = modes.flag() ? modes.number(8) : 255;
        }
      }
    }
    modes.number(1 + 6 + 3);
    boolean adjusted = modes.flag();
    if (adjusted && modes.flag()) {
      for (int i = 0; i < 8; i++) {
        modes.optionalSigned(6);
      }
    }
    int count = 1 << modes.number(2);
    int base = modes.number(7);
    int[] deltas = new int[5];
    for (int i = 0; i < 5; i++) {
      deltas[i] = modes.optionalSigned(4);
    }
    for (int i = 0; i < 4; i++) {
      steps[i] = Steps.of(segments && absolute ? quantizers[i] : base + quantizers[i], deltas);
    }
    modes.flag();
    return count;
  }

  /** Section 9.5. */
  private static LossyWebpBits[] partitions(byte[] data, int from, int to, int count)
      throws IOException {
    Octets sizes = new Octets(data, from, to);
    Octets bodies = new Octets(data, from, to);
    bodies.skip(3L * (count - 1));
    LossyWebpBits[] partitions = new LossyWebpBits[count];
    for (int i = 0; i < count; i++) {
      int start = bodies.position();
      bodies.skip(i < count - 1 ? sizes.u24le() : bodies.left());
      partitions[i] = new LossyWebpBits(data, start, bodies.position());
    }
    return partitions;
  }

  /** Sections 9.9 to 9.11. */
  private void odds() throws IOException {
    for (int i = 0; i < odds.length; i++) {
      boolean set = modes.read(LossyWebpTables.update(i)) == 1;
      odds[i] = set ? modes.number(8) : LossyWebpTables.token(i);
    }
    skips = modes.flag();
    skipOdds = skips ? modes.number(8) : 0;
  }

  /** What coefficients of one segment are multiplied by (section 9.6). */
  private record Steps(int dc, int ac, int meansDc, int meansAc, int chromaDc, int chromaAc) {
    static Steps of(int index, int[] deltas) {
      int base = Math.max(0, Math.min(127, index));
      return new Steps(
          LossyWebpTables.dcStep(base + deltas[0], 127),
          LossyWebpTables.acStep(base),
          LossyWebpTables.dcStep(base + deltas[1], 127) * 2,
          Math.max(8, LossyWebpTables.acStep(base + deltas[2]) * 155 / 100),
          LossyWebpTables.dcStep(base + deltas[3], 117),
          LossyWebpTables.acStep(base + deltas[4]));
    }
  }

  private int[] decode(Window window) throws IOException {
    int[] samples = new int[Math.multiplyExact(window.columns(), window.rows())];
    int blocksDown = (height + 15) / 16;
    int nextRow = 0;
    for (int blockRow = 0; blockRow < blocksDown; blockRow++) {
      work.spend(blocksAcross * 256);
      luma.nextRow(blockRow == 0);
      blue.nextRow(blockRow == 0);
      red.nextRow(blockRow == 0);
      Arrays.fill(modesLeft, DC);
      Arrays.fill(filledLeft, (byte) 0);
      LossyWebpBits tokens = partitions[blockRow & (partitions.length - 1)];
      for (int column = 0; column < blocksAcross; column++) {
        block(tokens, column, blockRow);
      }
      while (nextRow < window.rows()
          && window.y() + nextRow * window.stepY() < (blockRow + 1) * 16) {
        int y = window.y() + nextRow * window.stepY() - blockRow * 16;
        int out = nextRow * window.columns();
        for (int column = 0; column < window.columns(); column++) {
          int x = window.x() + column * window.stepX();
          samples[out + column] =
              rgb(luma.pixel(x, y), blue.pixel(x / 2, y / 2), red.pixel(x / 2, y / 2));
        }
        nextRow++;
      }
    }
    return samples;
  }

  /** BT.601 with the headroom that VP8 in WebP always has. */
  private static int rgb(int luma, int blue, int red) {
    int light = 298 * (luma - 16) + 128;
    int r = (light + 409 * (red - 128)) >> 8;
    int g = (light - 100 * (blue - 128) - 208 * (red - 128)) >> 8;
    int b = (light + 516 * (blue - 128)) >> 8;
    return 0xff000000 | clamp(r) << 16 | clamp(g) << 8 | clamp(b);
  }

  private static int clamp(int value) {
    return Math.max(0, Math.min(255, value));
  }

  private void block(LossyWebpBits tokens, int column, int row) throws IOException {
    int segment = 0;
    if (segmentMap) {
      segment =
          modes.read(segmentOdds[0]) == 0
              ? modes.read(segmentOdds[1])
              : 2 + modes.read(segmentOdds[2]);
    }
    boolean skipped = skips && modes.read(skipOdds) == 1;
    int mode = lumaMode(column);
    int chromaMode = chromaMode();
    Arrays.fill(coefficients, 0);
    if (skipped) {
      int kept = mode == PARTS ? 8 : 9;
      Arrays.fill(filledAbove, column * 9, column * 9 + kept, (byte) 0);
      Arrays.fill(filledLeft, 0, kept, (byte) 0);
    } else {
      coefficients(tokens, column * 9, mode != PARTS, steps[segment]);
    }
    if (mode == PARTS) {
      luma.predictParts(column, partModes, coefficients);
    } else {
      luma.predict(column, row, mode);
      luma.add(column, coefficients, 0);
    }
    blue.predict(column, row, chromaMode);
    blue.add(column, coefficients, 16);
    red.predict(column, row, chromaMode);
    red.add(column, coefficients, 20);
  }

  /** Section 11.2; for a block in one piece its parts count as predicted alike (11.3). */
  private int lumaMode(int column) throws IOException {
    if (modes.read(145) == 1) {
      int mode =
          modes.read(156) == 1
              ? modes.read(128) == 1 ? TRUE_MOTION : HORIZONTAL
              : modes.read(163) == 1 ? VERTICAL : DC;
      Arrays.fill(modesAbove, column * 4, column * 4 + 4, mode);
      Arrays.fill(modesLeft, mode);
      return mode;
    }
    for (int y = 0; y < 4; y++) {
      for (int x = 0; x < 4; x++) {
        int mode = partMode(modesAbove[column * 4 + x], modesLeft[y]);
        modesAbove[column * 4 + x] = mode;
        modesLeft[y] = mode;
        partModes[y * 4 + x] = mode;
      }
    }
    return PARTS;
  }

  /** The tree of section 11.2, whose order of modes is that of the tables. */
  private int partMode(int above, int left) throws IOException {
    for (int mode = 0; mode < 3; mode++) {
      if (part(above, left, mode) == 0) {
        return mode;
      }
    }
    if (part(above, left, 3) == 0) {
      return part(above, left, 4) == 0 ? 3 : 5 + part(above, left, 5);
    }
    if (part(above, left, 6) == 0) {
      return 4;
    }
    return part(above, left, 7) == 0 ? 7 : 8 + part(above, left, 8);
  }

  private int part(int above, int left, int at) throws IOException {
    return modes.read(LossyWebpTables.mode(above, left, at));
  }

  private int chromaMode() throws IOException {
    if (modes.read(142) == 0) {
      return DC;
    }
    if (modes.read(114) == 0) {
      return VERTICAL;
    }
    return modes.read(183) == 0 ? HORIZONTAL : TRUE_MOTION;
  }

  /** Section 13: 16 parts of luma, 4 of blue, 4 of red; the means are spread over the luma. */
  private void coefficients(LossyWebpBits tokens, int above, boolean means, Steps by)
      throws IOException {
    int first = 0;
    int type = 3;
    if (means) {
      int context = filledAbove[above + 8] + filledLeft[8];
      int filled = tokens(tokens, 1, context, 0, 24 * 16, by.meansDc, by.meansAc);
      filledAbove[above + 8] = (byte) filled;
      filledLeft[8] = (byte) filled;
      spreadMeans();
      first = 1;
      type = 0;
    }
    plane(tokens, type, first, above, 0, 4, 0, by.dc, by.ac);
    plane(tokens, 2, 0, above, 4, 2, 16, by.chromaDc, by.chromaAc);
    plane(tokens, 2, 0, above, 6, 2, 20, by.chromaDc, by.chromaAc);
  }

  private void plane(
      LossyWebpBits tokens,
      int type,
      int first,
      int above,
      int place,
      int side,
      int part,
      int dc,
      int ac)
      throws IOException {
    for (int y = 0; y < side; y++) {
      for (int x = 0; x < side; x++) {
        int context = filledAbove[above + place + x] + filledLeft[place + y];
        int at = (part + y * side + x) * 16;
        int filled = tokens(tokens, type, context, first, at, dc, ac);
        filledAbove[above + place + x] = (byte) filled;
        filledLeft[place + y] = (byte) filled;
      }
    }
  }

  /** The coefficients of one part, multiplied: 1 if there were any, else 0. */
  private int tokens(
      LossyWebpBits tokens, int type, int context, int first, int out, int dc, int ac)
      throws IOException {
    int at = ((type * 8 + BANDS[first]) * 3 + context) * 11;
    for (int i = first; i < 16; ) {
      if (tokens.read(odds[at]) == 0) {
        return i > first ? 1 : 0;
      }
      while (tokens.read(odds[at + 1]) == 0) {
        i++;
        if (i == 16) {
          return 1;
        }
        at = (type * 8 + BANDS[i]) * 33;
      }
      int value = 1;
      int next = 1;
      if (tokens.read(odds[at + 2]) == 1) {
        value = large(tokens, at);
        next = 2;
      }
      value *= i == 0 ? dc : ac;
      coefficients[out + ZIGZAG[i]] = tokens.flag() ? -value : value;
      i++;
      if (i < 16) {
        at = ((type * 8 + BANDS[i]) * 3 + next) * 11;
      }
    }
    return 1;
  }

  private int large(LossyWebpBits tokens, int at) throws IOException {
    if (tokens.read(odds[at + 3]) == 0) {
      return tokens.read(odds[at + 4]) == 0 ? 2 : 3 + tokens.read(odds[at + 5]);
    }
    if (tokens.read(odds[at + 6]) == 0) {
      if (tokens.read(odds[at + 7]) == 0) {
        return 5 + tokens.read(159);
      }
      int high = tokens.read(165);
      return 7 + 2 * high + tokens.read(145);
    }
    int high = tokens.read(odds[at + 8]);
    int category = 2 * high + tokens.read(odds[at + 9 + high]);
    int value = 0;
    for (int bit : LARGE[category]) {
      value = 2 * value + tokens.read(bit);
    }
    return 3 + (8 << category) + value;
  }

  /** The inverse Walsh-Hadamard transform (section 14.3). */
  private void spreadMeans() {
    int[] in = coefficients;
    int base = 24 * 16;
    for (int i = base; i < base + 4; i++) {
      int a = in[i] + in[i + 12];
      int b = in[i + 4] + in[i + 8];
      int c = in[i + 4] - in[i + 8];
      int d = in[i] - in[i + 12];
      in[i] = a + b;
      in[i + 4] = d + c;
      in[i + 8] = a - b;
      in[i + 12] = d - c;
    }
    for (int i = 0; i < 4; i++) {
      int row = base + 4 * i;
      int a = in[row] + in[row + 3] + 3;
      int b = in[row + 1] + in[row + 2];
      int c = in[row + 1] - in[row + 2];
      int d = in[row] - in[row + 3] + 3;
      int out = i * 4 * 16;
      in[out] = (a + b) >> 3;
      in[out + 16] = (d + c) >> 3;
      in[out + 32] = (a - b) >> 3;
      in[out + 48] = (d - c) >> 3;
    }
  }
}
