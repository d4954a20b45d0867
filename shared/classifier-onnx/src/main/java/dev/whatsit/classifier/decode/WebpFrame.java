package dev.whatsit.classifier.decode;

import java.awt.Rectangle;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A WebP, of an animated one the first frame on its canvas. It is decoded here: TwelveMonkeys
 * 3.14.0 predicts lossy blocks from filtered ones and from zeros beyond the frame, so that pictures
 * drift, and takes any number of transforms and code tables in lossless data, so that a few hundred
 * bytes could keep it busy for hours.
 */
final class WebpFrame extends EncodedFrame {
  private static final int ANIMATION = 0x02;
  private static final int ALPHA = 0x10;

  /** A chunk's body. */
  private record Chunk(int from, int to) {}

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
    int[] size =
        lossless
            ? LosslessWebp.size(data, image.from, image.to)
            : LossyWebp.size(data, image.from, image.to);
    if (size[0] != place.width || size[1] != place.height) {
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
      int[] dimensions =
          found.lossless
              ? LosslessWebp.size(data, image.from, image.to)
              : LossyWebp.size(data, image.from, image.to);
      Rectangle place = new Rectangle(dimensions[0], dimensions[1]);
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
      if (name.equals("EXIF")) {
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
    if (lossless) {
      return LosslessWebp.needBytes(frameWidth(), frameHeight());
    }
    long needed = LossyWebp.needBytes(frameWidth());
    return alpha == null
        ? needed
        : needed
            + (long) frameWidth() * frameHeight()
            + LosslessWebp.needBytes(frameWidth(), frameHeight());
  }

  @Override
  int[] samples(Window window, WorkLimit work) throws IOException {
    if (lossless) {
      int[] all =
          LosslessWebp.image(data, pixels.from, pixels.to, frameWidth(), frameHeight(), work);
      int[] samples = new int[Math.multiplyExact(window.columns(), window.rows())];
      for (int row = 0, out = 0; row < window.rows(); row++) {
        int at = (window.y() + row * window.stepY()) * frameWidth() + window.x();
        for (int column = 0; column < window.columns(); column++, at += window.stepX()) {
          samples[out++] = all[at];
        }
      }
      return samples;
    }
    Chunk transparency = alpha;
    byte[] opacity =
        transparency == null
            ? null
            : WebpAlpha.plane(
                data, transparency.from, transparency.to, frameWidth(), frameHeight(), work);
    int[] samples = LossyWebp.samples(data, pixels.from, pixels.to, window, work);
    if (opacity != null) {
      for (int row = 0, out = 0; row < window.rows(); row++) {
        int at = (window.y() + row * window.stepY()) * frameWidth() + window.x();
        for (int column = 0; column < window.columns(); column++, at += window.stepX()) {
          samples[out] = (samples[out] & 0xffffff) | opacity[at] << 24;
          out++;
        }
      }
    }
    return samples;
  }

  /** The chunks that make one frame; of each kind the first counts. */
  private static final class Found {
    private @Nullable Chunk pixels;
    private @Nullable Chunk alpha;
    private boolean lossless;

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
