package dev.whatsit.domain.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A BMP with pixels of its own: plain, run-length coded or with masks, and complete. */
public final class BmpStructure extends ImageStructure {
  private static final int OS2_HEADER = 12;
  private static final int OS2_LONG_HEADER = 64;
  private static final int WINDOWS_HEADER = 40;

  /** The Windows header with four masks, the last for alpha. */
  private static final int MASKS_HEADER = 56;

  private static final int FILE_HEADER = 14;

  private final boolean runs;
  private final long headerSize;
  private final long offset;
  private final long compression;

  private BmpStructure(
      int width, int height, boolean runs, long headerSize, long offset, long compression)
      throws IOException {
    super(width, height, Orientation.UPRIGHT);
    this.runs = runs;
    this.headerSize = headerSize;
    this.offset = offset;
    this.compression = compression;
  }

  static BmpStructure read(ImageBytes data) throws IOException {
    Octets in = new Octets(data, 0, data.size());
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
    if (!(runs || plain) || colors > 65536 || offset > data.size()) {
      // 4 and 5 are a JPEG or PNG inside: a second image, which is not checked.
      throw new IOException("a kind of BMP that is not read here");
    }
    long there = data.size() - offset;
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
    return new BmpStructure((int) width, (int) height, runs, headerSize, offset, compression);
  }

  /** Whether the pixels are run-length coded. */
  public boolean runs() {
    return runs;
  }

  /**
   * The file with headers that the JDK reads like others: it believes the file's length, does not
   * know OS/2's long header, and takes the fourth byte for alpha where masks do not count.
   *
   * @param old the array that this was read from, which is written to
   */
  public Cleaned cleaned(byte[] old) {
    int start = headerSize == OS2_LONG_HEADER ? OS2_LONG_HEADER - WINDOWS_HEADER : 0;
    ByteBuffer header = ByteBuffer.wrap(old).order(ByteOrder.LITTLE_ENDIAN);
    if (start > 0) {
      // The first 40 of the 64 bytes mean the same; they move up to the palette.
      System.arraycopy(old, 0, old, start, FILE_HEADER + WINDOWS_HEADER);
      header.putInt(start + 10, (int) offset - start);
      header.putInt(start + FILE_HEADER, WINDOWS_HEADER);
    }
    header.putInt(start + 2, old.length - start);
    if (compression == 0 && headerSize >= MASKS_HEADER) {
      header.putInt(FILE_HEADER + 52, 0);
    }
    return new Cleaned(old, start, old.length);
  }
}
