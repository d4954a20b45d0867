package dev.whatsit.picture;

import java.awt.Rectangle;
import java.io.IOException;

/** The first frame of a GIF, on its logical screen. What follows the frame is not looked at. */
final class GifFrame extends EncodedFrame {
  private static final int EXTENSION = 0x21;
  private static final int IMAGE = 0x2c;
  private static final int TRAILER = 0x3b;
  private static final int GRAPHIC_CONTROL = 0xf9;

  private final byte[] data;
  private final int size;

  private GifFrame(byte[] data, int size, int screenWidth, int screenHeight, Rectangle place)
      throws IOException {
    super(screenWidth, screenHeight, place, Orientation.UPRIGHT);
    this.data = data;
    this.size = size;
  }

  static GifFrame open(byte[] data) throws IOException {
    Octets in = new Octets(data, 0, data.length);
    in.skip(6);
    int screenWidth = in.u16le();
    int screenHeight = in.u16le();
    int flags = in.u8();
    in.skip(2);
    skipColors(in, flags);
    int kept = in.position();
    int control = -1;
    while (true) {
      int start = in.position();
      switch (in.u8()) {
        case EXTENSION -> {
          boolean graphic = in.u8() == GRAPHIC_CONTROL;
          skipBlocks(in);
          if (graphic && in.position() - start == 8) {
            control = start;
          }
        }
        case IMAGE -> {
          Rectangle place = new Rectangle();
          place.x = in.u16le();
          place.y = in.u16le();
          place.width = in.u16le();
          place.height = in.u16le();
          skipColors(in, in.u8());
          in.skip(1);
          skipBlocks(in);
          if (control >= 0) {
            System.arraycopy(data, control, data, kept, 8);
            kept += 8;
          }
          int length = in.position() - start;
          System.arraycopy(data, start, data, kept, length);
          return new GifFrame(data, kept + length, screenWidth, screenHeight, place);
        }
        case 0 -> {
          // A stray end of blocks; decoders pass over it.
        }
        case TRAILER -> throw new IOException("a GIF without a frame");
        default -> throw new IOException("an unknown block");
      }
    }
  }

  private static void skipColors(Octets in, int flags) throws IOException {
    if ((flags & 0x80) != 0) {
      in.skip(3L << ((flags & 7) + 1));
    }
  }

  private static void skipBlocks(Octets in) throws IOException {
    for (int length = in.u8(); length > 0; length = in.u8()) {
      in.skip(length);
    }
  }

  @Override
  long decoderBytes() {
    return (1 << 20) + 2L * frameWidth();
  }

  @Override
  int[] samples(Window window, WorkLimit work) throws IOException {
    MemoryInput input = new MemoryInput(data, 0, size, 1, work);
    return LibraryReader.GIF.samples(
        input,
        frameWidth(),
        frameHeight(),
        window,
        warning -> warning.startsWith("Out-of-sequence"));
  }
}
