package dev.whatsit.domain.image;

import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A WebP (RFC 9649), of an animated one the first frame on its canvas. */
public final class WebpStructure extends ImageStructure {
  /** Groups of code tables in lossless data; libwebp's encoder makes no more. */
  public static final int MAX_CODE_GROUPS = 2600;

  private static final int ANIMATION = 0x02;
  private static final int EXIF = 0x08;
  private static final int ALPHA = 0x10;
  private static final int PROFILE = 0x20;

  /** RFC 9649, section 3.4. */
  private static final int LOSSLESS_SIGNATURE = 0x2f;

  /** RFC 6386, section 9.1. */
  private static final int LOSSY_START_CODE = 0x2a019d;

  /**
   * A chunk's body.
   *
   * @param from where it begins in the file
   * @param to behind its last byte
   */
  public record Chunk(int from, int to) {
    /** How many bytes it has. */
    public int length() {
      return to - from;
    }
  }

  private final Chunk pixels;
  private final boolean lossless;
  private final @Nullable Chunk alpha;
  private final @Nullable Chunk profile;

  private WebpStructure(
      ImageBytes data, int width, int height, Place place, Found found, Orientation orientation)
      throws IOException {
    super(width, height, place, orientation);
    this.pixels = found.image();
    this.lossless = found.lossless;
    this.alpha = found.lossless ? null : found.alpha;
    this.profile = found.profile;
    Place size = found.size(data);
    if (size.width() != place.width() || size.height() != place.height()) {
      throw new IOException("two sizes in one image");
    }
    CodeTables.check(data, this);
  }

  @Override
  public Optional<byte[]> profile(ImageBytes bytes) {
    Chunk chunk = profile;
    if (chunk == null || chunk.length() > MAX_PROFILE_BYTES) {
      return Optional.empty();
    }
    byte[] whole = new byte[chunk.length()];
    bytes.read(chunk.from, whole, 0, whole.length);
    return Optional.of(whole);
  }

  /** The bitstream of the frame. */
  public Chunk pixels() {
    return pixels;
  }

  /** Whether the bitstream is VP8L, and not VP8. */
  public boolean lossless() {
    return lossless;
  }

  /** The transparency beside a lossy bitstream. */
  public Optional<Chunk> alpha() {
    return Optional.ofNullable(alpha);
  }

  static WebpStructure read(ImageBytes data) throws IOException {
    Octets in = new Octets(data, 0, data.size());
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
      Place place = found.size(data);
      return new WebpStructure(
          data, place.width(), place.height(), place, found, Orientation.UPRIGHT);
    }
    Octets header = new Octets(data, body.from(), body.to());
    int flags = header.u8();
    header.skip(3);
    int canvasWidth = header.u24le() + 1;
    int canvasHeight = header.u24le() + 1;
    Place place = new Place(0, 0, canvasWidth, canvasHeight);
    Found found = new Found();
    Orientation orientation = Orientation.UPRIGHT;
    boolean animated = (flags & ANIMATION) != 0;
    while (riff.left() >= 8) {
      String name = riff.name();
      Chunk chunk = body(riff);
      if (name.equals("EXIF") && (flags & EXIF) != 0) {
        orientation = Exif.orientation(data, chunk.from(), chunk.to());
      } else if (name.equals("ICCP") && (flags & PROFILE) != 0) {
        found.profile = chunk;
      } else if (animated && name.equals("ANMF") && found.pixels == null) {
        place = frame(data, chunk, found);
      } else if (!animated) {
        found.take(name, chunk);
      }
    }
    if ((flags & ALPHA) == 0 && !animated) {
      found.alpha = null;
    }
    if (place.x() + (long) place.width() > canvasWidth
        || place.y() + (long) place.height() > canvasHeight) {
      throw new IOException("a frame beside its canvas");
    }
    return new WebpStructure(data, canvasWidth, canvasHeight, place, found, orientation);
  }

  private static Place frame(ImageBytes data, Chunk chunk, Found found) throws IOException {
    Octets in = new Octets(data, chunk.from(), chunk.to());
    int x = in.u24le() * 2;
    int y = in.u24le() * 2;
    int width = in.u24le() + 1;
    int height = in.u24le() + 1;
    in.skip(4);
    while (in.left() >= 8) {
      String name = in.name();
      found.take(name, body(in));
    }
    return new Place(x, y, width, height);
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

  /** The chunks that make one frame; of each kind the first counts. */
  private static final class Found {
    private @Nullable Chunk pixels;
    private @Nullable Chunk alpha;
    private @Nullable Chunk profile;
    private boolean lossless;

    /** The bitstream of the frame. */
    Chunk image() throws IOException {
      Chunk image = pixels;
      if (image == null) {
        throw new IOException("a WebP without a picture");
      }
      return image;
    }

    /** The dimensions in the header of the bitstream. */
    Place size(ImageBytes data) throws IOException {
      Chunk image = image();
      Octets in = new Octets(data, image.from(), image.to());
      if (lossless) {
        if (in.u8() != LOSSLESS_SIGNATURE) {
          throw new IOException("no signature of lossless data");
        }
        long fields = in.u32le();
        if (fields >> 29 != 0) {
          throw new IOException("a version that does not exist");
        }
        return new Place(0, 0, (int) (fields & 0x3fff) + 1, (int) (fields >> 14 & 0x3fff) + 1);
      }
      int tag = in.u24le();
      if ((tag & 1) != 0 || in.u24le() != LOSSY_START_CODE) {
        throw new IOException("not a VP8 key frame");
      }
      Place size = new Place(0, 0, in.u16le() & 0x3fff, in.u16le() & 0x3fff);
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
