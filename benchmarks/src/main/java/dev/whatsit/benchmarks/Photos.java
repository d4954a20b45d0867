package dev.whatsit.benchmarks;

import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import javax.imageio.ImageIO;

/**
 * Generates any number of distinct photos of the size of a camera's small pictures: the project's
 * sample, enlarged and with sensor noise. Each has a different number in a JPEG comment, so that no
 * two have the same bytes and all cost the same to decode. Immutable and thread-safe.
 */
public final class Photos {
  private static final int WIDTH = 1024;
  private static final int HEIGHT = 680;

  /** Comment marker, length (itself included) and eight bytes. */
  private static final byte[] COMMENT = {(byte) 0xff, (byte) 0xfe, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0};

  private static final int START_OF_IMAGE = 2;
  private static final int NUMBER_AT = START_OF_IMAGE + 4;

  private final BufferedImage pixels;
  private final byte[] photo;

  private Photos(BufferedImage pixels, byte[] photo) {
    this.pixels = pixels;
    this.photo = photo;
  }

  /** Creates the photo; the same one each time. */
  public static Photos ofSample() {
    Path sample = samples().resolve("cat.jpg");
    try {
      BufferedImage image = enlarged(ImageIO.read(sample.toFile()));
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      ImageIO.write(image, "jpeg", out);
      return new Photos(image, numbered(out.toByteArray()));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + sample, e);
    }
  }

  /** The sample itself, of about 30 KB. */
  public static Photos small() {
    Path sample = samples().resolve("cat.jpg");
    try {
      return new Photos(
          ImageIO.read(sample.toFile()), numbered(Files.readAllBytes(sample)));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + sample, e);
    }
  }

  private static byte[] numbered(byte[] jpeg) {
    return ByteBuffer.allocate(jpeg.length + COMMENT.length)
        .put(jpeg, 0, START_OF_IMAGE)
        .put(COMMENT)
        .put(jpeg, START_OF_IMAGE, jpeg.length - START_OF_IMAGE)
        .array();
  }

  /** The folder of the sample, which the system property {@code benchmark.samples} names. */
  public static Path samples() {
    return Path.of(System.getProperty("benchmark.samples", "local/samples"));
  }

  /** The photo with this number, in a new array. */
  public byte[] photo(long number) {
    return photo(number, photo.length);
  }

  /**
   * The photo with this number, padded with noise to a size. Decoders and the validator stop before
   * the noise; hashing and storing do not.
   *
   * @param size in bytes, at least that of a photo
   */
  public byte[] photo(long number, int size) {
    if (size < photo.length) {
      throw new IllegalArgumentException("a photo has " + photo.length + " bytes, over " + size);
    }
    byte[] sized = Arrays.copyOf(photo, size);
    byte[] noise = new byte[size - photo.length];
    new Random(number).nextBytes(noise);
    System.arraycopy(noise, 0, sized, photo.length, noise.length);
    renumber(sized, number);
    return sized;
  }

  /** Changes the number in a photo, in place, so that it is a different image. */
  public static void renumber(byte[] photo, long number) {
    renumber(photo, 0, number);
  }

  /** As {@link #renumber(byte[], long)}, in a photo that begins at an offset of the array. */
  public static void renumber(byte[] bytes, int offset, long number) {
    ByteBuffer.wrap(bytes).putLong(offset + NUMBER_AT, number);
  }

  /** The pixels, for other formats. */
  public BufferedImage pixels() {
    return pixels;
  }

  private static BufferedImage enlarged(BufferedImage sample) {
    BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
    graphics.drawImage(sample, 0, 0, WIDTH, HEIGHT, null);
    graphics.dispose();
    Random random = new Random(0);
    int[] pixel = new int[3];
    for (int y = 0; y < HEIGHT; y++) {
      for (int x = 0; x < WIDTH; x++) {
        int noise = (int) Math.round(random.nextGaussian() * 6);
        image.getRaster().getPixel(x, y, pixel);
        for (int i = 0; i < pixel.length; i++) {
          pixel[i] = Math.max(0, Math.min(255, pixel[i] + noise));
        }
        image.getRaster().setPixel(x, y, pixel);
      }
    }
    return image;
  }
}
