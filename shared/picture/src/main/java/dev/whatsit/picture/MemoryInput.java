package dev.whatsit.picture;

import java.io.IOException;
import javax.imageio.stream.ImageInputStreamImpl;

/**
 * A decoder's input over bytes in memory: no temporary file, no copy. Every read counts as work,
 * and a read past the end is remembered, because some decoders fill up in silence.
 */
final class MemoryInput extends ImageInputStreamImpl {
  private final byte[] data;
  private final int from;
  private final int size;
  private final int padding;
  private final WorkLimit work;
  private boolean ranOff;

  /**
   * An input over a range.
   *
   * @param padding how many zeros may be read past the end before it counts as running off
   */
  MemoryInput(byte[] data, int from, int to, int padding, WorkLimit work) {
    this.data = data;
    this.from = from;
    this.size = to - from;
    this.padding = padding;
    this.work = work;
  }

  /** Whether the decoder wanted more than there is. */
  boolean ranOff() {
    return ranOff;
  }

  @Override
  public int read() throws IOException {
    bitOffset = 0;
    work.spend(1);
    if (streamPos >= size) {
      return streamPos++ < size + padding ? 0 : end();
    }
    return data[from + (int) streamPos++] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    bitOffset = 0;
    // A call costs something too: a decoder that asks for nothing again and again must end.
    work.spend(length + 64);
    if (length == 0) {
      return 0;
    }
    if (streamPos >= size) {
      return end();
    }
    int count = (int) Math.min(length, size - streamPos);
    System.arraycopy(data, from + (int) streamPos, target, offset, count);
    streamPos += count;
    return count;
  }

  private int end() {
    ranOff = true;
    return -1;
  }

  @Override
  public long length() {
    return size;
  }
}
