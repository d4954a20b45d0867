package dev.whatsit.picture;

import java.awt.Rectangle;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * A PNG (of an animated one the default image). The decoder gets data with a checksum that was
 * found right, behind a header, palette and transparency that it reads as libpng does.
 */
final class PngFrame extends EncodedFrame {
  private static final int SIGNATURE = 8;

  private static final int GREY = 0;
  private static final int COLOR = 2;
  private static final int PALETTE = 3;

  /** The least that a chunk takes. */
  private static final int CHUNK = 12;

  private final byte[] data;
  private final int from;
  private final int to;
  private final Header header;

  private PngFrame(byte[] data, int from, int to, Header header, Orientation orientation)
      throws IOException {
    super(header.width, header.height, new Rectangle(header.width, header.height), orientation);
    this.data = data;
    this.from = from;
    this.to = to;
    this.header = header;
  }

  static PngFrame open(byte[] given) throws IOException {
    byte[] data = given;
    Octets in = new Octets(data, 0, data.length);
    in.skip(SIGNATURE);
    Header header = null;
    byte[] palette = null;
    byte[] transparency = null;
    int from = -1;
    int kept = 0;
    Orientation orientation = Orientation.UPRIGHT;
    while (true) {
      if (from >= 0 && in.left() < CHUNK) {
        // All data was read, and only IEND is missing or cut.
        return ended(data, from, kept, header(header), orientation);
      }
      int start = in.position();
      long length = in.u32be();
      String name = in.name();
      int body = in.position();
      in.skip(length);
      int end = in.position();
      boolean whole = in.u32be() == checksum(data, start + 4, end);
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
        case "IHDR" -> header = Header.read(new Octets(data, body, end));
        case "PLTE" -> palette = Arrays.copyOfRange(data, body, end);
        case "tRNS" -> {
          // Like libpng, one that is broken or out of place does not count.
          if (whole && from < 0 && header(header).takes(palette, end - body)) {
            transparency = Arrays.copyOfRange(data, body, end);
          }
        }
        case "eXIf" -> orientation = Exif.orientation(data, body, end);
        case "IDAT" -> {
          if (from < 0) {
            byte[] head = header(header).head(palette, transparency);
            int more = Math.max(0, head.length - start);
            if (more > 0) {
              byte[] wider = new byte[data.length + more];
              System.arraycopy(data, 0, wider, more, data.length);
              data = wider;
              in = new Octets(data, in.position() + more, data.length);
              start += more;
            }
            from = start - head.length;
            System.arraycopy(head, 0, data, from, head.length);
            kept = start;
          }
          System.arraycopy(data, start, data, kept, in.position() - start);
          kept += in.position() - start;
        }
        case "IEND" -> {
          if (from < 0) {
            throw new IOException("a PNG without data");
          }
          return ended(data, from, kept, header(header), orientation);
        }
        default -> {}
      }
    }
  }

  private static Header header(@Nullable Header header) throws IOException {
    if (header == null) {
      throw new IOException("a PNG without a header");
    }
    return header;
  }

  private static PngFrame ended(
      byte[] data, int from, int kept, Header header, Orientation orientation) throws IOException {
    byte[] end = chunk("IEND", new byte[0]);
    byte[] all = kept + end.length > data.length ? Arrays.copyOf(data, kept + end.length) : data;
    System.arraycopy(end, 0, all, kept, end.length);
    return new PngFrame(all, from, kept + end.length, header, orientation);
  }

  private static long checksum(byte[] data, int from, int to) {
    CRC32 sum = new CRC32();
    sum.update(data, from, to - from);
    return sum.getValue();
  }

  private static byte[] chunk(String name, byte[] body) {
    byte[] chunk = new byte[CHUNK + body.length];
    ByteBuffer out = ByteBuffer.wrap(chunk);
    out.putInt(body.length).put(name.getBytes(StandardCharsets.US_ASCII)).put(body);
    return out.putInt((int) checksum(chunk, 4, 8 + body.length)).array();
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

  @Override
  long decoderBytes() {
    // The JDK holds this row, the one before, the same as samples, and tables for bit depths.
    return (1 << 20) + ((long) frameWidth() * header.bitsPerPixel / 8 + 1) * 4;
  }

  @Override
  int[] samples(Window window, WorkLimit work) throws IOException {
    MemoryInput input = new MemoryInput(data, from, to, 0, work);
    return LibraryReader.PNG.samples(input, frameWidth(), frameHeight(), window, warning -> false);
  }

  @Override
  void rows(Window window, WorkLimit work, RowSink sink) throws IOException {
    MemoryInput input = new MemoryInput(data, from, to, 0, work);
    LibraryReader.PNG.rows(input, frameWidth(), frameHeight(), window, warning -> false, sink);
  }

  @Override
  int bytesPerSampleOfRows() {
    // Two more where a colour is named that counts as transparent.
    return header.bitsPerPixel / 8 + 2;
  }
}
