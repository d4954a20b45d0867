package dev.whatsit.picture;

import dev.whatsit.domain.image.GifStructure;
import java.io.IOException;

/**
 * The first frame of a GIF. The codes are read here: the JDK's reader fails on small sub-blocks and
 * on a transparent index outside the colour table.
 */
final class GifFrame extends EncodedFrame {
  private static final int MAX_CODES = 4096;

  /** Of an interlaced frame the first row of each pass, and how far its rows are apart. */
  private static final int[][] PASSES = {{0, 8}, {4, 8}, {2, 4}, {1, 2}};

  private final byte[] data;
  private final int[] colors;
  private final boolean interlaced;
  private final int codes;

  GifFrame(GifStructure structure, byte[] data) {
    super(structure);
    this.data = data;
    this.colors = structure.colors();
    this.interlaced = structure.interlaced();
    this.codes = structure.codes();
  }

  @Override
  long decoderBytes() {
    return 1 << 15;
  }

  @Override
  int[] samples(Window window, WorkLimit work) throws IOException {
    Target target = new Target(window);
    Codes in = new Codes(data, codes);
    int literals = 1 << in.literalBits;
    short[] prefix = new short[MAX_CODES];
    byte[] suffix = new byte[MAX_CODES];
    byte[] string = new byte[MAX_CODES + 1];
    int next = literals + 2;
    int bits = in.literalBits + 1;
    int previous = -1;
    int first = 0;
    while (!target.full()) {
      int code = in.next(bits);
      if (code == literals) {
        next = literals + 2;
        bits = in.literalBits + 1;
        previous = -1;
        continue;
      }
      // A code may name the string that it completes, and none beyond.
      if (code == literals + 1 || code > next || (previous < 0 && code > literals)) {
        throw new IOException("rows are missing");
      }
      int length = 0;
      int at = code;
      if (code == next) {
        string[length++] = (byte) first;
        at = previous;
      }
      for (; at > literals; at = prefix[at]) {
        string[length++] = suffix[at];
      }
      first = at;
      string[length++] = (byte) first;
      if (first > 255) {
        throw new IOException("an index above 255");
      }
      if (previous >= 0 && next < MAX_CODES) {
        prefix[next] = (short) previous;
        suffix[next] = (byte) first;
        next++;
        if (next == 1 << bits && next < MAX_CODES) {
          bits++;
        }
      }
      previous = code;
      work.spend(length);
      target.add(string, length);
    }
    return target.argb;
  }

  /** Codes of changing length, lowest bit first, over the borders of sub-blocks (appendix F). */
  private static final class Codes {
    private final byte[] data;
    private final int literalBits;
    private int at;
    private int left;
    private int buffer;
    private int count;

    Codes(byte[] data, int start) throws IOException {
      this.data = data;
      this.literalBits = data[start];
      this.at = start + 1;
      if (literalBits < 0 || literalBits > 11) {
        throw new IOException("codes of " + literalBits + " bits");
      }
    }

    int next(int bits) throws IOException {
      while (count < bits) {
        if (left == 0) {
          left = data[at++] & 0xff;
          if (left == 0) {
            throw new IOException("rows are missing");
          }
        }
        buffer |= (data[at++] & 0xff) << count;
        count += 8;
        left--;
      }
      int code = buffer & ((1 << bits) - 1);
      buffer >>>= bits;
      count -= bits;
      return code;
    }
  }

  /** Takes the frame's pixels in the order of the file and keeps those of a window. */
  private final class Target {
    private final Window window;
    private final int[] argb;
    private int x;
    private int y;
    private int pass;

    Target(Window window) {
      this.window = window;
      this.argb = new int[window.columns() * window.rows()];
    }

    boolean full() {
      return y >= frameHeight();
    }

    /** Adds pixels that stand last one first. */
    void add(byte[] string, int length) {
      for (int i = length - 1; i >= 0 && !full(); i--) {
        int fromLeft = x - window.x();
        int fromTop = y - window.y();
        if (fromTop >= 0
            && fromTop < window.height()
            && fromLeft >= 0
            && fromLeft < window.width()
            && fromTop % window.stepY() == 0
            && fromLeft % window.stepX() == 0) {
          argb[fromTop / window.stepY() * window.columns() + fromLeft / window.stepX()] =
              colors[string[i] & 0xff];
        }
        if (++x == frameWidth()) {
          x = 0;
          nextRow();
        }
      }
    }

    private void nextRow() {
      y += interlaced ? PASSES[pass][1] : 1;
      while (interlaced && full() && pass < PASSES.length - 1) {
        y = PASSES[++pass][0];
      }
    }
  }
}
