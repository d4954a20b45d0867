package dev.whatsit.picture;

import java.util.Arrays;

/**
 * Resizes a part of a picture without transparency, row by row. To shrink, it applies a triangle
 * filter whose half-width is the shrink factor, as in the training of the models; every pixel of
 * the part contributes. To enlarge, it interpolates bilinearly. Used by one thread, for one
 * picture.
 */
final class Scaling implements RowSink {
  private static final int CHANNELS = 3;

  private final int left;
  private final int width;
  private final int height;
  private final Taps across;
  private final Taps down;

  /** Whether rows are first added up, which takes far less time for many, or first narrowed. */
  private final boolean addsFirst;

  /** A row of the part, and one of the target's width: all reds, all greens, all blues. */
  private final float[] wide;

  private final float[] narrow;

  /** The sums of target rows that are not complete; row t is at t modulo the length. */
  private final float[][] sums;

  private final int[] pixels;
  private int source;
  private int target;

  /** From a part of the rows, not thinned, to a size. */
  Scaling(Window part, int width, int height) {
    this.left = part.x();
    this.width = width;
    this.height = height;
    this.across = Taps.of(0, part.width(), width);
    this.down = Taps.of(part.y(), part.height(), height);
    this.addsFirst = part.height() >= height;
    this.wide = new float[Math.multiplyExact(part.width(), CHANNELS)];
    this.narrow = new float[width * CHANNELS];
    this.sums = new float[down.overlapping()][addsFirst ? wide.length : narrow.length];
    this.pixels = new int[Math.multiplyExact(width, height)];
  }

  /** How many bytes it needs at most for a part, its result and a turned copy included. */
  static long needBytes(Window part, int width, int height) {
    long target = (long) width * height;
    // Two or, by rounding, three target rows overlap where rows are many; any number where few.
    long sums = part.height() >= height ? 3L * part.width() : target;
    return target * (4 + 4)
        + (sums + part.width()) * CHANNELS * 4
        + ((long) part.width() + part.height()) * 2 * 4
        + (width + height) * 64L;
  }

  @Override
  public void row(int[] argb) {
    int at = source++;
    if (target == height || down.from[target] > at) {
      return;
    }
    unpack(argb);
    float[] row = addsFirst ? wide : narrowed(wide);
    for (int t = target; t < height && down.from[t] <= at; t++) {
      add(down.weights[down.first(t) + at - down.from[t]], row, sums[t % sums.length]);
    }
    for (; target < height && down.to[target] <= at + 1; target++) {
      float[] sum = sums[target % sums.length];
      pack(addsFirst ? narrowed(sum) : sum);
      Arrays.fill(sum, 0);
    }
  }

  private void unpack(int[] argb) {
    int columns = across.end;
    for (int x = 0; x < columns; x++) {
      int rgb = argb[left + x];
      wide[x] = rgb >> 16 & 0xff;
      wide[columns + x] = rgb >> 8 & 0xff;
      wide[2 * columns + x] = rgb & 0xff;
    }
  }

  private static void add(float weight, float[] row, float[] sum) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += weight * row[i];
    }
  }

  /** A row of the part's width in the target's width; valid until the next call. */
  private float[] narrowed(float[] row) {
    for (int channel = 0; channel < CHANNELS; channel++) {
      int start = channel * across.end;
      for (int x = 0; x < width; x++) {
        float value = 0;
        int weight = across.first(x);
        for (int i = across.from[x]; i < across.to[x]; i++) {
          value += across.weights[weight++] * row[start + i];
        }
        narrow[channel * width + x] = value;
      }
    }
    return narrow;
  }

  private void pack(float[] row) {
    for (int x = 0; x < width; x++) {
      pixels[target * width + x] =
          0xff000000
              | channel(row[x]) << 16
              | channel(row[width + x]) << 8
              | channel(row[2 * width + x]);
    }
  }

  private static int channel(float value) {
    return Math.max(0, Math.min(255, Math.round(value)));
  }

  /**
   * The target's pixels, {@code 0xFFRRGGBB}, row by row.
   *
   * @throws IllegalStateException if rows are missing
   */
  int[] pixels() {
    if (target < height) {
      throw new IllegalStateException(source + " of " + down.end + " rows");
    }
    return pixels;
  }

  /** Which source pixels make one target pixel, and how much each counts; the weights sum to 1. */
  private static final class Taps {
    private final int end;
    private final int[] from;
    private final int[] to;
    private final float[] weights;
    private final int most;

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

    /** How many targets at most are begun before the first of them is complete. */
    int overlapping() {
      int largest = 1;
      for (int first = 0, end = 0; first < to.length; first++) {
        while (end < to.length && from[end] < to[first]) {
          end++;
        }
        largest = Math.max(largest, end - first);
      }
      return largest;
    }

    /** Where a target's weights begin. */
    int first(int target) {
      return target * most;
    }
  }
}
