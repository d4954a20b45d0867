package dev.whatsit.classifier.decode;

import java.io.IOException;

/**
 * Lossy WebP data (VP8, RFC 6386) made ready for TwelveMonkeys 3.14.0, whose decoder filters each
 * block as soon as it is decoded and then predicts the next ones from it. The format predicts from
 * unfiltered blocks (section 15), so that its pictures drift, some of them beyond recognition.
 * Without the filter its result is right but for the smoothing, which a model never sees.
 */
final class LossyWebp {
  private static final int HEADER = 10;
  private static final int START_CODE = 0x2a019d;

  private LossyWebp() {}

  /** The dimensions in a key frame's header (section 9.1): width, height. */
  static int[] size(byte[] data, int from, int to) throws IOException {
    Octets in = new Octets(data, from, to);
    int tag = in.u24le();
    if ((tag & 1) != 0 || in.u24le() != START_CODE) {
      throw new IOException("not a VP8 key frame");
    }
    int[] size = {in.u16le() & 0x3fff, in.u16le() & 0x3fff};
    int firstPartition = tag >> 5;
    in.skip(firstPartition);
    return size;
  }

  /** How many bytes TwelveMonkeys needs at most to decode a frame. */
  static long needBytes(int width, int height) {
    // Measured on 3.14.0: a tree of objects for each of the 16 × 16 blocks of three rows, and the
    // modes of all blocks.
    long blocksAcross = width / 16 + 2L;
    return (4 << 20) + (long) width * height * 3 / 4 + blocksAcross * 3 * 24_000;
  }

  /**
   * Sets the filter's level to 0. The header is arithmetic-coded, but with even odds throughout up
   * to that level; after a first bit of 0, the only colour space there is, such a code is the plain
   * bits (section 7.3), which can be written over.
   */
  static void dropFilter(byte[] data, int from, int to) throws IOException {
    Bits bits = new Bits(data, from + HEADER, to);
    if (bits.read(1) != 0) {
      throw new IOException("a colour space that does not exist");
    }
    bits.read(1);
    if (bits.read(1) == 1) {
      skipSegmentation(bits);
    }
    bits.read(1);
    bits.clear(6);
  }

  /** Section 9.3. */
  private static void skipSegmentation(Bits bits) throws IOException {
    boolean map = bits.read(1) == 1;
    if (bits.read(1) == 1) {
      bits.read(1);
      for (int segment = 0; segment < 4; segment++) {
        bits.skipOptional(8);
      }
      for (int segment = 0; segment < 4; segment++) {
        bits.skipOptional(7);
      }
    }
    if (map) {
      for (int branch = 0; branch < 3; branch++) {
        bits.skipOptional(8);
      }
    }
  }

  /** Bits, the highest of each byte first. */
  private static final class Bits {
    private final byte[] data;
    private final long end;
    private long position;

    Bits(byte[] data, int from, int to) {
      this.data = data;
      this.position = 8L * from;
      this.end = 8L * to;
    }

    int read(int count) throws IOException {
      int value = 0;
      for (int i = 0; i < count; i++) {
        value = value << 1 | (data[at()] >> shift() & 1);
        position++;
      }
      return value;
    }

    void clear(int count) throws IOException {
      for (int i = 0; i < count; i++) {
        data[at()] &= (byte) ~(1 << shift());
        position++;
      }
    }

    void skipOptional(int count) throws IOException {
      if (read(1) == 1) {
        read(count);
      }
    }

    private int shift() {
      return 7 - (int) (position & 7);
    }

    private int at() throws IOException {
      if (position >= end) {
        throw new IOException("the header is cut");
      }
      return (int) (position >> 3);
    }
  }
}
