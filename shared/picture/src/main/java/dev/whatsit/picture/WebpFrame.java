package dev.whatsit.picture;

import java.awt.Dimension;
import java.awt.Rectangle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A WebP (RFC 9649), of an animated one the first frame on its canvas. The decoder is given a new
 * file of that frame alone.
 */
final class WebpFrame extends EncodedFrame {
  private static final int ANIMATION = 0x02;
  private static final int EXIF = 0x08;
  private static final int ALPHA = 0x10;

  /** The most that the headers of a file of one frame take, RIFF to VP8. */
  private static final int HEADERS = 12 + 18 + 8 + 8;

  /** RFC 9649, section 3.4. */
  private static final int LOSSLESS_SIGNATURE = 0x2f;

  /** RFC 6386, section 9.1. */
  private static final int LOSSY_START_CODE = 0x2a019d;

  /** A chunk's body. */
  private record Chunk(int from, int to) {
    int length() {
      return to - from;
    }
  }

  private final byte[] data;
  private final Chunk pixels;
  private final boolean lossless;
  private final @Nullable Chunk alpha;

  private WebpFrame(
      byte[] data,
      int canvasWidth,
      int canvasHeight,
      Rectangle place,
      Found found,
      Orientation orientation)
      throws IOException {
    super(canvasWidth, canvasHeight, place, orientation);
    Chunk image = found.pixels;
    if (image == null) {
      throw new IOException("a WebP without a picture");
    }
    this.data = data;
    this.pixels = image;
    this.lossless = found.lossless;
    this.alpha = found.lossless ? null : found.alpha;
    if (!found.size(data, image).equals(place.getSize())) {
      throw new IOException("two sizes in one image");
    }
  }

  static WebpFrame open(byte[] data) throws IOException {
    Octets in = new Octets(data, 0, data.length);
    in.skip(4);
    long size = in.u32le();
    if (size < 4 || size > in.left()) {
      throw new IOException("the data is cut");
    }
    Octets riff = new Octets(data, in.position() + 4, in.position() + (int) size);
    String first = riff.name();
    Chunk body = body(riff);
    if (!first.equals("VP8X")) {
      Found found = new Found();
      found.take(first, body);
      Chunk image = found.pixels;
      if (image == null) {
        throw new IOException("a WebP without a picture");
      }
      Rectangle place = new Rectangle(found.size(data, image));
      return new WebpFrame(data, place.width, place.height, place, found, Orientation.UPRIGHT);
    }
    Octets header = new Octets(data, body.from, body.to);
    int flags = header.u8();
    header.skip(3);
    int canvasWidth = header.u24le() + 1;
    int canvasHeight = header.u24le() + 1;
    Rectangle place = new Rectangle(canvasWidth, canvasHeight);
    Found found = new Found();
    Orientation orientation = Orientation.UPRIGHT;
    boolean animated = (flags & ANIMATION) != 0;
    while (riff.left() >= 8) {
      String name = riff.name();
      Chunk chunk = body(riff);
      if (name.equals("EXIF") && (flags & EXIF) != 0) {
        orientation = Exif.orientation(data, chunk.from, chunk.to);
      } else if (animated && name.equals("ANMF") && found.pixels == null) {
        place = frame(data, chunk, found);
      } else if (!animated) {
        found.take(name, chunk);
      }
    }
    if ((flags & ALPHA) == 0 && !animated) {
      found.alpha = null;
    }
    if (place.x + (long) place.width > canvasWidth
        || place.y + (long) place.height > canvasHeight) {
      throw new IOException("a frame beside its canvas");
    }
    return new WebpFrame(data, canvasWidth, canvasHeight, place, found, orientation);
  }

  private static Rectangle frame(byte[] data, Chunk chunk, Found found) throws IOException {
    Octets in = new Octets(data, chunk.from, chunk.to);
    int x = in.u24le() * 2;
    int y = in.u24le() * 2;
    int width = in.u24le() + 1;
    int height = in.u24le() + 1;
    in.skip(4);
    while (in.left() >= 8) {
      String name = in.name();
      found.take(name, body(in));
    }
    return new Rectangle(x, y, width, height);
  }

  private static Chunk body(Octets in) throws IOException {
    long length = in.u32le();
    int from = in.position();
    in.skip(length);
    int to = in.position();
    if ((length & 1) == 1 && in.left() > 0) {
      in.skip(1);
    }
    return new Chunk(from, to);
  }

  @Override
  long decoderBytes() {
    Chunk transparency = alpha;
    // The new file, and the reader's copy of it.
    long copies = 2L * (HEADERS + pixels.length());
    if (lossless) {
      return copies + LibWebp.losslessBytes(frameWidth(), frameHeight(), pixels.length());
    }
    long needed = copies + LibWebp.lossyBytes(frameWidth());
    return transparency == null
        ? needed
        : needed
            + 2L * transparency.length()
            + (long) frameWidth() * frameHeight()
            + LibWebp.losslessBytes(frameWidth(), frameHeight(), transparency.length());
  }

  @Override
  long hostileBytes() {
    Chunk coded = lossless ? pixels : alpha;
    return coded == null ? 0 : LibWebp.hostileBytes(frameWidth(), frameHeight(), coded.length());
  }

  @Override
  int[] samples(Window window, WorkLimit work) throws IOException {
    return LibWebp.samples(file(), alpha != null, window, work);
  }

  @Override
  boolean averages() {
    return true;
  }

  /** A file of this frame and nothing else. */
  private byte[] file() {
    Chunk transparency = alpha;
    int length = HEADERS + pixels.length() + (transparency == null ? 0 : transparency.length());
    ByteBuffer file = ByteBuffer.allocate(length + 2).order(ByteOrder.LITTLE_ENDIAN);
    file.put(ascii("RIFF")).putInt(0).put(ascii("WEBP"));
    if (transparency != null) {
      file.put(ascii("VP8X")).putInt(10).putInt(ALPHA);
      u24(file, frameWidth() - 1);
      u24(file, frameHeight() - 1);
      put(file, "ALPH", transparency);
    }
    put(file, lossless ? "VP8L" : "VP8 ", pixels);
    file.putInt(4, file.position() - 8);
    return Arrays.copyOf(file.array(), file.position());
  }

  private void put(ByteBuffer file, String name, Chunk chunk) {
    file.put(ascii(name)).putInt(chunk.length()).put(data, chunk.from, chunk.length());
    if ((chunk.length() & 1) == 1) {
      file.put((byte) 0);
    }
  }

  private static void u24(ByteBuffer file, int value) {
    file.putShort((short) value).put((byte) (value >> 16));
  }

  private static byte[] ascii(String name) {
    return name.getBytes(StandardCharsets.US_ASCII);
  }

  /** The chunks that make one frame; of each kind the first counts. */
  private static final class Found {
    private @Nullable Chunk pixels;
    private @Nullable Chunk alpha;
    private boolean lossless;

    /** The dimensions in the header of the pixels. */
    Dimension size(byte[] data, Chunk image) throws IOException {
      Octets in = new Octets(data, image.from, image.to);
      if (lossless) {
        if (in.u8() != LOSSLESS_SIGNATURE) {
          throw new IOException("no signature of lossless data");
        }
        long fields = in.u32le();
        if (fields >> 29 != 0) {
          throw new IOException("a version that does not exist");
        }
        return new Dimension((int) (fields & 0x3fff) + 1, (int) (fields >> 14 & 0x3fff) + 1);
      }
      int tag = in.u24le();
      if ((tag & 1) != 0 || in.u24le() != LOSSY_START_CODE) {
        throw new IOException("not a VP8 key frame");
      }
      Dimension size = new Dimension(in.u16le() & 0x3fff, in.u16le() & 0x3fff);
      in.skip(tag >> 5);
      return size;
    }

    void take(String name, Chunk chunk) {
      if (pixels == null && (name.equals("VP8 ") || name.equals("VP8L"))) {
        pixels = chunk;
        lossless = name.equals("VP8L");
      } else if (alpha == null && name.equals("ALPH")) {
        alpha = chunk;
      }
    }
  }
}
