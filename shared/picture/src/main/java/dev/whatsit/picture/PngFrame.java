package dev.whatsit.picture;

import java.awt.Rectangle;
import java.io.IOException;
import java.util.zip.CRC32;

/**
 * A PNG (of an animated one the default image). The decoder gets header, palette, transparency and
 * data, each with a checksum that was found right.
 */
final class PngFrame extends EncodedFrame {
  private static final int SIGNATURE = 8;

  private final byte[] data;
  private final int size;
  private final int bitsPerPixel;

  private PngFrame(
      byte[] data, int size, int width, int height, int bitsPerPixel, Orientation orientation)
      throws IOException {
    super(width, height, new Rectangle(width, height), orientation);
    this.data = data;
    this.size = size;
    this.bitsPerPixel = bitsPerPixel;
  }

  static PngFrame open(byte[] data) throws IOException {
    Octets in = new Octets(data, 0, data.length);
    in.skip(SIGNATURE);
    int kept = SIGNATURE;
    int width = 0;
    int height = 0;
    int bits = 0;
    boolean pixels = false;
    Orientation orientation = Orientation.UPRIGHT;
    while (true) {
      int start = in.position();
      long length = in.u32be();
      String name = in.name();
      int body = in.position();
      in.skip(length);
      int end = in.position();
      long checksum = in.u32be();
      boolean keep =
          switch (name) {
            case "IHDR", "PLTE", "tRNS", "IDAT", "IEND" -> true;
            default -> false;
          };
      if (keep) {
        CRC32 sum = new CRC32();
        sum.update(data, start + 4, end - start - 4);
        if (sum.getValue() != checksum) {
          throw new IOException("the checksum of " + name + " is wrong");
        }
        System.arraycopy(data, start, data, kept, in.position() - start);
        kept += in.position() - start;
      } else if (name.equals("eXIf")) {
        orientation = Exif.orientation(data, body, end);
      } else if (Character.isUpperCase(name.charAt(0))) {
        throw new IOException("a critical chunk that is not read here");
      }
      switch (name) {
        case "IHDR" -> {
          Octets header = new Octets(data, body, end);
          width = positive(header.u32be());
          height = positive(header.u32be());
          bits = header.u8() * channels(header.u8());
        }
        case "IDAT" -> pixels = true;
        case "IEND" -> {
          if (!pixels) {
            throw new IOException("a PNG without data");
          }
          return new PngFrame(data, kept, width, height, bits, orientation);
        }
        default -> {}
      }
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
    return (1 << 20) + ((long) frameWidth() * bitsPerPixel / 8 + 1) * 4;
  }

  @Override
  int[] samples(Window window, WorkLimit work) throws IOException {
    MemoryInput input = new MemoryInput(data, 0, size, 0, work);
    return LibraryReader.PNG.samples(input, frameWidth(), frameHeight(), window, warning -> false);
  }

  @Override
  void rows(Window window, WorkLimit work, RowSink sink) throws IOException {
    MemoryInput input = new MemoryInput(data, 0, size, 0, work);
    LibraryReader.PNG.rows(input, frameWidth(), frameHeight(), window, warning -> false, sink);
  }

  @Override
  int bytesPerSampleOfRows() {
    // Two more where a colour is named that counts as transparent.
    return bitsPerPixel / 8 + 2;
  }
}
