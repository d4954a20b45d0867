package dev.whatsit.domain.image;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * A PNG (of an animated one the default image). The decoder gets data with a checksum that was
 * found right, behind a header, palette and transparency that it reads as libpng does.
 */
public final class PngStructure extends ImageStructure {
  private static final int SIGNATURE = 8;

  private static final int GREY = 0;
  private static final int COLOR = 2;
  private static final int PALETTE = 3;
  private static final int GREY_ALPHA = 4;

  /** The least that a chunk takes. */
  private static final int CHUNK = 12;

  private final Header header;
  private final byte @Nullable [] palette;
  private final byte @Nullable [] transparency;
  private final Splice data;
  private final int profile;
  private final int profileEnd;

  private PngStructure(
      Header header,
      byte @Nullable [] palette,
      byte @Nullable [] transparency,
      Splice data,
      int profile,
      int profileEnd,
      Orientation orientation)
      throws IOException {
    super(header.width, header.height, orientation);
    this.header = header;
    this.palette = palette;
    this.transparency = transparency;
    this.data = data;
    this.profile = profile;
    this.profileEnd = profileEnd;
  }

  static PngStructure read(ImageBytes bytes) throws IOException {
    Octets in = new Octets(bytes, 0, bytes.size());
    in.skip(SIGNATURE);
    Header header = null;
    byte[] palette = null;
    byte[] transparency = null;
    int profile = 0;
    int profileEnd = 0;
    boolean begun = false;
    Splice data = new Splice();
    Orientation orientation = Orientation.UPRIGHT;
    while (true) {
      // A missing or cut IEND does no harm once all data was read.
      boolean ended = begun && in.left() < CHUNK;
      int start = in.position();
      long length = ended ? 0 : in.u32be();
      String name = ended ? "IEND" : in.name();
      int body = in.position();
      in.skip(length);
      int end = in.position();
      boolean whole = ended || in.u32be() == checksum(bytes, start + 4, end);
      switch (name) {
        case "IHDR", "PLTE", "IDAT", "IEND" -> {
          if (!whole) {
            throw new IOException("the checksum of " + name + " is wrong");
          }
        }
        default -> {
          if (Character.isUpperCase(name.charAt(0))) {
            throw new IOException("a critical chunk that is not read here");
          }
        }
      }
      switch (name) {
        case "IHDR" -> header = Header.read(new Octets(bytes, body, end));
        case "PLTE" -> palette = new Octets(bytes, body, end).bytes(Math.min(end - body, 768));
        case "tRNS" -> {
          // Like libpng, one that is broken or out of place does not count.
          if (whole && !begun && header(header).takes(palette, end - body)) {
            transparency = new Octets(bytes, body, end).bytes(end - body);
          }
        }
        case "iCCP" -> {
          if (whole && !begun && palette == null && profile == 0) {
            profile = body;
            profileEnd = end;
          }
        }
        case "eXIf" -> orientation = Exif.orientation(bytes, body, end);
        case "IDAT" -> {
          header(header);
          begun = true;
          data.add(start, in.position());
        }
        case "IEND" -> {
          if (!begun) {
            throw new IOException("a PNG without data");
          }
          return new PngStructure(
              header(header), palette, transparency, data, profile, profileEnd, orientation);
        }
        default -> {}
      }
    }
  }

  @Override
  public Optional<byte[]> profile(ImageBytes bytes) {
    // A name and a zero, the method of compression, which is 0, and zlib data (PNG, 11.3.2.3).
    int from = bytes.indexOf(0, profile) + 2;
    if (profile == 0 || from > profileEnd || bytes.at(from - 1) != 0) {
      return Optional.empty();
    }
    byte[] compressed = new byte[profileEnd - from];
    bytes.read(from, compressed, 0, compressed.length);
    Inflater inflater = new Inflater();
    try {
      inflater.setInput(compressed);
      byte[] some = new byte[1 << 16];
      ByteArrayOutputStream whole = new ByteArrayOutputStream();
      while (!inflater.finished()) {
        int length = inflater.inflate(some);
        if (length == 0 || whole.size() + length > MAX_PROFILE_BYTES) {
          return Optional.empty();
        }
        whole.write(some, 0, length);
      }
      return Optional.of(whole.toByteArray());
    } catch (DataFormatException e) {
      return Optional.empty();
    } finally {
      inflater.end();
    }
  }

  @Override
  public int colorChannels() {
    return header.colorType == GREY || header.colorType == GREY_ALPHA ? 1 : 3;
  }

  /** How many bits a pixel has, as stored. */
  public int bitsPerPixel() {
    return header.bitsPerPixel;
  }

  /**
   * The header, colours and data.
   *
   * @param old the array that this was read from, which is written to
   */
  public Cleaned cleaned(byte[] old) {
    return data.of(header.head(palette, transparency), old, chunk("IEND", new byte[0]));
  }

  private static Header header(@Nullable Header header) throws IOException {
    if (header == null) {
      throw new IOException("a PNG without a header");
    }
    return header;
  }

  private static long checksum(ImageBytes bytes, int from, int to) {
    CRC32 sum = new CRC32();
    byte[] some = new byte[Math.min(to - from, 1 << 13)];
    for (int at = from; at < to; at += some.length) {
      sum.update(some, 0, bytes.read(at, some, 0, Math.min(some.length, to - at)));
    }
    return sum.getValue();
  }

  private static byte[] chunk(String name, byte[] body) {
    byte[] chunk = new byte[CHUNK + body.length];
    ByteBuffer out = ByteBuffer.wrap(chunk);
    out.putInt(body.length).put(name.getBytes(StandardCharsets.US_ASCII)).put(body);
    return out.putInt((int) checksum(ImageBytes.of(chunk), 4, 8 + body.length)).array();
  }

  /** IHDR. */
  private record Header(
      int width,
      int height,
      int bits,
      int colorType,
      int bitsPerPixel,
      int compression,
      int filter,
      int interlace) {
    static Header read(Octets in) throws IOException {
      int width = positive(in.u32be());
      int height = positive(in.u32be());
      int bits = in.u8();
      int type = in.u8();
      if (bits > 16 || (type == PALETTE && bits > 8)) {
        throw new IOException(bits + " bits");
      }
      return new Header(
          width, height, bits, type, bits * channels(type), in.u8(), in.u8(), in.u8());
    }

    /** Whether transparency of this length can stand here. */
    boolean takes(byte @Nullable [] palette, int length) {
      return switch (colorType) {
        case GREY -> length == 2;
        case COLOR -> length == 6;
        case PALETTE -> palette != null && length <= palette.length / 3;
        default -> false;
      };
    }

    /**
     * What comes before the data, in a form that the JDK reads rightly: a palette with a colour for
     * every index, black where the file has none; grey with a transparent level as a palette.
     */
    byte[] head(byte @Nullable [] palette, byte @Nullable [] transparency) {
      ByteArrayOutputStream head = new ByteArrayOutputStream();
      head.writeBytes(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
      if (colorType == GREY && bits <= 8 && transparency != null) {
        header(head, PALETTE);
        int levels = 1 << bits;
        byte[] colors = new byte[3 * levels];
        for (int i = 0; i < colors.length; i++) {
          colors[i] = (byte) (i / 3 * 255 / (levels - 1));
        }
        // Only the sample's own bits count (PNG, 11.3.2.1).
        int level = transparency[1] & (levels - 1);
        byte[] alpha = new byte[level + 1];
        Arrays.fill(alpha, 0, level, (byte) 255);
        head.writeBytes(chunk("PLTE", colors));
        head.writeBytes(chunk("tRNS", alpha));
        return head.toByteArray();
      }
      header(head, colorType);
      if (colorType == PALETTE && palette != null) {
        head.writeBytes(chunk("PLTE", Arrays.copyOf(palette, 3 << bits)));
      }
      if (transparency != null) {
        head.writeBytes(chunk("tRNS", bits == 8 ? lowBytes(transparency) : transparency));
      }
      return head.toByteArray();
    }

    private byte[] lowBytes(byte[] transparency) {
      for (int i = 0; colorType == COLOR && i < transparency.length; i += 2) {
        transparency[i] = 0;
      }
      return transparency;
    }

    private void header(ByteArrayOutputStream head, int type) {
      ByteBuffer body = ByteBuffer.allocate(13).putInt(width).putInt(height);
      body.put((byte) bits).put((byte) type);
      body.put((byte) compression).put((byte) filter).put((byte) interlace);
      head.writeBytes(chunk("IHDR", body.array()));
    }
  }

  private static int positive(long value) throws IOException {
    if (value < 1 || value > Integer.MAX_VALUE) {
      throw new IOException("a side of " + value + " pixels");
    }
    return (int) value;
  }

  private static int channels(int colorType) throws IOException {
    return switch (colorType) {
      case 0, 3 -> 1;
      case 2 -> 3;
      case 4 -> 2;
      case 6 -> 4;
      default -> throw new IOException("colour type " + colorType);
    };
  }
}
