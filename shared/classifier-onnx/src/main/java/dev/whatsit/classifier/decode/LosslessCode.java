package dev.whatsit.classifier.decode;

import java.io.IOException;
import java.util.Arrays;

/**
 * One prefix code of lossless WebP data. Words of up to seven bits are looked up at once, longer
 * ones are found length by length, so that a code's memory is bounded by its symbols.
 */
final class LosslessCode {
  private static final int LONGEST = 15;
  private static final int QUICK = 7;

  /** In which order the lengths of the code for lengths come. */
  private static final int[] LENGTH_ORDER = {
    17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
  };

  /** Symbols in the order of their words. */
  private final short[] symbols;

  /** How many words of each length there are. */
  private final short[] counts;

  /** By the next bits, lowest first: length in the upper bits, symbol in the lower 12. */
  private final short[] quick;

  private final int quickMask;

  private LosslessCode(short[] symbols, short[] counts, short[] quick) {
    this.symbols = symbols;
    this.counts = counts;
    this.quick = quick;
    this.quickMask = quick.length - 1;
  }

  /** About how much memory it holds. */
  int bytes() {
    return 2 * (symbols.length + counts.length + quick.length) + 96;
  }

  /** Reads the next symbol. */
  int read(LosslessBits bits) throws IOException {
    int next = bits.peek();
    int entry = quick[next & quickMask];
    if (entry >= 0) {
      bits.drop(entry >> 12);
      return entry & 0xfff;
    }
    return readLong(bits, next);
  }

  private int readLong(LosslessBits bits, int next) throws IOException {
    int word = 0;
    int first = 0;
    int index = 0;
    for (int length = 1; length <= LONGEST; length++) {
      word |= next >> (length - 1) & 1;
      int count = counts[length];
      if (word - first < count) {
        bits.drop(length);
        return symbols[index + word - first];
      }
      index += count;
      first = (first + count) << 1;
      word <<= 1;
    }
    throw new IOException("a word that the code does not have");
  }

  /** Reads the code itself. */
  static LosslessCode read(LosslessBits bits, int alphabet) throws IOException {
    byte[] lengths = new byte[alphabet];
    if (bits.read(1) == 1) {
      int two = bits.read(1);
      int first = bits.read(bits.read(1) == 0 ? 1 : 8);
      int second = two == 1 ? bits.read(8) : first;
      if (first >= alphabet || second >= alphabet) {
        throw new IOException("a symbol beside its alphabet");
      }
      lengths[first] = 1;
      lengths[second] = 1;
      return of(lengths);
    }
    byte[] lengthLengths = new byte[LENGTH_ORDER.length];
    int known = 4 + bits.read(4);
    for (int i = 0; i < known; i++) {
      lengthLengths[LENGTH_ORDER[i]] = (byte) bits.read(3);
    }
    LosslessCode lengthCode = of(lengthLengths);
    int most = alphabet;
    if (bits.read(1) == 1) {
      most = 2 + bits.read(2 + 2 * bits.read(3));
      if (most > alphabet) {
        throw new IOException("more lengths than symbols");
      }
    }
    int previous = 8;
    for (int symbol = 0; symbol < alphabet && most > 0; most--) {
      int length = lengthCode.read(bits);
      if (length < 16) {
        lengths[symbol++] = (byte) length;
        previous = length == 0 ? previous : length;
        continue;
      }
      int repeat =
          switch (length) {
            case 16 -> 3 + bits.read(2);
            case 17 -> 3 + bits.read(3);
            default -> 11 + bits.read(7);
          };
      if (repeat > alphabet - symbol) {
        throw new IOException("more lengths than symbols");
      }
      for (int i = 0; i < repeat; i++) {
        lengths[symbol++] = (byte) (length == 16 ? previous : 0);
      }
    }
    bits.verify();
    return of(lengths);
  }

  private static LosslessCode of(byte[] lengths) throws IOException {
    short[] counts = new short[LONGEST + 1];
    int words = 0;
    int longest = 0;
    int only = 0;
    for (int symbol = 0; symbol < lengths.length; symbol++) {
      if (lengths[symbol] > 0) {
        counts[lengths[symbol]]++;
        longest = Math.max(longest, lengths[symbol]);
        words++;
        only = symbol;
      }
    }
    if (words == 1) {
      // A lone symbol takes no bits, whatever its length says.
      return new LosslessCode(new short[0], new short[0], new short[] {(short) only});
    }
    int room = 1;
    for (int length = 1; length <= LONGEST; length++) {
      room = 2 * room - counts[length];
      if (room < 0) {
        break;
      }
    }
    if (room != 0) {
      throw new IOException("a code with too many words or too few");
    }
    int[] starts = new int[LONGEST + 2];
    for (int length = 1; length <= LONGEST; length++) {
      starts[length + 1] = starts[length] + counts[length];
    }
    short[] symbols = new short[words];
    for (int symbol = 0; symbol < lengths.length; symbol++) {
      if (lengths[symbol] > 0) {
        symbols[starts[lengths[symbol]]++] = (short) symbol;
      }
    }
    int quickBits = Math.min(QUICK, longest);
    short[] quick = new short[1 << quickBits];
    Arrays.fill(quick, (short) -1);
    int word = 0;
    int index = 0;
    for (int length = 1; length <= quickBits; length++) {
      for (int i = 0; i < counts[length]; i++, word++, index++) {
        int reversed = Integer.reverse(word) >>> (32 - length);
        for (int at = reversed; at < quick.length; at += 1 << length) {
          quick[at] = (short) (length << 12 | symbols[index]);
        }
      }
      word <<= 1;
    }
    return new LosslessCode(symbols, counts, quick);
  }
}
