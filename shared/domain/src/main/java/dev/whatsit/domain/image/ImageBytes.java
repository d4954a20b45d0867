package dev.whatsit.domain.image;

import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The bytes of one image, held in segments so that a body of unknown length is gathered without a
 * second copy. Immutable and thread-safe, as long as the arrays handed over are no longer written
 * to.
 */
public final class ImageBytes {
  private final byte[][] segments;
  private final int segmentSize;
  private final int size;

  private ImageBytes(byte[][] segments, int segmentSize, int size) {
    this.segments = segments;
    this.segmentSize = segmentSize;
    this.size = size;
  }

  /**
   * One array as it is, without a copy. The caller gives the array away.
   *
   * @param bytes any length, 0 included
   */
  public static ImageBytes of(byte[] bytes) {
    return new ImageBytes(new byte[][] {bytes}, Math.max(1, bytes.length), bytes.length);
  }

  /**
   * Segments of one length, of which only the last may be used in part, without a copy. The caller
   * gives the arrays away.
   *
   * @param segments arrays of equal length, at least 1 each
   * @param size how many bytes count, over all segments
   * @throws IllegalArgumentException if the lengths differ or do not fit the size
   */
  public static ImageBytes ofSegments(List<byte[]> segments, int size) {
    if (segments.isEmpty()) {
      if (size != 0) {
        throw new IllegalArgumentException("no segments for " + size + " bytes");
      }
      return of(new byte[0]);
    }
    int segmentSize = segments.get(0).length;
    for (byte[] segment : segments) {
      if (segment.length != segmentSize || segmentSize == 0) {
        throw new IllegalArgumentException(
            "segments of " + segmentSize + " and " + segment.length + " bytes");
      }
    }
    long room = (long) segments.size() * segmentSize;
    if (size > room || size <= room - segmentSize) {
      throw new IllegalArgumentException(
          size + " bytes do not end in the last of " + segments.size() + " × " + segmentSize);
    }
    return new ImageBytes(segments.toArray(new byte[0][]), segmentSize, size);
  }

  /** Length in bytes. */
  public int size() {
    return size;
  }

  /**
   * One byte as 0 to 255.
   *
   * @throws IndexOutOfBoundsException if there is no such byte
   */
  public int at(int index) {
    Objects.checkIndex(index, size);
    return segments[index / segmentSize][index % segmentSize] & 0xff;
  }

  /**
   * Finds a byte.
   *
   * @param value 0 to 255
   * @param from where to start, 0 or more
   * @return the first place of the value from there on, or {@link #size()} if there is none
   */
  int indexOf(int value, int from) {
    int at = from;
    while (at < size) {
      byte[] segment = segments[at / segmentSize];
      int start = at % segmentSize;
      int end = Math.min(segment.length, start + size - at);
      for (int i = start; i < end; i++) {
        if ((segment[i] & 0xff) == value) {
          return at + i - start;
        }
      }
      at += end - start;
    }
    return size;
  }

  /**
   * Copies a range out.
   *
   * @return how many bytes were copied: {@code length}, or fewer at the end, or 0 past it
   * @throws IndexOutOfBoundsException if {@code index} is negative or {@code target} too short
   */
  public int read(int index, byte[] target, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, target.length);
    if (index < 0) {
      throw new IndexOutOfBoundsException("index " + index);
    }
    int wanted = Math.max(0, Math.min(length, size - index));
    int done = 0;
    while (done < wanted) {
      int position = index + done;
      int inSegment = position % segmentSize;
      int step = Math.min(wanted - done, segmentSize - inSegment);
      System.arraycopy(segments[position / segmentSize], inSegment, target, offset + done, step);
      done += step;
    }
    return wanted;
  }

  /**
   * The bytes as one array, which must not be written to: the array that was handed over if it is
   * the only one and has exactly this size, otherwise a copy.
   */
  public byte[] toArray() {
    if (segments.length == 1 && segments[0].length == size) {
      return segments[0];
    }
    byte[] copy = new byte[size];
    read(0, copy, 0, size);
    return copy;
  }

  /** The segments in order as read-only buffers over the same memory, for a gathering write. */
  public List<ByteBuffer> buffers() {
    List<ByteBuffer> buffers = new ArrayList<>(segments.length);
    int left = size;
    for (byte[] segment : segments) {
      int length = Math.min(left, segment.length);
      buffers.add(ByteBuffer.wrap(segment, 0, length).asReadOnlyBuffer());
      left -= length;
    }
    return buffers;
  }

  /** A stream over the same memory; reading it needs no closing. */
  public InputStream stream() {
    return new SegmentStream();
  }

  @Override
  public String toString() {
    return "ImageBytes[" + size + " bytes]";
  }

  private final class SegmentStream extends InputStream {
    private int position;

    @Override
    public int read() {
      return position < size ? at(position++) : -1;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
      if (length == 0) {
        return 0;
      }
      int count = ImageBytes.this.read(position, target, offset, length);
      position += count;
      return count == 0 ? -1 : count;
    }

    @Override
    public int available() {
      return size - position;
    }
  }
}
