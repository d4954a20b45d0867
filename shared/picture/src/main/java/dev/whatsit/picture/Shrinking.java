package dev.whatsit.picture;

import java.util.Arrays;

/**
 * Makes a picture smaller while its rows come in. Each target pixel is the mean of exactly the area
 * that it covers, so that nothing of the source is passed over; colours count by their opacity, so
 * that what is hidden under transparency never shines through at its edges. Holds two target rows
 * beside the target. Used by one thread, for one picture.
 */
final class Shrinking implements RowSink {
  private static final int CHANNELS = 4;
  private static final int ALPHA = 0xff000000;

  private final int[] target;
  private final int sourceWidth;
  private final int width;
  private final Shares across;
  private final Shares down;
  private final float[] row;
  private float[] sum;
  private float[] nextSum;
  private int source;
  private int out;

  /**
   * From one size to another.
   *
   * @param width at most {@code sourceWidth}
   * @param height at most {@code sourceHeight}
   */
  Shrinking(int sourceWidth, int sourceHeight, int width, int height) {
    this.sourceWidth = sourceWidth;
    this.width = width;
    this.target = new int[Math.multiplyExact(width, height)];
    this.across = new Shares(sourceWidth, width);
    this.down = new Shares(sourceHeight, height);
    this.row = new float[width * CHANNELS];
    this.sum = new float[width * CHANNELS];
    this.nextSum = new float[width * CHANNELS];
  }

  @Override
  public void row(int[] argb) {
    gather(argb);
    float here = down.here[source];
    float next = down.next[source];
    boolean ends = down.ends[source];
    for (int i = 0; i < row.length; i++) {
      sum[i] += here * row[i];
    }
    if (next > 0) {
      for (int i = 0; i < row.length; i++) {
        nextSum[i] += next * row[i];
      }
    }
    if (ends) {
      emit();
    }
    source++;
  }

  /** The row in the target's width. */
  private void gather(int[] argb) {
    int opaque = ALPHA;
    for (int x = 0; x < sourceWidth; x++) {
      opaque &= argb[x];
    }
    if (opaque == ALPHA) {
      gatherOpaque(argb);
    } else {
      gatherBlended(argb);
    }
  }

  /** In whole numbers: a source pixel is `width` units long, a target pixel `sourceWidth` units. */
  private void gatherOpaque(int[] argb) {
    float unit = 1f / sourceWidth;
    for (int x = 0, at = 0; x < width; x++, at += CHANNELS) {
      long from = (long) x * sourceWidth;
      int first = (int) (from / width);
      int last = (int) ((from + sourceWidth - 1) / width);
      int firstShare = (int) Math.min(sourceWidth, (first + 1L) * width - from);
      int red = 0;
      int green = 0;
      int blue = 0;
      for (int i = first + 1; i < last; i++) {
        int pixel = argb[i];
        red += pixel >> 16 & 0xff;
        green += pixel >> 8 & 0xff;
        blue += pixel & 0xff;
      }
      int begin = argb[first];
      red = red * width + (begin >> 16 & 0xff) * firstShare;
      green = green * width + (begin >> 8 & 0xff) * firstShare;
      blue = blue * width + (begin & 0xff) * firstShare;
      if (last > first) {
        int end = argb[last];
        int lastShare = (int) (from + sourceWidth - (long) last * width);
        red += (end >> 16 & 0xff) * lastShare;
        green += (end >> 8 & 0xff) * lastShare;
        blue += (end & 0xff) * lastShare;
      }
      row[at] = red * unit;
      row[at + 1] = green * unit;
      row[at + 2] = blue * unit;
      row[at + 3] = 1;
    }
  }

  private void gatherBlended(int[] argb) {
    Arrays.fill(row, 0);
    for (int x = 0; x < sourceWidth; x++) {
      int pixel = argb[x];
      float opacity = (pixel >>> 24) / 255f;
      float red = (pixel >> 16 & 0xff) * opacity;
      float green = (pixel >> 8 & 0xff) * opacity;
      float blue = (pixel & 0xff) * opacity;
      int at = across.to[x] * CHANNELS;
      float here = across.here[x];
      row[at] += here * red;
      row[at + 1] += here * green;
      row[at + 2] += here * blue;
      row[at + 3] += here * opacity;
      float next = across.next[x];
      if (next > 0) {
        row[at + 4] += next * red;
        row[at + 5] += next * green;
        row[at + 6] += next * blue;
        row[at + 7] += next * opacity;
      }
    }
  }

  private void emit() {
    for (int x = 0, at = 0; x < width; x++, at += CHANNELS) {
      float opacity = sum[at + 3];
      int alpha = Math.min(255, Math.round(opacity * 255));
      target[out++] =
          alpha == 0
              ? 0
              : alpha << 24
                  | channel(sum[at] / opacity) << 16
                  | channel(sum[at + 1] / opacity) << 8
                  | channel(sum[at + 2] / opacity);
    }
    float[] done = sum;
    sum = nextSum;
    nextSum = done;
    Arrays.fill(nextSum, 0);
  }

  private static int channel(float value) {
    return Math.max(0, Math.min(255, Math.round(value)));
  }

  /**
   * The target's pixels, {@code 0xAARRGGBB}, row by row.
   *
   * @throws IllegalStateException if rows are missing
   */
  int[] pixels() {
    if (out != target.length) {
      throw new IllegalStateException(out + " of " + target.length + " pixels");
    }
    return target;
  }

  /**
   * How much of each source pixel falls on which target pixel, and how much on the next one. The
   * shares of a target pixel sum to 1. In whole numbers until the end, so that no rounding moves an
   * edge.
   */
  private static final class Shares {
    private final int[] to;
    private final float[] here;
    private final float[] next;
    private final boolean[] ends;

    Shares(int source, int target) {
      to = new int[source];
      here = new float[source];
      next = new float[source];
      ends = new boolean[source];
      for (int i = 0; i < source; i++) {
        // A source pixel is `target` units long, a target pixel `source` units.
        long from = (long) i * target;
        long until = from + target;
        to[i] = (int) (from / source);
        long edge = (to[i] + 1L) * source;
        here[i] = (float) (Math.min(until, edge) - from) / source;
        next[i] = (float) Math.max(0, until - edge) / source;
        ends[i] = until >= edge;
      }
    }
  }
}
