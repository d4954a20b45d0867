package dev.whatsit.picture;

import java.awt.Rectangle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A BMP with pixels of its own: plain, run-length coded or with masks, and complete. */
final class BmpFrame extends EncodedFrame {
  private static final int OS2_HEADER = 12;
  private static final int OS2_LONG_HEADER = 64;
  private static final int WINDOWS_HEADER = 40;

  /** The Windows header with four masks, the last for alpha. */
  private static final int MASKS_HEADER = 56;

  private static final int FILE_HEADER = 14;

  private final byte[] data;
  private final int start;
  private final boolean runs;

  private BmpFrame(byte[] data, int start, int width, int height, boolean runs) throws IOException {
    super(width, height, new Rectangle(width, height), Orientation.UPRIGHT);
    this.data = data;
    this.start = start;
    this.runs = runs;
  }

  static BmpFrame open(byte[] data) throws IOException {
    Octets in = new Octets(data, 0, data.length);
    in.skip(10);
    long offset = in.u32le();
    long headerSize = in.u32le();
    long width;
    long height;
    int bits;
    long compression = 0;
    long imageSize = 0;
    long colors = 0;
    if (headerSize == OS2_HEADER) {
      width = in.u16le();
      height = in.u16le();
      in.skip(2);
      bits = in.u16le();
    } else if (headerSize >= WINDOWS_HEADER) {
      width = in.u32le();
      height = Math.abs((int) in.u32le());
      in.skip(2);
      bits = in.u16le();
      compression = in.u32le();
      imageSize = in.u32le();
      in.skip(8);
      colors = in.u32le();
    } else {
      throw new IOException("a BMP header of " + headerSize + " bytes");
    }
    if (width < 1 || width > Integer.MAX_VALUE || height < 1 || height > Integer.MAX_VALUE) {
      throw new IOException("a picture without pixels");
    }
    boolean runs = compression == 1 || compression == 2;
    boolean plain = compression == 0 || compression == 3;
    if (!(runs || plain) || colors > 65536 || offset > data.length) {
      // 4 and 5 are a JPEG or PNG inside: a second image, which is not checked.
      throw new IOException("a kind of BMP that is not read here");
    }
    long there = data.length - offset;
    if (runs) {
      if (imageSize > there) {
        throw new IOException("the data is cut");
      }
    } else {
      long row = (width * bits + 7) / 8;
      long stride = (width * bits + 31) / 32 * 4;
      // The last row's filling may be missing: nothing is seen of it.
      if (there < stride * (height - 1) + row) {
        throw new IOException("the data is cut");
      }
    }
    int start = headerSize == OS2_LONG_HEADER ? OS2_LONG_HEADER - WINDOWS_HEADER : 0;
    mend(data, start, offset - start, headerSize, compression);
    return new BmpFrame(data, start, (int) width, (int) height, runs);
  }

  /**
   * Writes the headers anew where the JDK reads them unlike others: it believes the file's length,
   * does not know OS/2's long header, and takes the fourth byte for alpha where masks do not count.
   */
  private static void mend(byte[] data, int start, long offset, long headerSize, long compression) {
    ByteBuffer header = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
    if (start > 0) {
      // The first 40 of the 64 bytes mean the same; they move up to the palette.
      System.arraycopy(data, 0, data, start, FILE_HEADER + WINDOWS_HEADER);
      header.putInt(start + 10, (int) offset);
      header.putInt(start + FILE_HEADER, WINDOWS_HEADER);
    }
    header.putInt(start + 2, data.length - start);
    if (compression == 0 && headerSize >= MASKS_HEADER) {
      header.putInt(FILE_HEADER + 52, 0);
    }
  }

  @Override
  long decoderBytes() {
    // The JDK copies run-length coded data; else it holds a row.
    return (1 << 20) + 16L * frameWidth() + (runs ? data.length : 0);
  }

  @Override
  int[] samples(Window window, WorkLimit work) throws IOException {
    MemoryInput input = new MemoryInput(data, start, data.length, 4, work);
    return LibraryReader.BMP.samples(input, frameWidth(), frameHeight(), window, warning -> false);
  }
}
