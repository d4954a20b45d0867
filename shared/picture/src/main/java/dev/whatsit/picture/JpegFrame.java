package dev.whatsit.picture;

import dev.whatsit.domain.image.Cleaned;
import dev.whatsit.domain.image.JpegStructure;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import javax.imageio.plugins.jpeg.JPEGHuffmanTable;

/** A JPEG, decoded by TwelveMonkeys over the JDK's libjpeg. */
final class JpegFrame extends EncodedFrame {
  private static final int DHT = 0xc4;

  private final JpegStructure structure;
  private final Cleaned file;

  JpegFrame(JpegStructure structure, byte[] data) {
    super(structure);
    this.structure = structure;
    this.file = structure.cleaned(head(structure), data);
  }

  /** The start, Adobe's segment with the colour space, and tables if the file has none. */
  private static byte[] head(JpegStructure structure) {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    head.writeBytes(new byte[] {(byte) 0xff, (byte) 0xd8});
    if (structure.colorChannels() > 2) {
      head.writeBytes(new byte[] {(byte) 0xff, (byte) 0xee, 0, 14});
      head.writeBytes("Adobe".getBytes(StandardCharsets.US_ASCII));
      head.writeBytes(new byte[] {0, 100, 0, 0, 0, 0, (byte) structure.transform()});
    }
    if (!structure.hasTables()) {
      table(head, 0x00, JPEGHuffmanTable.StdDCLuminance);
      table(head, 0x10, JPEGHuffmanTable.StdACLuminance);
      table(head, 0x01, JPEGHuffmanTable.StdDCChrominance);
      table(head, 0x11, JPEGHuffmanTable.StdACChrominance);
    }
    return head.toByteArray();
  }

  private static void table(ByteArrayOutputStream head, int slot, JPEGHuffmanTable table) {
    short[] values = table.getValues();
    int length = 2 + 1 + 16 + values.length;
    head.writeBytes(new byte[] {(byte) 0xff, (byte) DHT, 0, (byte) length, (byte) slot});
    short[] lengths = Arrays.copyOf(table.getLengths(), 16);
    for (short one : lengths) {
      head.write(one);
    }
    for (short value : values) {
      head.write(value);
    }
  }

  @Override
  long decoderBytes() {
    // libjpeg works in rows of blocks, some of them several times; it holds the coefficients of
    // the whole picture, 2 bytes each, when they come in more than one scan.
    long rows = (long) frameWidth() * structure.colorChannels() * 8 * 4 * 8;
    return (2 << 20) + rows + structure.keptCoefficients() * 2;
  }

  @Override
  int[] samples(Window window, WorkLimit work) throws IOException {
    return LibraryReader.JPEG.samples(
        input(window, work), frameWidth(), frameHeight(), window, JpegFrame::isDamage);
  }

  @Override
  void rows(Window window, WorkLimit work, RowSink sink) throws IOException {
    LibraryReader.JPEG.rows(
        input(window, work), frameWidth(), frameHeight(), window, JpegFrame::isDamage, sink);
  }

  @Override
  int bytesPerSampleOfRows() {
    // A raster of a byte for each channel; of four channels another one, in RGB.
    return structure.colorChannels() > 3 ? 12 : 4;
  }

  private MemoryInput input(Window window, WorkLimit work) throws IOException {
    if (!structure.hasEndMarker() && window.y() + window.height() < frameHeight()) {
      // The decoder stops below the window and would not see that data is missing.
      throw new IOException("the data ends without an end marker");
    }
    return new MemoryInput(file.data(), file.from(), file.to(), 0, work);
  }

  /** Of libjpeg's warnings (its jerror.h) those that tell of missing or unreadable data. */
  private static boolean isDamage(String warning) {
    return warning.startsWith("Premature end")
        || warning.startsWith("Inconsistent progression")
        || (warning.startsWith("Corrupt JPEG data") && !warning.contains("extraneous bytes"));
  }
}
