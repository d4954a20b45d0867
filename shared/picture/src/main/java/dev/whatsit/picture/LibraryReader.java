package dev.whatsit.picture;

import com.twelvemonkeys.imageio.plugins.jpeg.JPEGImageReaderSpi;
import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentSampleModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.IOException;
import java.util.Arrays;
import java.util.Iterator;
import java.util.function.Predicate;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.event.IIOReadWarningListener;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;
import org.jspecify.annotations.Nullable;

/**
 * The readers written in Java, each chosen by name and never by the order of the class path: JPEG
 * from TwelveMonkeys, PNG and BMP from the JDK.
 */
final class LibraryReader {
  static final LibraryReader JPEG =
      new LibraryReader(onTopOfTheJdk(new JPEGImageReaderSpi()), Watch.WARNINGS);
  static final LibraryReader PNG = new LibraryReader(ofTheJdk("png"), Watch.END);
  static final LibraryReader BMP = new LibraryReader(ofTheJdk("bmp"), Watch.END);

  private final ImageReaderSpi provider;

  /** How it shows that a reader missed data. */
  private enum Watch {
    /** It warns, and reads ahead. */
    WARNINGS,
    /** It may fill up in silence when the input ends. */
    END
  }

  private final Watch watch;

  private LibraryReader(ImageReaderSpi provider, Watch watch) {
    this.provider = provider;
    this.watch = watch;
  }

  /** Lets the provider find the JDK's reader that it builds on, without registering it. */
  private static ImageReaderSpi onTopOfTheJdk(ImageReaderSpi provider) {
    provider.onRegistration(IIORegistry.getDefaultInstance(), ImageReaderSpi.class);
    return provider;
  }

  private static ImageReaderSpi ofTheJdk(String formatName) {
    Iterator<ImageReaderSpi> all =
        IIORegistry.getDefaultInstance().getServiceProviders(ImageReaderSpi.class, false);
    while (all.hasNext()) {
      ImageReaderSpi one = all.next();
      if (one.getClass().getModule() == ImageReader.class.getModule()
          && Arrays.asList(one.getFormatNames()).contains(formatName)) {
        return one;
      }
    }
    throw new IllegalStateException("the JDK has no reader for " + formatName);
  }

  /**
   * Reads the window's samples of the first image.
   *
   * @param width what the container said, which the reader must find too
   * @param height what the container said, which the reader must find too
   * @param broken which of the reader's warnings mean that data is missing
   * @return {@code 0xAARRGGBB}, row by row
   */
  int[] samples(MemoryInput input, int width, int height, Window window, Predicate<String> broken)
      throws IOException {
    BufferedImage image = image(input, width, height, window, broken);
    if (image.getColorModel() instanceof IndexColorModel) {
      return image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
    }
    int[] argb = new int[image.getWidth() * image.getHeight()];
    int[] at = {0};
    rows(
        image,
        row -> {
          System.arraycopy(row, 0, argb, at[0], row.length);
          at[0] += row.length;
        });
    return argb;
  }

  /**
   * The same, row by row, so that beside the decoder's own raster there is no second form of the
   * whole.
   */
  void rows(
      MemoryInput input,
      int width,
      int height,
      Window window,
      Predicate<String> broken,
      RowSink sink)
      throws IOException {
    rows(image(input, width, height, window, broken), sink);
  }

  private BufferedImage image(
      MemoryInput input, int width, int height, Window window, Predicate<String> broken)
      throws IOException {
    ImageReader reader = provider.createReaderInstance();
    try {
      Warnings warnings = new Warnings(broken);
      reader.setInput(input, false, true);
      reader.addIIOReadWarningListener(warnings);
      if (reader.getWidth(0) != width || reader.getHeight(0) != height) {
        throw new IOException("two sizes in one image");
      }
      ImageReadParam param = reader.getDefaultReadParam();
      param.setSourceRegion(new Rectangle(window.x(), window.y(), window.width(), window.height()));
      param.setSourceSubsampling(window.stepX(), window.stepY(), 0, 0);
      BufferedImage image = reader.read(0, param);
      if (watch != Watch.WARNINGS && input.ranOff()) {
        throw new IOException("the decoder ran off the end");
      }
      String warning = warnings.first;
      if (warning != null) {
        throw new IOException(warning);
      }
      if (image.getWidth() != window.columns() || image.getHeight() != window.rows()) {
        throw new IOException("the decoder made another size");
      }
      return image;
    } finally {
      reader.dispose();
    }
  }

  /**
   * The samples as they are, scaled to 8 bits. The colour model is used for palettes only: through
   * it the JDK would brighten grey, which it takes for linear light.
   */
  private static void rows(BufferedImage image, RowSink sink) throws IOException {
    int width = image.getWidth();
    int height = image.getHeight();
    int[] argb = new int[width];
    if (image.getColorModel() instanceof IndexColorModel) {
      for (int y = 0; y < height; y++) {
        sink.row(image.getRGB(0, y, width, 1, argb, 0, width));
      }
      return;
    }
    Raster raster = image.getRaster();
    ColorModel colors = image.getColorModel();
    int bands = raster.getNumBands();
    if (bands > 4) {
      throw new IOException(bands + " channels");
    }
    int[] most = new int[bands];
    for (int band = 0; band < bands; band++) {
      most[band] = (1 << Math.min(16, colors.getComponentSize(band))) - 1;
    }
    boolean alpha = colors.hasAlpha();
    boolean color = bands >= 3;
    int[] row = new int[width * bands];
    // What nearly every photo has, and the general way takes several times as long for.
    boolean plain =
        raster.getSampleModel() instanceof ComponentSampleModel
            && raster.getTransferType() == DataBuffer.TYPE_BYTE;
    byte[] bytes = new byte[plain ? row.length : 0];
    for (int y = 0; y < height; y++) {
      if (plain) {
        raster.getDataElements(0, y, width, 1, bytes);
        for (int i = 0; i < row.length; i++) {
          row[i] = bytes[i] & 0xff;
        }
      } else {
        raster.getPixels(0, y, width, 1, row);
      }
      for (int x = 0, at = 0; x < width; x++, at += bands) {
        int red = eight(row[at], most[0]);
        int green = color ? eight(row[at + 1], most[1]) : red;
        int blue = color ? eight(row[at + 2], most[2]) : red;
        int opaque = alpha ? eight(row[at + bands - 1], most[bands - 1]) : 255;
        argb[x] = opaque << 24 | red << 16 | green << 8 | blue;
      }
      sink.row(argb);
    }
  }

  private static int eight(int sample, int most) {
    return most == 255 ? sample : (sample * 255 + most / 2) / most;
  }

  private static final class Warnings implements IIOReadWarningListener {
    private final Predicate<String> broken;
    private @Nullable String first;

    Warnings(Predicate<String> broken) {
      this.broken = broken;
    }

    @Override
    public void warningOccurred(ImageReader source, String warning) {
      if (first == null && broken.test(warning)) {
        first = warning;
      }
    }
  }
}
