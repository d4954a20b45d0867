package dev.whatsit.picture;

/**
 * Brings a part of a picture without transparency to another size while the rows come in. When it
 * shrinks every pixel of the part counts, by a triangle whose half-width is the shrink factor: what
 * models were trained with. It is bilinear when it grows. Holds the target three times. Used by one
 * thread, for one picture.
 */
final class Scaling implements RowSink {
  private static final int CHANNELS = 3;

  private final int width;
  private final int height;
  private final Taps across;
  private final Taps down;
  private final float[] row;
  private final float[] sums;
  private int source;

  /** From a part of the rows, not thinned, to a size. */
  Scaling(Window part, int width, int height) {
    this.width = width;
    this.height = height;
    this.across = Taps.of(part.x(), part.width(), width);
    this.down = Taps.of(part.y(), part.height(), height);
    this.row = new float[width * CHANNELS];
    this.sums = new float[Math.multiplyExact(width * CHANNELS, height)];
  }

  /** How many bytes it needs at most, its result included. */
  static long needBytes(long sourceWidth, long sourceHeight, int width, int height) {
    long target = (long) width * height;
    return target * (CHANNELS * 4 + 4 + 4)
        + (sourceWidth + sourceHeight) * 2 * 4
        + (width + height) * 64L;
  }

  @Override
  public void row(int[] argb) {
    // The targets of one row are neighbours, and those of the next begin at the same or later.
    int target = down.firstTarget(source);
    if (target < height && down.from[target] <= source) {
      gather(argb);
    }
    for (; target < height && down.from[target] <= source; target++) {
      float weight = down.weights[down.first(target) + source - down.from[target]];
      int at = target * row.length;
      for (int i = 0; i < row.length; i++) {
        sums[at + i] += weight * row[i];
      }
    }
    source++;
  }

  /** The row in the target's width. */
  private void gather(int[] argb) {
    for (int x = 0, out = 0; x < width; x++) {
      float red = 0;
      float green = 0;
      float blue = 0;
      for (int i = across.from[x], w = across.first(x); i < across.to[x]; i++, w++) {
        int rgb = argb[i];
        float weight = across.weights[w];
        red += weight * (rgb >> 16 & 0xff);
        green += weight * (rgb >> 8 & 0xff);
        blue += weight * (rgb & 0xff);
      }
      row[out++] = red;
      row[out++] = green;
      row[out++] = blue;
    }
  }

  /**
   * The target's pixels, {@code 0xFFRRGGBB}, row by row.
   *
   * @throws IllegalStateException if rows are missing
   */
  int[] pixels() {
    if (source < down.end) {
      throw new IllegalStateException(source + " of " + down.end + " rows");
    }
    int[] pixels = new int[width * height];
    for (int i = 0, at = 0; i < pixels.length; i++, at += CHANNELS) {
      pixels[i] =
          0xff000000 | channel(sums[at]) << 16 | channel(sums[at + 1]) << 8 | channel(sums[at + 2]);
    }
    return pixels;
  }

  private static int channel(float value) {
    return Math.max(0, Math.min(255, Math.round(value)));
  }

  /** Which source pixels make one target pixel, and how much each counts; the weights sum to 1. */
  private static final class Taps {
    private final int[] from;
    private final int[] to;
    private final float[] weights;
    private final int most;
    private final int end;
    private int firstOpen;

    private Taps(int end, int[] from, int[] to, float[] weights, int most) {
      this.end = end;
      this.from = from;
      this.to = to;
      this.weights = weights;
      this.most = most;
    }

    static Taps of(int start, int source, int target) {
      double scale = (double) source / target;
      double reach = Math.max(1, scale);
      int most = Math.min(source, (int) Math.ceil(reach * 2) + 1);
      int[] from = new int[target];
      int[] to = new int[target];
      float[] weights = new float[target * most];
      for (int t = 0; t < target; t++) {
        double centre = (t + 0.5) * scale;
        int first = (int) Math.max(0, Math.floor(centre - reach + 0.5));
        int last = (int) Math.min(source, Math.floor(centre + reach + 0.5));
        last = Math.min(Math.max(last, first + 1), first + most);
        double sum = 0;
        for (int i = first; i < last; i++) {
          sum += weight(i, centre, reach);
        }
        for (int i = first; i < last; i++) {
          weights[t * most + i - first] = (float) (weight(i, centre, reach) / sum);
        }
        from[t] = start + first;
        to[t] = start + last;
      }
      return new Taps(start + source, from, to, weights, most);
    }

    private static double weight(int pixel, double centre, double reach) {
      return Math.max(1e-6, 1 - Math.abs((pixel + 0.5 - centre) / reach));
    }

    /** The first target that a source pixel counts for; asked for ascending ones. */
    int firstTarget(int pixel) {
      while (firstOpen < to.length && to[firstOpen] <= pixel) {
        firstOpen++;
      }
      return firstOpen;
    }

    /** Where a target's weights begin. */
    int first(int target) {
      return target * most;
    }
  }
}
