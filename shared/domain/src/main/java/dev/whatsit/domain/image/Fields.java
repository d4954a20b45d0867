package dev.whatsit.domain.image;

/**
 * Numbers and words at places in a header. Offsets are {@code long}, so that adding a claimed
 * length to one cannot overflow; a caller asks {@link #has} before it reads.
 */
final class Fields {
  private Fields() {}

  /** Whether there are {@code length} bytes at {@code offset}. */
  static boolean has(ImageBytes bytes, long offset, long length) {
    return offset + length <= bytes.size();
  }

  static int u8(ImageBytes bytes, long offset) {
    return bytes.at((int) offset);
  }

  static int u16be(ImageBytes bytes, long offset) {
    return u8(bytes, offset) << 8 | u8(bytes, offset + 1);
  }

  static int u16le(ImageBytes bytes, long offset) {
    return u8(bytes, offset + 1) << 8 | u8(bytes, offset);
  }

  static int u24le(ImageBytes bytes, long offset) {
    return u8(bytes, offset + 2) << 16 | u16le(bytes, offset);
  }

  static int i32be(ImageBytes bytes, long offset) {
    return u16be(bytes, offset) << 16 | u16be(bytes, offset + 2);
  }

  static int i32le(ImageBytes bytes, long offset) {
    return u16le(bytes, offset + 2) << 16 | u16le(bytes, offset);
  }

  static long u32le(ImageBytes bytes, long offset) {
    return Integer.toUnsignedLong(i32le(bytes, offset));
  }

  /** Whether these bytes stand at the offset, one for each char of U+0000 to U+00FF. */
  static boolean hasAt(ImageBytes bytes, long offset, String latin1) {
    if (!has(bytes, offset, latin1.length())) {
      return false;
    }
    for (int i = 0; i < latin1.length(); i++) {
      if (u8(bytes, offset + i) != latin1.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
