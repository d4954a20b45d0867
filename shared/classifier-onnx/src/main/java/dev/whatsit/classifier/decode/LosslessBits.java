package dev.whatsit.classifier.decode;

import java.io.EOFException;
import java.io.IOException;

/** Bits, the lowest of each byte first. A little may be looked at past the end, not consumed. */
final class LosslessBits {
  private final byte[] data;
  private final int end;
  private int position;
  private long buffer;
  private int count;

  /** How many of the buffer's bits lie past the end. */
  private int invented;

  LosslessBits(byte[] data, int from, int end) {
    this.data = data;
    this.position = from;
    this.end = end;
  }

  /** The next 15 bits or more without consuming them. */
  int peek() throws IOException {
    if (count < 24) {
      refill();
    }
    return (int) buffer;
  }

  /** Consumes bits that were peeked at. */
  void drop(int bits) {
    buffer >>>= bits;
    count -= bits;
  }

  /** Reads 0 to 24 bits. */
  int read(int bits) throws IOException {
    int value = peek() & (1 << bits) - 1;
    drop(bits);
    return value;
  }

  private void refill() throws IOException {
    verify();
    while (count <= 56) {
      if (position < end) {
        buffer |= (data[position++] & 0xffL) << count;
      } else {
        invented += 8;
      }
      count += 8;
    }
  }

  /**
   * Checks that all that was consumed was there.
   *
   * @throws EOFException if it was not
   */
  void verify() throws IOException {
    if (invented > count) {
      throw new EOFException("the data is cut");
    }
  }
}
