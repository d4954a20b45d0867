package dev.whatsit.deployment;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;

/**
 * Generates small pictures of noise: a different one for each number, and always the same one for a
 * number.
 */
final class GeneratedImage {
  private static final int WIDTH = 120;
  private static final int HEIGHT = 90;

  /**
   * None of these formats compresses noise well, so code that keeps image bytes shows in the heap.
   */
  private static final List<String> FORMATS = List.of("jpeg", "png", "bmp", "gif");

  private GeneratedImage() {}

  /** The bytes of picture {@code number}. */
  static byte[] bytes(int number) {
    Random random = new Random(number);
    BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < HEIGHT; y++) {
      for (int x = 0; x < WIDTH; x++) {
        image.setRGB(x, y, random.nextInt(1 << 24));
      }
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    String format = FORMATS.get(number % FORMATS.size());
    try {
      if (!ImageIO.write(image, format, out)) {
        throw new IllegalStateException("this JDK writes no " + format);
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return out.toByteArray();
  }
}
