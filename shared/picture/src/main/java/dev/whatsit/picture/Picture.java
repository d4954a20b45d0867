package dev.whatsit.picture;

import java.util.Arrays;

/**
 * An upright picture without transparency.
 *
 * <p>Not thread-safe while the array is written to.
 */
public final class Picture {
  private final int width;
  private final int height;
  private final int[] pixels;

  /**
   * A picture over the given array, without a copy.
   *
   * @param width pixels across, at least 1
   * @param height pixels down, at least 1
   * @param pixels {@code width × height} values {@code 0x..RRGGBB}, row by row from the top left
   * @throws IllegalArgumentException if the array has another length
   */
  public Picture(int width, int height, int[] pixels) {
    if (width < 1 || height < 1 || pixels.length != (long) width * height) {
      throw new IllegalArgumentException(pixels.length + " pixels for " + width + " × " + height);
    }
    this.width = width;
    this.height = height;
    this.pixels = pixels;
  }

  /** Pixels across. */
  public int width() {
    return width;
  }

  /** Pixels down. */
  public int height() {
    return height;
  }

  /** The pixel at a position counted row by row from the top left, as {@code 0x..RRGGBB}. */
  public int pixel(int position) {
    return pixels[position];
  }

  /**
   * The picture in another size. Every source pixel counts when it shrinks (a triangle as wide as
   * the step), and it is bilinear when it grows.
   */
  Picture scaledTo(int newWidth, int newHeight) {
    if (newWidth == width && newHeight == height) {
      return this;
    }
    Taps across = Taps.of(width, newWidth);
    Taps down = Taps.of(height, newHeight);
    float[] narrow = new float[newWidth * height * 3];
    for (int y = 0, out = 0; y < height; y++) {
      int row = y * width;
      for (int x = 0; x < newWidth; x++) {
        float red = 0;
        float green = 0;
        float blue = 0;
        for (int i = across.from[x], w = across.first(x); i < across.to[x]; i++, w++) {
          int rgb = pixels[row + i];
          float weight = across.weights[w];
          red += weight * (rgb >> 16 & 0xff);
          green += weight * (rgb >> 8 & 0xff);
          blue += weight * (rgb & 0xff);
        }
        narrow[out++] = red;
        narrow[out++] = green;
        narrow[out++] = blue;
      }
    }
    int[] scaled = new int[newWidth * newHeight];
    float[] sum = new float[newWidth * 3];
    for (int y = 0, out = 0; y < newHeight; y++) {
      Arrays.fill(sum, 0);
      for (int i = down.from[y], w = down.first(y); i < down.to[y]; i++, w++) {
        float weight = down.weights[w];
        int row = i * newWidth * 3;
        for (int x = 0; x < sum.length; x++) {
          sum[x] += weight * narrow[row + x];
        }
      }
      for (int x = 0; x < sum.length; x += 3) {
        scaled[out++] = channel(sum[x]) << 16 | channel(sum[x + 1]) << 8 | channel(sum[x + 2]);
      }
    }
    return new Picture(newWidth, newHeight, scaled);
  }

  private static int channel(float value) {
    return Math.max(0, Math.min(255, Math.round(value)));
  }

  @Override
  public String toString() {
    return "Picture[" + width + " × " + height + "]";
  }

  /** Which source pixels make one target pixel, and how much each counts; the weights sum to 1. */
  private static final class Taps {
    private final int[] from;
    private final int[] to;
    private final float[] weights;
    private final int most;

    private Taps(int[] from, int[] to, float[] weights, int most) {
      this.from = from;
      this.to = to;
      this.weights = weights;
      this.most = most;
    }

    static Taps of(int source, int target) {
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
        from[t] = first;
        to[t] = last;
      }
      return new Taps(from, to, weights, most);
    }

    private static double weight(int pixel, double centre, double reach) {
      return Math.max(1e-6, 1 - Math.abs((pixel + 0.5 - centre) / reach));
    }

    int first(int target) {
      return target * most;
    }
  }
}
