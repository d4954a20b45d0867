package dev.whatsit.domain.image;

import dev.whatsit.domain.failure.FailureCodes;
import dev.whatsit.domain.failure.PermanentFailure;
import java.io.IOException;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A JPEG of the kinds that libjpeg reads: 8 bits, Huffman-coded, baseline, extended or progressive.
 * What the decoder gets has tables, frame and scans, and one segment that tells the colour space.
 */
public final class JpegStructure extends ImageStructure {
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
  private static final int APP2 = 0xe2;
  private static final int APP14 = 0xee;

  /**
   * What a piece of a profile begins with (ICC.1, annex B.4), before its number and their count.
   */
  private static final String ICC = "ICC_PROFILE\0";

  /** The channels' names R, G, B. */
  private static final int RGB_NAMES = 'R' << 16 | 'G' << 8 | 'B';

  private final Header header;
  private final boolean keepsCoefficients;
  private final boolean endMarker;
  private final boolean tables;
  private final int transform;
  private final Splice kept;
  private final SortedMap<Integer, Range> profile;
  private final int profilePieces;

  private JpegStructure(Sieve sieve, Header header) throws IOException {
    super(header.width, header.height, sieve.orientation);
    this.header = header;
    this.keepsCoefficients = header.progressive || sieve.splitScans || sieve.scans > 1;
    this.endMarker = sieve.endMarker;
    this.tables = sieve.tables;
    this.transform = sieve.transform(header);
    this.kept = sieve.kept;
    this.profile = sieve.profile;
    this.profilePieces = sieve.profilePieces;
  }

  private record Range(int from, int to) {}

  static JpegStructure read(ImageBytes bytes) throws IOException {
    return new Sieve(bytes).structure();
  }

  @Override
  public int colorChannels() {
    return header.channels;
  }

  /** How many coefficients a decoder holds of the whole picture; 0 if it goes row by row. */
  public long keptCoefficients() {
    return keepsCoefficients ? header.coefficients : 0;
  }

  /** Whether the file ends as it should. Otherwise the last rows may be missing. */
  public boolean hasEndMarker() {
    return endMarker;
  }

  @Override
  public Optional<byte[]> profile(ImageBytes bytes) {
    int length = profile.values().stream().mapToInt(piece -> piece.to - piece.from).sum();
    if (profilePieces == 0 || profile.size() != profilePieces || length > MAX_PROFILE_BYTES) {
      return Optional.empty();
    }
    byte[] whole = new byte[length];
    int at = 0;
    for (Range piece : profile.values()) {
      at += bytes.read(piece.from, whole, at, piece.to - piece.from);
    }
    return Optional.of(whole);
  }

  /** Whether the file brings Huffman tables; motion JPEG leaves them out. */
  public boolean hasTables() {
    return tables;
  }

  /**
   * Adobe's number for the colour space, by the rules of libjpeg (jdapimin.c): of three channels
   * JFIF counts first, then Adobe's segment, then the channels' names; four are ink unless Adobe's
   * segment says something else than 0.
   *
   * @return 0 for RGB or CMYK, 1 for YCbCr, 2 for YCCK
   */
  public int transform() {
    return transform;
  }

  /**
   * The tables, frame and scans.
   *
   * @param head what comes before them
   * @param old the array that this was read from, which is written to
   */
  public Cleaned cleaned(byte[] head, byte[] old) {
    return kept.of(head, old, new byte[] {(byte) 0xff, (byte) EOI});
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

  /** Goes through the segments once. */
  private static final class Sieve {
    private final ImageBytes data;
    private final Splice kept = new Splice();
    private int read = 2;
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
    private final SortedMap<Integer, Range> profile = new TreeMap<>();
    private int profilePieces;

    Sieve(ImageBytes data) throws IOException {
      this.data = data;
      if (!Fields.hasAt(data, 0, "\u00ff\u00d8")) {
        throw new IOException("not a JPEG");
      }
    }

    JpegStructure structure() throws IOException {
      while (!ended) {
        segment();
      }
      Header found = header;
      if (found == null || scans == 0) {
        throw new IOException("a JPEG without a picture");
      }
      return new JpegStructure(this, found);
    }

    private int transform(Header frame) {
      if (frame.channels == 4) {
        return adobe > 0 ? 2 : 0;
      }
      boolean rgb = adobe < 0 ? frame.namedRgb : adobe == 0;
      return rgb && !jfif ? 0 : 1;
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
      Octets in = new Octets(data, read, data.size());
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
          kept.add(read - 2, next);
        }
        case DQT, DRI -> kept.add(read - 2, next);
        case 0xc0, 0xc1, 0xc2 -> {
          if (header != null) {
            throw new IOException("two frames");
          }
          header = Header.read(content, marker == 0xc2);
          kept.add(read - 2, next);
        }
        case APP0 -> jfif |= length >= 16 && Fields.hasAt(data, body, "JFIF\0");
        case APP1 -> {
          if (!exif && Fields.hasAt(data, body, "Exif")) {
            exif = true;
            orientation = Exif.orientation(data, body, next);
          }
        }
        case APP2 -> {
          int header = body + ICC.length() + 2;
          if (header <= next && Fields.hasAt(data, body, ICC)) {
            profilePieces = data.at(header - 1);
            profile.putIfAbsent(data.at(header - 2), new Range(header, next));
          }
        }
        case APP14 -> {
          if (length >= 14 && Fields.hasAt(data, body, "Adobe")) {
            adobe = data.at(body + 11);
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
      int end = endOfScan(read + length);
      kept.add(read - 2, end);
      read = end;
      if (end >= data.size() - 1) {
        // No end marker. One scan that is whole decodes without a warning; whether further scans
        // are missing is unknown.
        if (frame.progressive || splitScans) {
          throw new IOException("the data ends within a scan");
        }
        ended = true;
      }
    }

    /** Where the next marker stands that is no restart, or the end. */
    private int endOfScan(int start) {
      int at = start;
      while (true) {
        at = data.indexOf(0xff, at);
        if (at >= data.size() - 1) {
          return at;
        }
        int second = data.at(at + 1);
        if (second == 0 || (second >= 0xd0 && second <= 0xd7)) {
          at += 2;
        } else if (second == 0xff) {
          at++;
        } else {
          return at;
        }
      }
    }

    private int nextMarker() throws IOException {
      // Stray bytes between segments are passed over, as libjpeg does, a stuffed 0 among them.
      int marker = 0;
      while (marker == 0) {
        read = data.indexOf(0xff, read);
        while (read < data.size() && data.at(read) == 0xff) {
          read++;
        }
        if (read >= data.size()) {
          throw new IOException("the data ends before the picture");
        }
        marker = data.at(read++);
      }
      return marker;
    }
  }
}
