package dev.whatsit.picture;

import dev.whatsit.domain.failure.FailureCodes;
import dev.whatsit.domain.failure.PermanentFailure;
import java.awt.Rectangle;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import javax.imageio.plugins.jpeg.JPEGHuffmanTable;
import org.jspecify.annotations.Nullable;

/**
 * A JPEG of the kinds that libjpeg reads: 8 bits, Huffman-coded, baseline, extended or progressive.
 * What the decoder gets has tables, frame and scans, and one segment that tells the colour space.
 */
final class JpegFrame extends EncodedFrame {
  /** Real encoders make about ten; each costs a pass over the whole picture. */
  private static final int MAX_SCANS = 100;

  /** Samples visited over all scans: 75 million pixels of three full channels, 13 scans. */
  private static final long MAX_VISITS = 3_000_000_000L;

  private static final int SOI = 0xd8;
  private static final int EOI = 0xd9;
  private static final int SOS = 0xda;
  private static final int DQT = 0xdb;
  private static final int DRI = 0xdd;
  private static final int DHT = 0xc4;
  private static final int DAC = 0xcc;
  private static final int APP0 = 0xe0;
  private static final int APP1 = 0xe1;
  private static final int APP14 = 0xee;

  /** The channels' names R, G, B. */
  private static final int RGB_NAMES = 'R' << 16 | 'G' << 8 | 'B';

  private final byte[] data;
  private final int size;
  private final Header header;
  private final boolean keepsCoefficients;
  private final boolean endMarker;

  private JpegFrame(
      byte[] data,
      int size,
      Header header,
      boolean keepsCoefficients,
      boolean endMarker,
      Orientation orientation)
      throws IOException {
    super(header.width, header.height, new Rectangle(header.width, header.height), orientation);
    this.data = data;
    this.size = size;
    this.header = header;
    this.keepsCoefficients = keepsCoefficients;
    this.endMarker = endMarker;
  }

  static JpegFrame open(byte[] data) throws IOException {
    return new Sieve(data).frame();
  }

  @Override
  long decoderBytes() {
    // libjpeg works in rows of blocks, some of them several times; it holds the coefficients of
    // the whole picture, 2 bytes each, when they come in more than one scan.
    long rows = (long) frameWidth() * header.channels * 8 * 4 * 8;
    return (2 << 20) + rows + (keepsCoefficients ? header.coefficients * 2 : 0);
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
    return header.channels > 3 ? 12 : 4;
  }

  private MemoryInput input(Window window, WorkLimit work) throws IOException {
    if (!endMarker && window.y() + window.height() < frameHeight()) {
      // The decoder stops below the window and would not see that data is missing.
      throw new IOException("the data ends without an end marker");
    }
    return new MemoryInput(data, 0, size, 0, work);
  }

  /** Of libjpeg's warnings (its jerror.h) those that tell of missing or unreadable data. */
  private static boolean isDamage(String warning) {
    return warning.startsWith("Premature end")
        || warning.startsWith("Inconsistent progression")
        || (warning.startsWith("Corrupt JPEG data") && !warning.contains("extraneous bytes"));
  }

  /** Whole, as far as one can tell, and of a kind that next to no decoder reads. */
  private static PermanentFailure rareKind() {
    return new PermanentFailure(
        FailureCodes.CLASSIFIER_REFUSED,
        "A JPEG that is arithmetic-coded, lossless or of 12 bits a channel cannot be decoded here."
            + " Send it as a baseline or progressive one.",
        false,
        null);
  }

  /** The frame header. */
  private record Header(
      int width,
      int height,
      int channels,
      boolean namedRgb,
      boolean progressive,
      long coefficients) {
    static Header read(Octets in, boolean progressive) throws IOException {
      int precision = in.u8();
      int height = in.u16be();
      int width = in.u16be();
      int channels = in.u8();
      if (precision == 12) {
        throw rareKind();
      }
      if (precision != 8 || height == 0 || width == 0 || channels < 1 || channels > 4) {
        throw new IOException("a JPEG frame that is not read here");
      }
      int[] across = new int[channels];
      int[] down = new int[channels];
      int names = 0;
      int maxAcross = 1;
      int maxDown = 1;
      for (int i = 0; i < channels; i++) {
        names = names << 8 | in.u8();
        int factors = in.u8();
        across[i] = factors >> 4;
        down[i] = factors & 15;
        if (across[i] < 1 || across[i] > 4 || down[i] < 1 || down[i] > 4) {
          throw new IOException("sampling factors out of range");
        }
        maxAcross = Math.max(maxAcross, across[i]);
        maxDown = Math.max(maxDown, down[i]);
        in.skip(1);
      }
      long coefficients = 0;
      long unitsAcross = (width + 8L * maxAcross - 1) / (8L * maxAcross);
      long unitsDown = (height + 8L * maxDown - 1) / (8L * maxDown);
      for (int i = 0; i < channels; i++) {
        coefficients += unitsAcross * across[i] * unitsDown * down[i] * 64;
      }
      return new Header(width, height, channels, names == RGB_NAMES, progressive, coefficients);
    }
  }

  /** Goes through the segments once and moves those that are kept to the front. */
  private static final class Sieve {
    private final byte[] data;
    private int read = 2;
    private int kept = 2;
    private @Nullable Header header;
    private Orientation orientation = Orientation.UPRIGHT;
    private boolean exif;
    private boolean jfif;
    private int adobe = -1;
    private boolean tables;
    private int scans;
    private boolean splitScans;
    private boolean ended;
    private boolean endMarker;

    Sieve(byte[] data) throws IOException {
      this.data = data;
      if (data.length < 4 || (data[0] & 0xff) != 0xff || (data[1] & 0xff) != SOI) {
        throw new IOException("not a JPEG");
      }
    }

    JpegFrame frame() throws IOException {
      while (!ended) {
        segment();
      }
      Header found = header;
      if (found == null || scans == 0) {
        throw new IOException("a JPEG without a picture");
      }
      boolean keeps = found.progressive || splitScans || scans > 1;
      byte[] head = head(found);
      int size = head.length + kept - 2 + 2;
      byte[] all = size > data.length ? new byte[size] : data;
      System.arraycopy(data, 2, all, head.length, kept - 2);
      System.arraycopy(head, 0, all, 0, head.length);
      all[size - 2] = (byte) 0xff;
      all[size - 1] = (byte) EOI;
      return new JpegFrame(all, size, found, keeps, endMarker, orientation);
    }

    /** The start, Adobe's segment with the colour space, and tables if the file has none. */
    private byte[] head(Header frame) {
      ByteArrayOutputStream head = new ByteArrayOutputStream();
      head.writeBytes(new byte[] {(byte) 0xff, (byte) SOI});
      if (frame.channels > 2) {
        head.writeBytes(new byte[] {(byte) 0xff, (byte) APP14, 0, 14});
        head.writeBytes("Adobe".getBytes(StandardCharsets.US_ASCII));
        head.writeBytes(new byte[] {0, 100, 0, 0, 0, 0, (byte) transform(frame)});
      }
      if (!tables) {
        // As motion JPEG leaves them out.
        table(head, 0x00, JPEGHuffmanTable.StdDCLuminance);
        table(head, 0x10, JPEGHuffmanTable.StdACLuminance);
        table(head, 0x01, JPEGHuffmanTable.StdDCChrominance);
        table(head, 0x11, JPEGHuffmanTable.StdACChrominance);
      }
      return head.toByteArray();
    }

    /**
     * Adobe's number for the colour space, by the rules of libjpeg (jdapimin.c): of three channels
     * JFIF counts first, then Adobe's segment, then the channels' names; four are ink unless
     * Adobe's segment says something else than 0.
     */
    private int transform(Header frame) {
      if (frame.channels == 4) {
        return adobe > 0 ? 2 : 0;
      }
      boolean rgb = adobe < 0 ? frame.namedRgb : adobe == 0;
      return rgb && !jfif ? 0 : 1;
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

    private void segment() throws IOException {
      int marker = nextMarker();
      if (marker == EOI) {
        ended = true;
        endMarker = true;
        return;
      }
      if (marker == SOI) {
        throw new IOException("a JPEG within a JPEG");
      }
      if (marker == 0x01 || (marker >= 0xd0 && marker <= 0xd7)) {
        return;
      }
      Octets in = new Octets(data, read, data.length);
      int length = in.u16be();
      if (length < 2) {
        throw new IOException("a segment shorter than its length");
      }
      in.skip(length - 2L);
      int body = read + 2;
      int next = read + length;
      Octets content = new Octets(data, body, next);
      switch (marker) {
        case DHT -> {
          tables = true;
          keep(marker, length);
        }
        case DQT, DRI -> keep(marker, length);
        case 0xc0, 0xc1, 0xc2 -> {
          if (header != null) {
            throw new IOException("two frames");
          }
          header = Header.read(content, marker == 0xc2);
          keep(marker, length);
        }
        case APP0 -> jfif |= length >= 16 && startsWith(body, "JFIF\0");
        case APP1 -> {
          if (!exif && startsWith(body, "Exif")) {
            exif = true;
            orientation = Exif.orientation(data, body, next);
          }
        }
        case APP14 -> {
          if (length >= 14 && startsWith(body, "Adobe")) {
            adobe = data[body + 11] & 0xff;
          }
        }
        case DAC -> {
          // Conditioning of arithmetic codes: without a meaning in a Huffman-coded file.
        }
        case SOS -> {
          scan(content, length);
          return;
        }
        default -> {
          if (marker >= 0xc0 && marker < 0xd0) {
            throw rareKind();
          }
          // Comments and other applications' segments are left out.
        }
      }
      read = next;
    }

    private void scan(Octets content, int length) throws IOException {
      Header frame = header;
      if (frame == null) {
        throw new IOException("a scan before its frame");
      }
      splitScans |= content.u8() < frame.channels;
      scans++;
      if (scans > MAX_SCANS || scans * frame.coefficients > MAX_VISITS) {
        throw new TooMuchWork(scans + " scans");
      }
      int end = read + length;
      while (end < data.length) {
        if (data[end] != (byte) 0xff) {
          end++;
        } else if (end + 1 == data.length) {
          break;
        } else {
          int second = data[end + 1] & 0xff;
          if (second == 0 || (second >= 0xd0 && second <= 0xd7)) {
            end += 2;
          } else if (second == 0xff) {
            end++;
          } else {
            break;
          }
        }
      }
      keep(SOS, end - read);
      read = end;
      if (end >= data.length - 1) {
        // No end marker. One scan that is whole decodes without a warning; whether further scans
        // are missing is unknown.
        if (frame.progressive || splitScans) {
          throw new IOException("the data ends within a scan");
        }
        ended = true;
      }
    }

    private int nextMarker() throws IOException {
      // Stray bytes between segments are passed over, as libjpeg does, a stuffed 0 among them.
      int marker = 0;
      while (marker == 0) {
        while (read < data.length && data[read] != (byte) 0xff) {
          read++;
        }
        while (read < data.length && data[read] == (byte) 0xff) {
          read++;
        }
        if (read >= data.length) {
          throw new IOException("the data ends before the picture");
        }
        marker = data[read++] & 0xff;
      }
      return marker;
    }

    private void keep(int marker, int length) {
      // A marker may be stuffed with 0xff before it, so that what is kept never overtakes.
      data[kept] = (byte) 0xff;
      data[kept + 1] = (byte) marker;
      System.arraycopy(data, read, data, kept + 2, length);
      kept += 2 + length;
    }

    private boolean startsWith(int at, String word) {
      for (int i = 0; i < word.length(); i++) {
        if (at + i >= data.length || data[at + i] != word.charAt(i)) {
          return false;
        }
      }
      return true;
    }
  }
}
