package dev.whatsit.picture;

import dev.whatsit.domain.image.WebpStructure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A WebP, decoded by libwebp, which is given a new file of the first frame alone. */
final class WebpFrame extends EncodedFrame {
  private static final int ALPHA = 0x10;

  /** The most that the headers of a file of one frame take, RIFF to VP8. */
  private static final int HEADERS = 12 + 18 + 8 + 8;

  private final byte[] data;
  private final WebpStructure.Chunk pixels;
  private final boolean lossless;
  private final WebpStructure.@Nullable Chunk alpha;

  WebpFrame(WebpStructure structure, byte[] data) {
    super(structure);
    this.data = data;
    this.pixels = structure.pixels();
    this.lossless = structure.lossless();
    this.alpha = structure.alpha().orElse(null);
  }

  @Override
  long decoderBytes() {
    WebpStructure.Chunk transparency = alpha;
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
  int[] samples(Window window, WorkLimit work) throws IOException {
    return LibWebp.samples(file(), alpha != null, window, work);
  }

  @Override
  boolean averages() {
    return true;
  }

  /** A file of this frame and nothing else. */
  private byte[] file() {
    WebpStructure.Chunk transparency = alpha;
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

  private void put(ByteBuffer file, String name, WebpStructure.Chunk chunk) {
    file.put(ascii(name)).putInt(chunk.length()).put(data, chunk.from(), chunk.length());
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
}
