package dev.whatsit.faults;

import dev.whatsit.domain.image.ImageHash;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Random;
import javax.imageio.ImageIO;

/** An image as a client sends it. Immutable if no caller changes its bytes. */
final class Picture {
  private static final int SIDE = 12;

  private final String hash;
  private final byte[] bytes;

  private Picture(String hash, byte[] bytes) {
    this.hash = hash;
    this.bytes = bytes;
  }

  /** The picture of this number, always the same. */
  static Picture of(long number) {
    Random random = new Random(number);
    BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < SIDE * SIDE; i++) {
      image.setRGB(i % SIDE, i / SIDE, random.nextInt(0x1000000));
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      ImageIO.write(image, "png", out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    byte[] digest = ImageHash.newDigest().digest(out.toByteArray());
    return new Picture(ImageHash.ofDigest(digest).hex(), out.toByteArray());
  }

  /** The hash of its bytes. */
  String hash() {
    return hash;
  }

  byte[] bytes() {
    return bytes;
  }

  String path() {
    return "/v1/images/" + hash;
  }
}
