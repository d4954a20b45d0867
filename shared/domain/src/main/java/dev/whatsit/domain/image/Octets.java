package dev.whatsit.domain.image;

import java.io.EOFException;
import java.io.IOException;

/** Reads numbers of a container. Past the end is an {@link EOFException}, never a guess. */
final class Octets {
  private final ImageBytes data;
  private final int end;
  private int position;

  Octets(ImageBytes data, int from, int end) {
    this.data = data;
    this.position = from;
    this.end = end;
  }

  int position() {
    return position;
  }

  int left() {
    return end - position;
  }

  /** Goes on by a number of bytes, all of which must be there. */
  void skip(long count) throws IOException {
    if (count < 0 || count > left()) {
      throw new EOFException("the data ends " + (count - left()) + " bytes early");
    }
    position += (int) count;
  }

  int u8() throws IOException {
    int at = position;
    skip(1);
    return data.at(at);
  }

  int u16be() throws IOException {
    return u8() << 8 | u8();
  }

  int u16le() throws IOException {
    return u8() | u8() << 8;
  }

  int u24le() throws IOException {
    return u16le() | u8() << 16;
  }

  long u32be() throws IOException {
    return (long) u16be() << 16 | u16be();
  }

  long u32le() throws IOException {
    return u16le() | (long) u16le() << 16;
  }

  byte[] bytes(int length) throws IOException {
    int at = position;
    skip(length);
    byte[] bytes = new byte[length];
    data.read(at, bytes, 0, length);
    return bytes;
  }

  /** Four characters of a chunk's name. */
  String name() throws IOException {
    StringBuilder name = new StringBuilder(4);
    for (int i = 0; i < 4; i++) {
      name.append((char) u8());
    }
    return name.toString();
  }
}
