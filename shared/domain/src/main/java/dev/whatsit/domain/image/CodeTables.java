package dev.whatsit.domain.image;

import java.io.EOFException;
import java.io.IOException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Counts the groups of prefix codes in lossless WebP data (RFC 9649, section 3.7.2.2) before a
 * decoder makes tables of them: for 65,536 groups libwebp takes 1.3 GiB and 10 s that cannot be
 * interrupted. Reads what comes before the codes as libwebp does: the transforms' images and the
 * entropy image. Used by one thread, for one bitstream.
 */
final class CodeTables {
  /** Green symbols from here on are lengths, and then colours of the cache. */
  private static final int LENGTHS = 256;

  private static final int CACHED = LENGTHS + 24;
  private static final int DISTANCES = 40;
  private static final int MAX_CODE_BITS = 15;
  private static final int MAX_CACHE_BITS = 11;
  private static final int CACHE_HASH = 0x1e35a7bd;

  /** Tiles of an entropy image; libwebp's encoder makes 2,600 at most. */
  private static final int MAX_TILES = 1 << 20;

  /** The code lengths' own code lengths come in this order (section 3.7.2.1.2). */
  private static final byte[] ORDER = {
    17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
  };

  /** Section 3.6.2.2: for short distances the rows up, and 8 less the columns to the left. */
  private static final byte[] NEAR =
      HexFormat.of()
          .parseHex(
              "1807171928062729161a262a38053739151b363a252b48044749141c353b"
                  + "464a242c58454b343c035759131d565a232d444c555b333d68026769121e"
                  + "666a222e545c434d656b323e78017779535d111f646c424e767a212f757b"
                  + "313f636d525e00747c414f1020626e30737d515f40727e616f50717f6070");

  private final ImageBytes data;
  private final int end;
  private int position;
  private int buffer;
  private int buffered;

  private CodeTables(ImageBytes data, int from, int end) {
    this.data = data;
    this.position = from;
    this.end = end;
  }

  /**
   * Checks a frame's lossless data.
   *
   * @throws TooMuchWork if it has more groups than {@link WebpStructure#MAX_CODE_GROUPS}
   * @throws IOException if it is cut or broken before the pixels
   */
  static void check(ImageBytes bytes, WebpStructure frame) throws IOException {
    WebpStructure.Chunk alpha = frame.alpha().orElse(null);
    if (frame.lossless()) {
      // Behind the signature, the sizes and the version.
      check(bytes, frame, frame.pixels().from() + 5, frame.pixels().to());
    } else if (alpha != null && alpha.length() > 0 && (bytes.at(alpha.from()) & 3) == 1) {
      check(bytes, frame, alpha.from() + 1, alpha.to());
    }
  }

  private static void check(ImageBytes bytes, WebpStructure frame, int from, int to)
      throws IOException {
    int groups =
        new CodeTables(bytes, from, to).groups(frame.place().width(), frame.place().height());
    if (groups > WebpStructure.MAX_CODE_GROUPS) {
      throw new TooMuchWork(groups + " groups of code tables");
    }
  }

  private int groups(int frameWidth, int height) throws IOException {
    int width = frameWidth;
    int seen = 0;
    while (bits(1) == 1) {
      int transform = bits(2);
      if ((seen & 1 << transform) != 0) {
        throw new IOException("a transform that comes twice");
      }
      seen |= 1 << transform;
      switch (transform) {
        case 0, 1 -> {
          int tile = 2 + bits(3);
          image(tiles(width, tile), tiles(height, tile), null);
        }
        case 3 -> {
          int colors = 1 + bits(8);
          image(colors, 1, null);
          width = tiles(width, colors > 16 ? 0 : colors > 4 ? 1 : colors > 2 ? 2 : 3);
        }
        default -> {
          // Subtracting green has no data.
        }
      }
    }
    cacheBits();
    if (bits(1) == 0) {
      return 1;
    }
    int tile = 2 + bits(3);
    int across = tiles(width, tile);
    int down = tiles(height, tile);
    if ((long) across * down > MAX_TILES) {
      throw new TooMuchWork(across + " × " + down + " tiles");
    }
    int[] tiles = new int[across * down];
    image(across, down, tiles);
    int last = 0;
    for (int pixel : tiles) {
      last = Math.max(last, pixel >> 8 & 0xffff);
    }
    return last + 1;
  }

  private static int tiles(int side, int bits) {
    return (side + (1 << bits) - 1) >> bits;
  }

  private int cacheBits() throws IOException {
    if (bits(1) == 0) {
      return 0;
    }
    int bits = bits(4);
    if (bits < 1 || bits > MAX_CACHE_BITS) {
      throw new IOException("a colour cache of " + bits + " bits");
    }
    return bits;
  }

  /** Reads an entropy-coded image, and keeps its pixels if there is room for them. */
  private void image(int width, int height, int @Nullable [] pixels) throws IOException {
    int cacheBits = cacheBits();
    int colors = cacheBits == 0 ? 0 : 1 << cacheBits;
    int[] cache = new int[colors];
    Code green = code(CACHED + colors);
    Code red = code(256);
    Code blue = code(256);
    Code alpha = code(256);
    Code distances = code(DISTANCES);
    int size = width * height;
    int at = 0;
    while (at < size) {
      int symbol = green.next();
      int length = 1;
      int back = 0;
      int pixel = 0;
      if (symbol < LENGTHS) {
        pixel = symbol << 8 | red.next() << 16 | blue.next() | alpha.next() << 24;
      } else if (symbol < CACHED) {
        length = number(symbol - LENGTHS);
        back = distance(number(distances.next()), width);
        if (back > at || length > size - at) {
          throw new IOException("a reference beside the image");
        }
      } else {
        pixel = cache[symbol - CACHED];
      }
      if (pixels == null) {
        at += length;
        continue;
      }
      for (int until = at + length; at < until; at++) {
        pixels[at] = back == 0 ? pixel : pixels[at - back];
        if (colors > 0) {
          cache[pixels[at] * CACHE_HASH >>> 32 - cacheBits] = pixels[at];
        }
      }
    }
  }

  /** A length or distance (section 3.6.2.2). */
  private int number(int prefix) throws IOException {
    if (prefix < 4) {
      return prefix + 1;
    }
    int extra = (prefix - 2) >> 1;
    return ((2 + (prefix & 1)) << extra) + bits(extra) + 1;
  }

  private static int distance(int code, int width) {
    if (code > NEAR.length) {
      return code - NEAR.length;
    }
    int near = NEAR[code - 1];
    return Math.max(1, (near >> 4) * width + 8 - (near & 15));
  }

  private Code code(int alphabet) throws IOException {
    byte[] lengths = new byte[alphabet];
    if (bits(1) == 0) {
      readLengths(lengths);
      return new Code(lengths);
    }
    int symbols = 1 + bits(1);
    int first = bits(bits(1) == 0 ? 1 : 8);
    int second = symbols == 2 ? bits(8) : first;
    if (Math.max(first, second) >= alphabet) {
      throw new IOException("a symbol beside the alphabet");
    }
    lengths[first] = 1;
    lengths[second] = 1;
    return new Code(lengths);
  }

  private void readLengths(byte[] lengths) throws IOException {
    byte[] own = new byte[ORDER.length];
    int given = 4 + bits(4);
    for (int i = 0; i < given; i++) {
      own[ORDER[i]] = (byte) bits(3);
    }
    Code code = new Code(own);
    int left = lengths.length;
    if (bits(1) == 1) {
      left = 2 + bits(2 + 2 * bits(3));
      if (left > lengths.length) {
        throw new IOException("more code lengths than symbols");
      }
    }
    int previous = 8;
    for (int at = 0; at < lengths.length && left > 0; left--) {
      int length = code.next();
      int times = 1;
      switch (length) {
        case 16 -> {
          length = previous;
          times = 3 + bits(2);
        }
        case 17 -> {
          length = 0;
          times = 3 + bits(3);
        }
        case 18 -> {
          length = 0;
          times = 11 + bits(7);
        }
        default -> previous = length == 0 ? previous : length;
      }
      if (times > lengths.length - at) {
        throw new IOException("more code lengths than symbols");
      }
      for (int until = at + times; at < until; at++) {
        lengths[at] = (byte) length;
      }
    }
  }

  /** Reads bits, the lowest first. */
  private int bits(int count) throws IOException {
    while (buffered < count) {
      if (position >= end) {
        throw new EOFException("the data ends within the code tables");
      }
      buffer |= data.at(position++) << buffered;
      buffered += 8;
    }
    int bits = buffer & (1 << count) - 1;
    buffer >>>= count;
    buffered -= count;
    return bits;
  }

  /** A canonical prefix code. A code of one symbol takes no bits. */
  private final class Code {
    private final int[] counts = new int[MAX_CODE_BITS + 1];
    private final short[] symbols;

    Code(byte[] lengths) throws IOException {
      for (byte length : lengths) {
        counts[length]++;
      }
      symbols = new short[lengths.length - counts[0]];
      counts[0] = 0;
      int[] next = new int[MAX_CODE_BITS + 2];
      int free = 1;
      for (int length = 1; length <= MAX_CODE_BITS; length++) {
        next[length + 1] = next[length] + counts[length];
        free = 2 * free - counts[length];
        if (free < 0) {
          break;
        }
      }
      if (symbols.length == 0 || (symbols.length > 1 && free != 0)) {
        throw new IOException("a code that is not complete");
      }
      for (int symbol = 0; symbol < lengths.length; symbol++) {
        if (lengths[symbol] > 0) {
          symbols[next[lengths[symbol]]++] = (short) symbol;
        }
      }
    }

    int next() throws IOException {
      if (symbols.length == 1) {
        return symbols[0];
      }
      int code = 0;
      int first = 0;
      int index = 0;
      for (int length = 1; length <= MAX_CODE_BITS; length++) {
        code = code << 1 | bits(1);
        first <<= 1;
        if (code - first < counts[length]) {
          return symbols[index + code - first];
        }
        index += counts[length];
        first += counts[length];
      }
      throw new IOException("a code that is not complete");
    }
  }
}
