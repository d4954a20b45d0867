package dev.whatsit.picture;

import com.luciad.imageio.webp.CompressionType;
import com.luciad.imageio.webp.WebPImageWriterSpi;
import com.luciad.imageio.webp.WebPWriteParam;
import dev.whatsit.domain.image.ImageBytes;
import dev.whatsit.domain.image.ImageFormat;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import javax.imageio.IIOImage;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageWriterSpi;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * Encodes small pictures without any metadata: JPEG where nothing shines through, else WebP, which
 * keeps the transparency. The same picture always gives the same bytes. Thread-safe.
 */
public final class MiniatureEncoder {
  private static final float JPEG_QUALITY = 0.82f;
  private static final float WEBP_QUALITY = 0.8f;

  /** libwebp's effort, 0 to 6; 4 is its default, which takes three times as long for 5 %. */
  private static final int WEBP_METHOD = 2;

  private static final ImageWriterSpi JPEG = jpegOfTheJdk();

  /** Native memory that webp-imageio 0.10.2 never frees, as in {@link LibWebp}. */
  private static final Queue<WebPWriteParam> SPARE = new ConcurrentLinkedQueue<>();

  private MiniatureEncoder() {}

  /**
   * An encoded picture.
   *
   * @param format of the bytes
   */
  public record Encoded(ImageFormat format, ImageBytes bytes) {}

  /**
   * Encodes a picture. Where there is no libwebp for the platform, what shines through is laid over
   * white and becomes a JPEG.
   */
  public static Encoded encode(Miniature picture) {
    try {
      if (!picture.isOpaque()) {
        try {
          return new Encoded(ImageFormat.WEBP, ImageBytes.of(webp(picture)));
        } catch (LinkageError e) {
          return new Encoded(ImageFormat.JPEG, ImageBytes.of(jpeg(overWhite(picture))));
        }
      }
      return new Encoded(ImageFormat.JPEG, ImageBytes.of(jpeg(rgb(picture, picture.argb()))));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot encode " + picture, e);
    }
  }

  private static byte[] webp(Miniature picture) throws IOException {
    WebPWriteParam spare = SPARE.poll();
    WebPWriteParam param = spare == null ? webpParam() : spare;
    try {
      BufferedImage image =
          new BufferedImage(picture.width(), picture.height(), BufferedImage.TYPE_INT_ARGB);
      copy(picture.argb(), image);
      return written(new WebPImageWriterSpi().createWriterInstance(null), param, image);
    } finally {
      SPARE.add(param);
    }
  }

  private static WebPWriteParam webpParam() {
    WebPWriteParam param = new WebPWriteParam(Locale.ROOT);
    param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
    param.setCompressionType(CompressionType.Lossy);
    param.setCompressionQuality(WEBP_QUALITY);
    param.setMethod(WEBP_METHOD);
    return param;
  }

  private static byte[] jpeg(BufferedImage image) throws IOException {
    ImageWriter writer = JPEG.createWriterInstance();
    ImageWriteParam param = writer.getDefaultWriteParam();
    param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
    param.setCompressionQuality(JPEG_QUALITY);
    return written(writer, param, image);
  }

  private static byte[] written(ImageWriter writer, ImageWriteParam param, BufferedImage image)
      throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      writer.setOutput(out);
      writer.write(null, new IIOImage(image, null, null), param);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }

  private static BufferedImage overWhite(Miniature picture) {
    int[] argb = picture.argb().clone();
    PictureDecoder.overWhite(argb);
    return rgb(picture, argb);
  }

  private static BufferedImage rgb(Miniature picture, int[] pixels) {
    BufferedImage image =
        new BufferedImage(picture.width(), picture.height(), BufferedImage.TYPE_INT_RGB);
    copy(pixels, image);
    return image;
  }

  private static void copy(int[] pixels, BufferedImage image) {
    int[] raster = ((DataBufferInt) image.getRaster().getDataBuffer()).getData();
    System.arraycopy(pixels, 0, raster, 0, pixels.length);
  }

  private static ImageWriterSpi jpegOfTheJdk() {
    Iterator<ImageWriterSpi> all =
        IIORegistry.getDefaultInstance().getServiceProviders(ImageWriterSpi.class, false);
    while (all.hasNext()) {
      ImageWriterSpi one = all.next();
      if (one.getClass().getModule() == ImageWriter.class.getModule()
          && Arrays.asList(one.getFormatNames()).contains("jpeg")) {
        return one;
      }
    }
    throw new IllegalStateException("the JDK has no writer for JPEG");
  }
}
