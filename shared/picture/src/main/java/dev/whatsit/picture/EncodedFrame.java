package dev.whatsit.picture;

import dev.whatsit.domain.image.BmpStructure;
import dev.whatsit.domain.image.GifStructure;
import dev.whatsit.domain.image.ImageBytes;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageStructure;
import dev.whatsit.domain.image.JpegStructure;
import dev.whatsit.domain.image.Orientation;
import dev.whatsit.domain.image.PngStructure;
import dev.whatsit.domain.image.WebpStructure;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The first frame of an image with a complete container, ready to be decoded. It owns the array
 * that it was read from and may move bytes about in it.
 */
abstract class EncodedFrame {
  private final ImageStructure structure;
  private @Nullable SourceColors colors;

  EncodedFrame(ImageStructure structure) {
    this.structure = structure;
  }

  /**
   * Reads the container.
   *
   * @param data the image, which is given away
   * @throws IOException if it is cut, broken or of a kind that no decoder here reads
   */
  static EncodedFrame open(ImageFormat format, byte[] data) throws IOException {
    ImageBytes bytes = ImageBytes.of(data);
    ImageStructure structure = ImageStructure.read(format, bytes);
    // Before the frame writes to the data.
    Optional<SourceColors> colors =
        structure
            .profile(bytes)
            .flatMap(profile -> SourceColors.of(profile, structure.colorChannels()));
    EncodedFrame frame = of(structure, data);
    frame.colors = colors.orElse(null);
    return frame;
  }

  private static EncodedFrame of(ImageStructure structure, byte[] data) {
    if (structure instanceof JpegStructure jpeg) {
      return new JpegFrame(jpeg, data);
    }
    if (structure instanceof PngStructure png) {
      return new PngFrame(png, data);
    }
    if (structure instanceof GifStructure gif) {
      return new GifFrame(gif, data);
    }
    if (structure instanceof WebpStructure webp) {
      return new WebpFrame(webp, data);
    }
    return new BmpFrame((BmpStructure) structure, data);
  }

  final int canvasWidth() {
    return structure.width();
  }

  final int canvasHeight() {
    return structure.height();
  }

  final int frameWidth() {
    return structure.place().width();
  }

  final int frameHeight() {
    return structure.place().height();
  }

  final Orientation orientation() {
    return structure.orientation();
  }

  /** Converts decoded pixels {@code 0xAARRGGBB} to sRGB, in place. */
  final void toSrgb(int[] argb) {
    SourceColors from = colors;
    if (from != null) {
      from.toSrgb(argb);
    }
  }

  /** How many bytes decoding needs at most, beyond the samples of the window. */
  abstract long decoderBytes();

  /**
   * Decodes a part of the frame.
   *
   * @param window in the frame's own coordinates and inside it
   * @return {@code 0xAARRGGBB}, the window's samples row by row
   * @throws IOException if the data is cut or broken, or asks for too much
   */
  abstract int[] samples(Window window, WorkLimit work) throws IOException;

  /**
   * The same, row by row, for what needs no more of them at once.
   *
   * @param window in the frame's own coordinates and inside it
   * @throws IOException if the data is cut or broken, or asks for too much
   */
  void rows(Window window, WorkLimit work, RowSink sink) throws IOException {
    rows(samples(window, work), window.columns(), sink);
  }

  /** How many bytes {@link #rows} needs at most for each sample of the window. */
  int bytesPerSampleOfRows() {
    // The decoder's raster and its ARGB form.
    return 8 + 4;
  }

  /** Whether a thinned window's samples are means of what they stand for, and not single pixels. */
  boolean averages() {
    return false;
  }

  /** How many bytes {@link #canvasRows} needs at most. */
  final long needBytesForRows(Window window) {
    return decoderBytes() + window.samples() * (fillsCanvas() ? bytesPerSampleOfRows() : 8 + 4 + 4);
  }

  /** Decodes a part of the canvas, row by row. */
  final void canvasRows(Window window, WorkLimit work, RowSink sink) throws IOException {
    if (fillsCanvas()) {
      rows(window, work, sink);
    } else {
      rows(canvasSamples(window, work), window.columns(), sink);
    }
  }

  private static void rows(int[] samples, int columns, RowSink sink) {
    int[] row = new int[columns];
    for (int at = 0; at < samples.length; at += columns) {
      System.arraycopy(samples, at, row, 0, columns);
      sink.row(row);
    }
  }

  private boolean fillsCanvas() {
    ImageStructure.Place place = structure.place();
    return place.x() == 0
        && place.y() == 0
        && place.width() == canvasWidth()
        && place.height() == canvasHeight();
  }

  /** Decodes a part of the canvas; where the frame does not reach it is transparent. */
  private int[] canvasSamples(Window window, WorkLimit work) throws IOException {
    if (fillsCanvas()) {
      return samples(window, work);
    }
    ImageStructure.Place place = structure.place();
    int[] canvas = new int[Math.multiplyExact(window.columns(), window.rows())];
    int firstColumn = firstSample(place.x() - window.x(), window.stepX());
    int firstRow = firstSample(place.y() - window.y(), window.stepY());
    int left = window.x() + firstColumn * window.stepX() - place.x();
    int top = window.y() + firstRow * window.stepY() - place.y();
    int width = Math.min(place.width(), window.x() + window.width() - place.x()) - left;
    int height = Math.min(place.height(), window.y() + window.height() - place.y()) - top;
    if (width < 1 || height < 1) {
      return canvas;
    }
    Window part = new Window(left, top, width, height, window.stepX(), window.stepY());
    int[] samples = samples(part, work);
    for (int row = 0; row < part.rows(); row++) {
      System.arraycopy(
          samples,
          row * part.columns(),
          canvas,
          (firstRow + row) * window.columns() + firstColumn,
          part.columns());
    }
    return canvas;
  }

  private static int firstSample(int distance, int step) {
    return distance <= 0 ? 0 : (distance + step - 1) / step;
  }
}
