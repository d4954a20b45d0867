package dev.whatsit.upload;

import dev.whatsit.domain.image.ImageHash;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import javax.imageio.ImageIO;

/** Generates pictures that no test has submitted before. */
final class Pictures {
  /** A lossless WebP of 4 × 4 pixels that names 65,536 groups of code tables. */
  static final String CODE_TABLES =
      "524946461a000000574542505650384c0e0000002f03c000" + "0084fef7bf0005280000";

  private static final AtomicInteger SEED = new AtomicInteger();

  private Pictures() {}

  static byte[] png() throws IOException {
    return picture("png", 32, 24);
  }

  static byte[] picture(String format, int width, int height) throws IOException {
    Random random = new Random(SEED.incrementAndGet());
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        image.setRGB(x, y, random.nextInt(0x1000000));
      }
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    if (!ImageIO.write(image, format, out)) {
      throw new IOException("no writer for " + format);
    }
    return out.toByteArray();
  }

  static ImageHash hash(byte[] bytes) {
    return ImageHash.ofDigest(ImageHash.newDigest().digest(bytes));
  }
}
