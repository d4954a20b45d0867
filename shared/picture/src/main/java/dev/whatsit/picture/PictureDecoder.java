package dev.whatsit.picture;

import dev.whatsit.domain.failure.Deferred;
import dev.whatsit.domain.failure.FailureCodes;
import dev.whatsit.domain.failure.PermanentFailure;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.Orientation;
import dev.whatsit.domain.image.TooMuchWork;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Decodes images from untrusted sources. Only the format that the description names is tried, only
 * the first frame is decoded, and what it needs is known and waited for before any decoder starts.
 * Immutable but for the budget, and thread-safe.
 */
public final class PictureDecoder {
  private final DecodeBudget budget;
  private final Duration processorTime;
  private final LongSupplier processorNanos;

  /**
   * A decoder.
   *
   * @param budget shared by all decodes of the process
   * @param processorTime what one decode may use of one processor; more is {@code
   *     IMAGE_TOO_COMPLEX}
   */
  public PictureDecoder(DecodeBudget budget, Duration processorTime) {
    this(budget, processorTime, processorClock());
  }

  PictureDecoder(DecodeBudget budget, Duration processorTime, LongSupplier processorNanos) {
    this.budget = budget;
    this.processorTime = processorTime;
    this.processorNanos = processorNanos;
  }

  private static LongSupplier processorClock() {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    return threads.isCurrentThreadCpuTimeSupported()
        ? threads::getCurrentThreadCpuTime
        : System::nanoTime;
  }

  /**
   * Decodes an image once for each wanted picture: upright, without transparency (over white), in
   * exactly the wanted size. As many of its pixels count as half of the budget has room for, as in
   * {@link #decodeWithin}.
   *
   * @param bytes the whole image; the array is given away and will be written to
   * @param image the validator's description; the data must not have more pixels
   * @param framings the wanted pictures, at least one
   * @return a picture for each of them, in their order
   * @throws PermanentFailure {@code CORRUPT_IMAGE} if the data is cut or broken, {@code
   *     IMAGE_TOO_COMPLEX} if it needs more memory or time than one image may have, {@code
   *     CLASSIFIER_REFUSED} if it is a WebP and there is no decoder for this platform, or a rare
   *     kind of JPEG
   * @throws Deferred if there was no room in the budget in time
   * @throws TransientFailure if the process itself is out of memory
   */
  public List<Picture> decode(byte[] bytes, ImageDescription image, Framing... framings) {
    return decoded(
        bytes,
        image,
        (frame, work) -> {
          Orientation orientation = frame.orientation();
          List<Framing> stored = Stream.of(framings).map(one -> one.stored(orientation)).toList();
          List<Window> parts =
              stored.stream()
                  .map(one -> one.window(frame.canvasWidth(), frame.canvasHeight()))
                  .toList();
          Window most = parts.stream().reduce(Window::around).orElseThrow();
          long made = 0;
          for (int i = 0; i < parts.size(); i++) {
            Framing one = stored.get(i);
            made += Scaling.needBytes(parts.get(i), one.width(), one.height());
          }
          Window window = thinned(frame, most, bytes.length + made);
          return budgeted(
              bytes.length + made + frame.needBytesForRows(window),
              () -> {
                List<Scaling> scalings = new ArrayList<>();
                for (int i = 0; i < parts.size(); i++) {
                  Framing one = stored.get(i);
                  scalings.add(new Scaling(parts.get(i).among(window), one.width(), one.height()));
                }
                frame.canvasRows(
                    window,
                    work,
                    row -> {
                      overWhite(row);
                      scalings.forEach(scaling -> scaling.row(row));
                    });
                List<Picture> pictures = new ArrayList<>();
                for (int i = 0; i < scalings.size(); i++) {
                  int[] pixels = scalings.get(i).pixels();
                  frame.toSrgb(pixels);
                  Framing one = stored.get(i);
                  pictures.add(Upright.picture(orientation, pixels, one.width(), one.height()));
                }
                return pictures;
              });
        });
  }

  /**
   * Decodes an image whole and makes it small: upright, its transparency kept, in its own
   * proportions with the longer side as wanted, and never larger than it is. As many of its pixels
   * count as half of the budget has room for, so that nothing of a photo is passed over.
   *
   * @param bytes the whole image; the array is given away and will be written to
   * @param image the validator's description; the data must not have more pixels
   * @param largest the longer side that is wanted, 1 to {@link Framing#LARGEST}
   * @throws PermanentFailure as {@link #decode}
   * @throws Deferred as {@link #decode}
   * @throws TransientFailure as {@link #decode}
   */
  public Miniature decodeWithin(byte[] bytes, ImageDescription image, int largest) {
    if (largest < 1 || largest > Framing.LARGEST) {
      throw new IllegalArgumentException("largest must be 1 to " + Framing.LARGEST);
    }
    return decoded(
        bytes,
        image,
        (frame, work) -> {
          Fit fit = Fit.of(frame.canvasWidth(), frame.canvasHeight(), largest);
          // What is made, with the rows under way, and once more for turning it.
          long made =
              (fit.width() + 3L) * fit.height() * (4 + 4)
                  + frame.canvasWidth() * 64L
                  + frame.canvasHeight() * 16L;
          int step =
              Math.max(
                  1,
                  Math.min(frame.canvasWidth() / fit.width(), frame.canvasHeight() / fit.height()));
          Window most = new Window(0, 0, frame.canvasWidth(), frame.canvasHeight(), step, step);
          Window window = thinned(frame, most, bytes.length + made);
          return budgeted(
              bytes.length + made + frame.needBytesForRows(window),
              () -> {
                Shrinking shrinking =
                    new Shrinking(window.columns(), window.rows(), fit.width(), fit.height());
                frame.canvasRows(window, work, shrinking);
                int[] pixels = shrinking.pixels();
                frame.toSrgb(pixels);
                boolean turned = frame.orientation().turned();
                return new Miniature(
                    turned ? fit.height() : fit.width(),
                    turned ? fit.width() : fit.height(),
                    Upright.pixels(frame.orientation(), pixels, fit.width(), fit.height()));
              });
        });
  }

  /**
   * The window with the smallest step between decoded pixels for which half of the budget has
   * memory, because skipped pixels make edges jagged. A decoder that averages the skipped pixels
   * itself gets the largest step at once.
   */
  private Window thinned(EncodedFrame frame, Window most, long beside) {
    int end = Math.max(most.stepX(), most.stepY());
    int step = frame.averages() ? end : 1;
    Window window = most.thinned(step);
    while (step < end && !budget.fits(2 * (beside + frame.needBytesForRows(window)))) {
      step++;
      window = most.thinned(step);
    }
    return window;
  }

  /** What is made of a frame. */
  private interface Making<T> {
    T of(EncodedFrame frame, WorkLimit work) throws IOException;
  }

  private <T> T decoded(byte[] bytes, ImageDescription image, Making<T> making) {
    WorkLimit work = new WorkLimit(processorTime, processorNanos);
    try {
      EncodedFrame frame = EncodedFrame.open(image.format(), bytes);
      long pixels = (long) image.width() * image.height();
      if ((long) frame.canvasWidth() * frame.canvasHeight() > pixels
          || (long) frame.frameWidth() * frame.frameHeight() > pixels) {
        throw new IOException("more pixels than its header said");
      }
      return making.of(frame, work);
    } catch (Deferred | TransientFailure | PermanentFailure e) {
      throw e;
    } catch (TooMuchWork e) {
      throw tooComplex(e);
    } catch (OutOfMemoryError e) {
      // Needs are bounded before a decoder starts, so it is the process that has none left.
      throw new TransientFailure("out of memory while decoding " + image.hash(), e);
    } catch (IOException | RuntimeException | StackOverflowError e) {
      throw work.exceeded() ? tooComplex(e) : corrupt(e);
    }
  }

  private <T> T budgeted(long need, DecodeBudget.Work<T> work) throws IOException {
    if (!budget.fits(need)) {
      throw new PermanentFailure(
          FailureCodes.IMAGE_TOO_COMPLEX,
          "Decoding the image takes more memory than this service sets aside for one. A retry makes"
              + " sense once it sets aside more.",
          true,
          new TooMuchWork("decoding needs " + need + " bytes"));
    }
    return budget.holding(need, work);
  }

  private static PermanentFailure tooComplex(Throwable cause) {
    return new PermanentFailure(
        FailureCodes.IMAGE_TOO_COMPLEX,
        "Decoding the image takes more memory or time than one image may have.",
        false,
        cause);
  }

  private static PermanentFailure corrupt(@Nullable Throwable cause) {
    return new PermanentFailure(
        FailureCodes.CORRUPT_IMAGE, "The image's data is cut or broken.", false, cause);
  }

  static void overWhite(int[] argb) {
    for (int i = 0; i < argb.length; i++) {
      int alpha = argb[i] >>> 24;
      if (alpha != 255) {
        int white = 255 * (255 - alpha);
        int red = ((argb[i] >> 16 & 0xff) * alpha + white + 127) / 255;
        int green = ((argb[i] >> 8 & 0xff) * alpha + white + 127) / 255;
        int blue = ((argb[i] & 0xff) * alpha + white + 127) / 255;
        argb[i] = red << 16 | green << 8 | blue;
      }
    }
  }
}
