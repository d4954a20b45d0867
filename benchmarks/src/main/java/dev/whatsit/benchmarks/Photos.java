package dev.whatsit.benchmarks;

import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * Generates any number of distinct photos of the size of a camera's small pictures. They are
 * several views of the project's sample, enlarged and with sensor noise. Each has a different
 * number in a JPEG comment, so that no two have the same bytes and all cost the same to decode.
 * Immutable and thread-safe.
 */
public final class Photos {
  /** The system property with the folder of the sample; the build sets it. */
  private static final String SAMPLES = "benchmark.samples";

  private static final int WIDTH = 1024;
  private static final int HEIGHT = 680;
  private static final int VIEWS = 8;
  private static final float QUALITY = 0.75f;

  /** Comment marker, length (itself included) and eight bytes. */
  private static final byte[] COMMENT = {(byte) 0xff, (byte) 0xfe, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0};

  private static final int NUMBER_AT = 2 + 4;

  private final List<byte[]> views;

  private Photos(List<byte[]> views) {
    this.views = views;
  }

  /** Creates the views; the same ones each time. */
  public static Photos ofSample() {
    Path sample = Path.of(System.getProperty(SAMPLES, "local/samples"), "cat.jpg");
    try {
      BufferedImage cat = ImageIO.read(sample.toFile());
      List<byte[]> views = new ArrayList<>();
      for (int view = 0; view < VIEWS; view++) {
        views.add(withComment(jpeg(view(cat, view))));
      }
      return new Photos(views);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + sample, e);
    }
  }

  /** The photo with this number, in a new array. */
  public byte[] photo(long number) {
    byte[] photo = views.get((int) Math.floorMod(number, (long) VIEWS)).clone();
    renumber(photo, number);
    return photo;
  }

  /**
   * The photo with this number, padded with noise to a size. Decoders and the validator stop before
   * the noise; hashing and storing do not.
   *
   * @param size in bytes, at least that of a photo
   */
  public byte[] photo(long number, int size) {
    byte[] photo = photo(number);
    if (size < photo.length) {
      throw new IllegalArgumentException("a photo has " + photo.length + " bytes, over " + size);
    }
    byte[] sized = new byte[size];
    new Random(number).nextBytes(sized);
    System.arraycopy(photo, 0, sized, 0, photo.length);
    return sized;
  }

  /** Changes the number in a photo, in place, so that it is a different image. */
  public static void renumber(byte[] photo, long number) {
    ByteBuffer.wrap(photo).putLong(NUMBER_AT, number);
  }

  /** The view as pixels, for other formats. */
  public BufferedImage pixels() {
    try {
      return ImageIO.read(new java.io.ByteArrayInputStream(views.get(0)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static BufferedImage view(BufferedImage photo, int view) {
    int margin = view * 8;
    int width = photo.getWidth() - margin;
    int height = photo.getHeight() - margin;
    BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
    graphics.drawImage(photo, 0, 0, WIDTH, HEIGHT, margin, margin, width, height, null);
    graphics.dispose();
    Random noise = new Random(view);
    for (int y = 0; y < HEIGHT; y++) {
      for (int x = 0; x < WIDTH; x++) {
        image.setRGB(
            x, y, brighter(image.getRGB(x, y), (int) Math.round(noise.nextGaussian() * 6)));
      }
    }
    return image;
  }

  private static int brighter(int rgb, int by) {
    int red = Math.max(0, Math.min(255, (rgb >> 16 & 0xff) + by));
    int green = Math.max(0, Math.min(255, (rgb >> 8 & 0xff) + by));
    int blue = Math.max(0, Math.min(255, (rgb & 0xff) + by));
    return red << 16 | green << 8 | blue;
  }

  private static byte[] jpeg(BufferedImage image) throws IOException {
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    try {
      ImageWriteParam parameters = writer.getDefaultWriteParam();
      parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
      parameters.setCompressionQuality(QUALITY);
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      try (MemoryCacheImageOutputStream stream = new MemoryCacheImageOutputStream(out)) {
        writer.setOutput(stream);
        writer.write(null, new IIOImage(image, null, null), parameters);
      }
      return out.toByteArray();
    } finally {
      writer.dispose();
    }
  }

  private static byte[] withComment(byte[] jpeg) {
    byte[] commented = new byte[jpeg.length + COMMENT.length];
    System.arraycopy(jpeg, 0, commented, 0, 2);
    System.arraycopy(COMMENT, 0, commented, 2, COMMENT.length);
    System.arraycopy(jpeg, 2, commented, 2 + COMMENT.length, jpeg.length - 2);
    return commented;
  }
}
