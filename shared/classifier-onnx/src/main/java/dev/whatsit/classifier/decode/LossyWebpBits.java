package dev.whatsit.classifier.decode;

import java.io.EOFException;
import java.io.IOException;

/** The arithmetic decoder of VP8 (RFC 6386, section 7). */
final class LossyWebpBits {
  private final byte[] data;
  private final int end;
  private int position;
  private int range = 255;

  /** What is not yet decoded: eight bits to compare with the range, and more below them. */
  private long value;

  /** How many bits there are below those eight; negative when some of the eight are missing. */
  private int below = -8;

  LossyWebpBits(byte[] data, int from, int end) {
    this.data = data;
    this.position = from;
    this.end = end;
  }

  /** Decodes a bit that is 0 with odds of {@code odds} in 256. */
  int read(int odds) throws IOException {
    if (below < 0) {
      refill();
    }
    int split = 1 + (((range - 1) * odds) >> 8);
    long border = (long) split << below;
    int bit;
    if (value >= border) {
      value -= border;
      range -= split;
      bit = 1;
    } else {
      range = split;
      bit = 0;
    }
    int shift = Integer.numberOfLeadingZeros(range) - 24;
    range <<= shift;
    below -= shift;
    return bit;
  }

  /** A bit with even odds as a truth. */
  boolean flag() throws IOException {
    return read(128) == 1;
  }

  /** A number of some bits, the highest first. */
  int number(int bits) throws IOException {
    int number = 0;
    for (int i = 0; i < bits; i++) {
      number = number << 1 | read(128);
    }
    return number;
  }

  /** A number with a sign after it, or 0 when a flag says that there is none. */
  int optionalSigned(int bits) throws IOException {
    if (!flag()) {
      return 0;
    }
    int number = number(bits);
    return flag() ? -number : number;
  }

  private void refill() throws IOException {
    if (end - position >= 6) {
      for (int i = 0; i < 6; i++) {
        value = value << 8 | (data[position++] & 0xff);
      }
      below += 48;
    } else if (position < end) {
      value = value << 8 | (data[position++] & 0xff);
      below += 8;
    } else if (position == end) {
      // The encoder may leave out what can only be zeros, one byte of it.
      position++;
      value <<= 8;
      below += 8;
    } else {
      throw new EOFException("the data is cut");
    }
  }
}
