package dev.whatsit.domain.image;

import java.io.IOException;
import java.util.Arrays;

/** A new file made of a head, ranges of an old file in their order, and a tail. */
final class Splice {
  /** Real files have far fewer separate ranges. */
  private static final int MAX_RANGES = 1 << 13;

  private int[] ranges = new int[16];
  private int count;
  private int length;

  /** Adds a range behind those before it. */
  void add(int from, int to) throws IOException {
    length += to - from;
    if (count > 0 && ranges[count - 1] == from) {
      ranges[count - 1] = to;
      return;
    }
    if (count == 2 * MAX_RANGES) {
      throw new IOException("the data is in more than " + MAX_RANGES + " pieces");
    }
    if (count == ranges.length) {
      ranges = Arrays.copyOf(ranges, 2 * count);
    }
    ranges[count++] = from;
    ranges[count++] = to;
  }

  /**
   * The new file, in the same array where it fits.
   *
   * @param old is written to
   */
  Cleaned of(byte[] head, byte[] old, byte[] tail) {
    int size = head.length + length + tail.length;
    byte[] data = size <= old.length ? old : new byte[size];
    int at = 0;
    for (int i = 0; i < count; i += 2) {
      System.arraycopy(old, ranges[i], data, at, ranges[i + 1] - ranges[i]);
      at += ranges[i + 1] - ranges[i];
    }
    System.arraycopy(data, 0, data, head.length, length);
    System.arraycopy(head, 0, data, 0, head.length);
    System.arraycopy(tail, 0, data, head.length + length, tail.length);
    return new Cleaned(data, 0, size);
  }
}
