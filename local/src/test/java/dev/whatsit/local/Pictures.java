package dev.whatsit.local;

import dev.whatsit.domain.image.ImageHash;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;

/** Pictures for tests. */
final class Pictures {
  private Pictures() {}

  /** The project's sample photo. */
  static byte[] cat() {
    try {
      return Files.readAllBytes(Path.of("samples/cat.jpg"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A small picture, different for each seed. */
  static byte[] of(int seed, String format) {
    Random random = new Random(seed);
    BufferedImage image = new BufferedImage(24, 24, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 24 * 24; i++) {
      image.setRGB(i % 24, i / 24, random.nextInt() & 0xffffff);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      if (!ImageIO.write(image, format, out)) {
        throw new IllegalStateException("no writer for " + format);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  static byte[] png(int seed) {
    return of(seed, "png");
  }

  /** A PNG that consists of its signature and IHDR only. */
  static byte[] pngHeader(int width, int height) {
    byte[] header = new byte[33];
    byte[] signature = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    System.arraycopy(signature, 0, header, 0, 8);
    putInt(header, 8, 13);
    System.arraycopy("IHDR".getBytes(StandardCharsets.US_ASCII), 0, header, 12, 4);
    putInt(header, 16, width);
    putInt(header, 20, height);
    header[24] = 8;
    header[25] = 2;
    CRC32 crc = new CRC32();
    crc.update(header, 12, 17);
    putInt(header, 29, (int) crc.getValue());
    return header;
  }

  /** A BMP of noise with about this many bytes, different for each seed. */
  static byte[] large(int bytes, int seed) {
    byte[] picture = new byte[bytes];
    new Random(seed).nextBytes(picture);
    int width = 1024;
    int height = (bytes - 54) / (width * 3);
    picture[0] = 'B';
    picture[1] = 'M';
    little(picture, 2, bytes);
    little(picture, 6, 0);
    little(picture, 10, 54);
    little(picture, 14, 40);
    little(picture, 18, width);
    little(picture, 22, height);
    picture[26] = 1;
    picture[27] = 0;
    picture[28] = 24;
    picture[29] = 0;
    for (int at = 30; at < 54; at += 4) {
      little(picture, at, 0);
    }
    return picture;
  }

  static String hash(byte[] bytes) {
    return ImageHash.ofDigest(ImageHash.newDigest().digest(bytes)).hex();
  }

  private static void putInt(byte[] target, int at, int value) {
    for (int i = 0; i < 4; i++) {
      target[at + i] = (byte) (value >>> (24 - 8 * i));
    }
  }

  private static void little(byte[] target, int at, int value) {
    for (int i = 0; i < 4; i++) {
      target[at + i] = (byte) (value >>> (8 * i));
    }
  }
}
