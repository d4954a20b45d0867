package dev.whatsit.domain.image;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;

/** Headers of every accepted format written by hand, and whole files from the JDK's writers. */
final class Samples {
  private Samples() {}

  /** SOI, APP0, the frame header of three components, the start of the scan. */
  static byte[] jpeg(int width, int height) {
    return join(
        hex("ffd8"), jfif(), frame(0xc0, 8, width, height, 3), hex("ffda000803010002000000"));
  }

  static byte[] jfif() {
    return hex("ffe0 0010 4a46494600 0101 00 0001 0001 00 00");
  }

  /** A JPEG segment with its length. */
  static byte[] segment(int marker, byte[] data) {
    ByteBuffer segment = ByteBuffer.allocate(4 + data.length);
    segment.put((byte) 0xff).put((byte) marker).putShort((short) (2 + data.length)).put(data);
    return segment.array();
  }

  /** A JPEG frame header with one-by-one sampling. */
  static byte[] frame(int marker, int precision, int width, int height, int components) {
    ByteBuffer data = ByteBuffer.allocate(6 + 3 * components);
    data.put((byte) precision).putShort((short) height).putShort((short) width);
    data.put((byte) components);
    for (int i = 1; i <= components; i++) {
      data.put((byte) i).put((byte) 0x11).put((byte) 0);
    }
    return segment(marker, data.array());
  }

  /** Signature, IHDR for eight-bit RGB, IEND. */
  static byte[] png(int width, int height) {
    return png(width, height, 8, 2);
  }

  static byte[] png(int width, int height, int depth, int colour) {
    ByteBuffer data = ByteBuffer.allocate(13);
    data.putInt(width).putInt(height).put((byte) depth).put((byte) colour);
    return join(
        hex("89504e470d0a1a0a"), pngChunk("IHDR", data.array()), pngChunk("IEND", new byte[0]));
  }

  static byte[] pngChunk(String type, byte[] data) {
    CRC32 crc = new CRC32();
    crc.update(latin1(type));
    crc.update(data);
    ByteBuffer chunk = ByteBuffer.allocate(12 + data.length);
    chunk.putInt(data.length).put(latin1(type)).put(data).putInt((int) crc.getValue());
    return chunk.array();
  }

  /** 35 bytes: a GIF without a colour table, with one frame of as many pixels as you say. */
  static byte[] gif(int width, int height, int frameWidth, int frameHeight) {
    return join(
        gifScreen(width, height),
        hex("21f9 04 00000000 00"),
        gifFrame(frameWidth, frameHeight),
        hex("02 01 44 00"));
  }

  static byte[] gifScreen(int width, int height) {
    return join(latin1("GIF89a"), little(2, width), little(2, height), new byte[3]);
  }

  static byte[] gifFrame(int width, int height) {
    return join(hex("2c 00000000"), little(2, width), little(2, height), new byte[1]);
  }

  static byte[] webp(byte[]... chunks) {
    byte[] all = join(chunks);
    return join(latin1("RIFF"), little(4, 4 + all.length), latin1("WEBP"), all);
  }

  static byte[] webpChunk(String type, byte[] data) {
    return join(latin1(type), little(4, data.length), data, new byte[data.length & 1]);
  }

  static byte[] vp8(int width, int height) {
    return webpChunk("VP8 ", join(hex("300100 9d012a"), little(2, width), little(2, height)));
  }

  static byte[] vp8l(int width, int height) {
    int sides = ((width - 1) & 0x3fff) | ((height - 1) & 0x3fff) << 14;
    return webpChunk("VP8L", join(hex("2f"), little(4, sides), new byte[1]));
  }

  static byte[] vp8x(int width, int height) {
    return webpChunk("VP8X", join(new byte[4], little(3, width - 1), little(3, height - 1)));
  }

  /** An animation frame around a bitstream chunk. */
  static byte[] anmf(int width, int height, byte[] bitstream) {
    byte[] sides = join(little(3, width - 1), little(3, height - 1));
    return webpChunk("ANMF", join(new byte[6], sides, new byte[4], bitstream));
  }

  /** A 24-bit Windows BMP with four bytes of pixels; a negative height runs from the top. */
  static byte[] bmp(int width, int height) {
    return bmp(40, width, height, 1, 24, 0);
  }

  static byte[] bmp(int header, int width, int height, int planes, int bits, int compression) {
    int side = header == 12 ? 2 : 4;
    byte[] fields =
        join(
            little(4, header),
            little(side, width),
            little(side, height),
            little(2, planes),
            little(2, bits),
            header == 12 ? new byte[0] : little(4, compression));
    return join(
        latin1("BM"),
        little(4, 14 + header + 4),
        little(4, 0),
        little(4, 14 + header),
        Arrays.copyOf(fields, header),
        new byte[4]);
  }

  /** A file as the JDK writes it. */
  static byte[] written(String format, int width, int height) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int x = 0; x < width; x++) {
      image.setRGB(x, x % height, 0x10203 * (x + 1));
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      if (!ImageIO.write(image, format, out)) {
        throw new IllegalStateException("the JDK writes no " + format);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  /** One or more small valid files or headers of each format and variant. */
  static List<byte[]> all() {
    return List.of(
        jpeg(640, 480),
        join(hex("ffd8"), jfif(), segment(0xe1, new byte[40]), frame(0xc2, 8, 17, 31, 1)),
        png(640, 480),
        gif(640, 480, 640, 480),
        gif(0, 0, 3, 5),
        webp(vp8(640, 480)),
        webp(vp8l(640, 480)),
        webp(vp8x(640, 480), webpChunk("ICCP", new byte[7]), vp8(640, 480)),
        webp(vp8x(64, 48), webpChunk("ANIM", new byte[6]), anmf(32, 16, vp8l(32, 16))),
        bmp(640, 480),
        bmp(640, -480),
        bmp(12, 64, 48, 1, 8, 0),
        bmp(124, 64, 48, 1, 32, 3),
        written("jpg", 33, 21),
        written("png", 33, 21),
        written("gif", 33, 21),
        written("bmp", 33, 21));
  }

  static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits.replace(" ", ""));
  }

  static byte[] latin1(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  static byte[] join(byte[]... parts) {
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      whole.writeBytes(part);
    }
    return whole.toByteArray();
  }

  /** A copy in which the bytes at an offset are replaced. */
  static byte[] patched(byte[] bytes, int offset, byte[] patch) {
    byte[] copy = bytes.clone();
    System.arraycopy(patch, 0, copy, offset, patch.length);
    return copy;
  }

  static byte[] cut(byte[] bytes, int length) {
    return Arrays.copyOf(bytes, length);
  }

  private static byte[] little(int length, int value) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (value >>> (8 * i));
    }
    return bytes;
  }
}
