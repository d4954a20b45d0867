package dev.whatsit.picture;

import com.luciad.imageio.webp.WebPImageReaderSpi;
import com.luciad.imageio.webp.WebPReadParam;
import dev.whatsit.domain.failure.FailureCodes;
import dev.whatsit.domain.failure.PermanentFailure;
import dev.whatsit.domain.image.WebpStructure;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.io.IOException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import javax.imageio.ImageReader;

/**
 * Google's libwebp by way of webp-imageio, which takes it from its jar at the first picture. Native
 * code cannot be stopped: the caller bounds the pixels. Thread-safe.
 */
final class LibWebp {
  /** A family of five code tables for 11 bits of colour cache, with its header. */
  private static final int FAMILY_BYTES = 21 << 10;

  /** Five codes of one symbol each, of four bits. */
  private static final int FAMILY_MIN_BITS = 20;

  /**
   * Options for later use. Each has native memory that webp-imageio 0.10.2 never frees, because its
   * cleaner holds on to what it waits for; so there are no more than ever were in use at once.
   */
  private static final Queue<WebPReadParam> SPARE = new ConcurrentLinkedQueue<>();

  private LibWebp() {}

  /** How many bytes lossy data needs: some rows of blocks, and what is known of the row above. */
  static long lossyBytes(int width) {
    return (1 << 20) + (width + 16L) * 128;
  }

  /**
   * How many bytes lossless data needs: the pixels, the code tables, and three small images of at
   * most a sixteenth each, twice while one is read.
   */
  static long losslessBytes(int width, int height, int dataBytes) {
    long families =
        Math.min(
            WebpStructure.MAX_CODE_GROUPS,
            Math.min((width + 3L) / 4 * ((height + 3L) / 4), dataBytes * 8L / FAMILY_MIN_BITS + 1));
    return (1 << 20) + width * (height + 17L) * 4 + (long) width * height + families * FAMILY_BYTES;
  }

  /**
   * Decodes the window, averaging where it is thinned.
   *
   * @param file a whole file with one frame and nothing else
   * @param separateAlpha whether the file has transparency in a chunk of its own
   * @return {@code 0xAARRGGBB}, row by row
   * @throws IOException if the data is cut or broken
   * @throws PermanentFailure {@code CLASSIFIER_REFUSED} if there is no libwebp for this platform
   */
  static int[] samples(byte[] file, boolean separateAlpha, Window window, WorkLimit work)
      throws IOException {
    try {
      WebPReadParam spare = SPARE.poll();
      WebPReadParam param = spare == null ? new WebPReadParam() : spare;
      try {
        return samples(file, window, param, work);
      } finally {
        SPARE.add(param);
      }
    } catch (OutOfMemoryError e) {
      // libwebp 1.5.0 reports a broken head of such a chunk like this (VP8DecompressAlphaRows), and
      // webp-imageio throws it without a message, which the JVM's own always has.
      if (separateAlpha && e.getMessage() == null) {
        throw new IOException("the transparency is broken", e);
      }
      throw e;
    } catch (LinkageError e) {
      // Other formats still work here, so this is about the image. By hand it can be tried again,
      // on another machine.
      throw new PermanentFailure(
          FailureCodes.CLASSIFIER_REFUSED,
          "WebP cannot be decoded on the platform that this service runs on.",
          true,
          e);
    }
  }

  private static int[] samples(byte[] file, Window window, WebPReadParam param, WorkLimit work)
      throws IOException {
    param.setUseCropping(true);
    param.setCropLeft(window.x());
    param.setCropTop(window.y());
    param.setCropWidth(window.width());
    param.setCropHeight(window.height());
    param.setUseScaling(window.stepX() > 1 || window.stepY() > 1);
    param.setScaledWidth(window.columns());
    param.setScaledHeight(window.rows());
    ImageReader reader = new WebPImageReaderSpi().createReaderInstance(null);
    try {
      reader.setInput(new MemoryInput(file, 0, file.length, 0, work), true, true);
      BufferedImage image = reader.read(0, param);
      if (image.getWidth() != window.columns() || image.getHeight() != window.rows()) {
        throw new IOException("the decoder made another size");
      }
      int[] argb = ((DataBufferInt) image.getRaster().getDataBuffer()).getData();
      if (!image.getColorModel().hasAlpha()) {
        for (int i = 0; i < argb.length; i++) {
          argb[i] |= 0xff000000;
        }
      }
      return argb;
    } finally {
      reader.dispose();
    }
  }
}
