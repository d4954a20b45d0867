package dev.whatsit.picture;

import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Iterator;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;

/** Writes pictures of every kind and decodes them. */
final class TestImages {
  private TestImages() {}

  static final int RED = 0xff0000;
  static final int GREEN = 0x00ff00;
  static final int BLUE = 0x0000ff;
  static final int WHITE = 0xffffff;

  static PictureDecoder decoder() {
    return new PictureDecoder(
        new DecodeBudget(1L << 30, Duration.ofMinutes(1)), Duration.ofMinutes(1));
  }

  static ImageDescription describe(ImageFormat format, byte[] bytes, int width, int height) {
    return new ImageDescription(
        new ImageHash("0".repeat(64)), format, Math.max(1, bytes.length), width, height);
  }

  /** Decodes to a size of its own choice, of a described size that is ample. */
  static Picture decode(ImageFormat format, byte[] bytes, Framing framing) {
    return decoder().decode(bytes.clone(), describe(format, bytes, 10_000, 7_000), framing).get(0);
  }

  /** Decodes to the stored size. */
  static Picture decode(ImageFormat format, byte[] bytes, int width, int height) {
    return decode(format, bytes, Framing.squashed(width, height));
  }

  static byte[] resource(String name) {
    try (InputStream in = TestImages.class.getResourceAsStream(name)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Four colours: red, green above blue, white. */
  static BufferedImage quarters(int width, int height, int type) {
    BufferedImage image = new BufferedImage(width, height, type);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        boolean left = x < width / 2;
        boolean top = y < height / 2;
        int rgb = top ? left ? RED : GREEN : left ? BLUE : WHITE;
        image.setRGB(x, y, 0xff000000 | rgb);
      }
    }
    return image;
  }

  /** Something with detail everywhere, so that most of a file is data. */
  static BufferedImage waves(int width, int height) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int red = (int) (128 + 120 * Math.sin(x * 0.9) * Math.cos(y * 0.31));
        int green = (int) (128 + 120 * Math.sin(x * 0.13 + y * 0.7));
        int blue = (x * 37 + y * 91) & 0xff;
        image.setRGB(x, y, red << 16 | green << 8 | blue);
      }
    }
    return image;
  }

  static byte[] write(String format, BufferedImage image) {
    try {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      if (!ImageIO.write(image, format, out)) {
        throw new IllegalArgumentException(format + " does not take this image");
      }
      return out.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static byte[] jpeg(BufferedImage image, boolean progressive) {
    return jpeg(new IIOImage(image, null, null), progressive);
  }

  private static byte[] jpeg(IIOImage image, boolean progressive) {
    ImageWriter writer = jdkWriter("jpeg");
    try {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      try (ImageOutputStream stream = ImageIO.createImageOutputStream(out)) {
        writer.setOutput(stream);
        ImageWriteParam param = writer.getDefaultWriteParam();
        param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
        param.setCompressionQuality(0.95f);
        if (progressive) {
          param.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
        }
        writer.write(null, image, param);
      }
      return out.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      writer.dispose();
    }
  }

  private static ImageWriter jdkWriter(String format) {
    Iterator<ImageWriter> writers = ImageIO.getImageWritersByFormatName(format);
    while (writers.hasNext()) {
      ImageWriter writer = writers.next();
      if (writer.getClass().getModule() == ImageWriter.class.getModule()) {
        return writer;
      }
    }
    throw new IllegalStateException("no writer for " + format);
  }

  /** A JPEG of one colour in four channels, stored as they are, with Adobe's marker. */
  static byte[] adobe(int transform, int... channels) {
    WritableRaster raster = Raster.createInterleavedRaster(0, 32, 32, 4, null);
    for (int y = 0; y < 32; y++) {
      for (int x = 0; x < 32; x++) {
        raster.setPixel(x, y, channels);
      }
    }
    byte[] plain = jpeg(new IIOImage(raster, null, null), false);
    byte[] marker = {
      (byte) 0xff, (byte) 0xee, 0, 14, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, (byte) transform
    };
    return insert(plain, 2, marker);
  }

  /** A JPEG with an application segment right at the front. */
  static byte[] withSegment(byte[] jpeg, int marker, byte[] content) {
    ByteBuffer segment = ByteBuffer.allocate(content.length + 4);
    segment.put((byte) 0xff).put((byte) marker).putShort((short) (content.length + 2)).put(content);
    return insert(jpeg, 2, segment.array());
  }

  static byte[] withExif(byte[] jpeg, byte[] tiff) {
    byte[] content = new byte[tiff.length + 6];
    System.arraycopy("Exif\0\0".getBytes(StandardCharsets.ISO_8859_1), 0, content, 0, 6);
    System.arraycopy(tiff, 0, content, 6, tiff.length);
    return withSegment(jpeg, 0xe1, content);
  }

  /** A TIFF block with an orientation after another entry. */
  static byte[] tiff(int orientation, ByteOrder order) {
    ByteBuffer tiff = ByteBuffer.allocate(8 + 2 + 24 + 4).order(order);
    tiff.put(order == ByteOrder.LITTLE_ENDIAN ? new byte[] {'I', 'I'} : new byte[] {'M', 'M'});
    tiff.putShort((short) 42).putInt(8).putShort((short) 2);
    tiff.putShort((short) 0x010f).putShort((short) 2).putInt(1).putInt(0);
    tiff.putShort((short) 0x0112).putShort((short) 3).putInt(1);
    tiff.putShort((short) orientation).putShort((short) 0).putInt(0);
    return tiff.array();
  }

  static byte[] insert(byte[] into, int at, byte[] what) {
    byte[] all = new byte[into.length + what.length];
    System.arraycopy(into, 0, all, 0, at);
    System.arraycopy(what, 0, all, at, what.length);
    System.arraycopy(into, at, all, at + what.length, into.length - at);
    return all;
  }

  static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  static final byte[] PNG_SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10};

  static byte[] chunk(String name, byte[] content) {
    ByteBuffer chunk = ByteBuffer.allocate(content.length + 12);
    chunk.putInt(content.length).put(name.getBytes(StandardCharsets.ISO_8859_1)).put(content);
    CRC32 sum = new CRC32();
    sum.update(chunk.array(), 4, content.length + 4);
    return chunk.putInt((int) sum.getValue()).array();
  }

  static byte[] header(int width, int height, int depth, int colorType, boolean interlaced) {
    return chunk(
        "IHDR",
        ByteBuffer.allocate(13)
            .putInt(width)
            .putInt(height)
            .put((byte) depth)
            .put((byte) colorType)
            .putShort((short) 0)
            .put((byte) (interlaced ? 1 : 0))
            .array());
  }

  static byte[] deflate(byte[] bytes) {
    try {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      try (DeflaterOutputStream deflater =
          new DeflaterOutputStream(out, new Deflater(Deflater.BEST_COMPRESSION))) {
        deflater.write(bytes);
      }
      return out.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A PNG from its parts: rows as they are, each with its filter byte. */
  static byte[] png(byte[] header, byte[] rows, byte[]... before) {
    return join(
        PNG_SIGNATURE,
        header,
        join(before),
        chunk("IDAT", deflate(rows)),
        chunk("IEND", new byte[0]));
  }

  /** The first part of a file, in hundredths. */
  static byte[] cut(byte[] bytes, int percent) {
    return Arrays.copyOf(bytes, (int) ((long) bytes.length * percent / 100));
  }

  /** The mean difference of the channels of two pictures, 0 to 255. */
  static double difference(Picture one, Picture other) {
    long sum = 0;
    int count = one.width() * one.height();
    for (int i = 0; i < count; i++) {
      for (int shift = 0; shift < 24; shift += 8) {
        sum += Math.abs((one.pixel(i) >> shift & 0xff) - (other.pixel(i) >> shift & 0xff));
      }
    }
    return sum / (3.0 * count);
  }

  /** Whether a pixel is about a colour. */
  static boolean isAbout(Picture picture, int x, int y, int color, int slack) {
    int pixel = picture.pixel(y * picture.width() + x);
    for (int shift = 0; shift < 24; shift += 8) {
      if (Math.abs((pixel >> shift & 0xff) - (color >> shift & 0xff)) > slack) {
        return false;
      }
    }
    return true;
  }
}
