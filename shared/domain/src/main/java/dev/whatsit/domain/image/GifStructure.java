package dev.whatsit.domain.image;

import java.io.IOException;
import java.util.Arrays;

/**
 * The first frame of a GIF (GIF89a) on its logical screen, which is widened to the size of the
 * frame. What follows the frame is not looked at.
 */
public final class GifStructure extends ImageStructure {
  private static final int EXTENSION = 0x21;
  private static final int IMAGE = 0x2c;
  private static final int TRAILER = 0x3b;
  private static final int GRAPHIC_CONTROL = 0xf9;

  private final int[] colors;
  private final boolean interlaced;
  private final int codes;

  private GifStructure(
      int width, int height, Place place, int[] colors, boolean interlaced, int codes)
      throws IOException {
    super(width, height, place, Orientation.UPRIGHT);
    this.colors = colors;
    this.interlaced = interlaced;
    this.codes = codes;
  }

  /** The colour of each of the 256 indexes as {@code 0xAARRGGBB}. */
  public int[] colors() {
    return colors.clone();
  }

  /** Whether the rows come in four passes. */
  public boolean interlaced() {
    return interlaced;
  }

  /** Where the codes begin: a byte with their first size, then sub-blocks, all complete. */
  public int codes() {
    return codes;
  }

  static GifStructure read(ImageBytes data) throws IOException {
    Octets in = new Octets(data, 0, data.size());
    in.skip(6);
    int screenWidth = in.u16le();
    int screenHeight = in.u16le();
    int flags = in.u8();
    in.skip(2);
    int[] colors = colors(in, flags, new int[0]);
    int transparent = -1;
    while (true) {
      switch (in.u8()) {
        case EXTENSION -> {
          boolean graphic = in.u8() == GRAPHIC_CONTROL;
          int control = in.position();
          skipBlocks(in);
          // Of several the last that names a colour counts; a block may be longer than it need be.
          if (graphic && in.position() - control > 5 && (data.at(control + 1) & 1) != 0) {
            transparent = data.at(control + 4);
          }
        }
        case IMAGE -> {
          int x = in.u16le();
          int y = in.u16le();
          Place place = new Place(x, y, in.u16le(), in.u16le());
          int frameFlags = in.u8();
          colors = Arrays.copyOf(colors(in, frameFlags, colors), 256);
          for (int i = 0; i < colors.length; i++) {
            colors[i] |= 0xff000000;
          }
          if (transparent >= 0) {
            colors[transparent] = 0;
          }
          boolean empty = screenWidth == 0 || screenHeight == 0;
          int codes = in.position();
          in.skip(1);
          skipBlocks(in);
          boolean interlaced = (frameFlags & 0x40) != 0;
          return new GifStructure(
              empty ? place.width() : Math.max(screenWidth, place.width()),
              empty ? place.height() : Math.max(screenHeight, place.height()),
              place,
              colors,
              interlaced,
              codes);
        }
        case 0 -> {
          // A stray end of blocks; decoders pass over it.
        }
        case TRAILER -> throw new IOException("a GIF without a frame");
        default -> throw new IOException("an unknown block");
      }
    }
  }

  private static int[] colors(Octets in, int flags, int[] otherwise) throws IOException {
    if ((flags & 0x80) == 0) {
      return otherwise;
    }
    int[] colors = new int[2 << (flags & 7)];
    for (int i = 0; i < colors.length; i++) {
      colors[i] = in.u8() << 16 | in.u8() << 8 | in.u8();
    }
    return colors;
  }

  private static void skipBlocks(Octets in) throws IOException {
    for (int length = in.u8(); length > 0; length = in.u8()) {
      in.skip(length);
    }
  }
}
