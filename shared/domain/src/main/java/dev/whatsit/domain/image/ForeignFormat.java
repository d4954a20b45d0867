package dev.whatsit.domain.image;

import static dev.whatsit.domain.image.Fields.hasAt;
import static dev.whatsit.domain.image.Fields.u8;

import java.util.List;

/** Names what is not accepted, so that a refusal tells people what they have sent. */
final class ForeignFormat {
  /** Bytes that a format has at an offset; the first row that fits is the name. */
  private record Row(int offset, String latin1, String name) {}

  private static final List<Row> SIGNATURES =
      List.of(
          new Row(0, "II*\0", "a TIFF image"),
          new Row(0, "MM\0*", "a TIFF image"),
          new Row(0, "II+\0", "a TIFF image"),
          new Row(0, "MM\0+", "a TIFF image"),
          new Row(0, "%PDF-", "a PDF document"),
          new Row(0, "PK\u0003\u0004", "a ZIP archive"),
          new Row(0, "PK\u0005\u0006", "a ZIP archive"),
          new Row(0, "PK\u0007\b", "a ZIP archive"),
          new Row(0, "\u001f\u008b", "gzip data"),
          new Row(4, "1AY&SY", "bzip2 data"),
          new Row(0, "\u00fd7zXZ\0", "xz data"),
          new Row(0, "(\u00b5/\u00fd", "zstd data"),
          new Row(0, "7z\u00bc\u00af'\u001c", "a 7z archive"),
          new Row(0, "Rar!\u001a\u0007", "a RAR archive"),
          new Row(257, "ustar", "a tar archive"),
          new Row(0, "\0\0\u0001\0", "an ICO icon"),
          // Without a colour map; a cursor would have no picture here.
          new Row(0, "\0\0\u0002\0\0\0\0\0", "a TGA image"),
          new Row(0, "\0\0\n\0\0\0\0\0", "a TGA image"),
          new Row(0, "\0\0\u0002\0", "a CUR cursor"),
          new Row(0, "8BPS", "a PSD image"),
          new Row(0, "\0\0\0\fjP  \r\n\u0087\n", "a JPEG 2000 image"),
          new Row(0, "\u00ffO\u00ffQ", "a JPEG 2000 image"),
          new Row(0, "\0\0\0\fJXL \r\n\u0087\n", "a JPEG XL image"),
          new Row(0, "\u00ff\n", "a JPEG XL image"),
          new Row(0, "II\u00bc", "a JPEG XR image"),
          new Row(0, "\u001aE\u00df\u00a3", "a WebM or Matroska video"),
          new Row(0, "\u008aMNG\r\n", "an MNG animation"),
          new Row(0, "%!PS", "a PostScript document"),
          new Row(0, "OggS", "Ogg media"),
          new Row(0, "ID3", "MP3 audio"));

  /** Media types of the ISO base format by their four-letter brands (ISO/IEC 14496-12, 4.3). */
  private static final List<Row> BRANDS =
      List.of(
          new Row(0, "avif", "an AVIF image"),
          new Row(0, "avis", "an AVIF image"),
          new Row(0, "hei", "a HEIC image"),
          new Row(0, "hev", "a HEIC image"),
          new Row(0, "qt  ", "a QuickTime video"),
          new Row(0, "M4A ", "MP4 audio"),
          new Row(0, "crx ", "a Canon raw image"),
          new Row(0, "jxl ", "a JPEG XL image"));

  private static final List<Row> BOXES =
      List.of(
          new Row(4, "moov", "a QuickTime video"),
          new Row(4, "mdat", "a QuickTime video"),
          new Row(4, "wide", "a QuickTime video"),
          new Row(4, "free", "a QuickTime video"),
          new Row(4, "skip", "a QuickTime video"));

  private static final int MAX_BRANDS = 16;

  private ForeignFormat() {}

  /** Names what the bytes are, with an article where it has one. */
  static String nameOf(ImageBytes bytes) {
    if (bytes.size() == 0) {
      return "empty";
    }
    // The first byte is the top of a box's length: what is printable there is text, not a box.
    boolean mayBeBox = u8(bytes, 0) <= 1;
    if (mayBeBox && hasAt(bytes, 4, "ftyp")) {
      return isoMedia(bytes);
    }
    if (hasAt(bytes, 0, "RIFF") && !TextHead.isText(bytes)) {
      return hasAt(bytes, 8, "AVI ")
          ? "an AVI video"
          : hasAt(bytes, 8, "WAVE") ? "WAVE audio" : "a RIFF file that is not WebP";
    }
    String name = named(SIGNATURES, bytes, 0);
    if (name.isEmpty() && mayBeBox) {
      name = named(BOXES, bytes, 0);
    }
    return name.isEmpty()
        ? TextHead.read(bytes).map(TextHead::kind).orElse("not a known image format")
        : name;
  }

  /** The first brand that has a name: the major one, then the compatible ones behind it. */
  private static String isoMedia(ImageBytes bytes) {
    int box = Fields.i32be(bytes, 0);
    int start = 8;
    if (box == 1 && Fields.has(bytes, 0, 16)) {
      // The length has 64 bits and stands behind the type.
      start = 16;
      box = Fields.i32be(bytes, 12);
    }
    for (int at = start; at < box && at < start + 4 * MAX_BRANDS; at += 4) {
      String name = named(BRANDS, bytes, at);
      if (!name.isEmpty()) {
        return name;
      }
    }
    return hasAt(bytes, start, "mif1") || hasAt(bytes, start, "msf1")
        ? "a HEIF image"
        : "an MP4 video";
  }

  private static String named(List<Row> rows, ImageBytes bytes, int base) {
    for (Row row : rows) {
      if (hasAt(bytes, base + row.offset(), row.latin1())) {
        return row.name();
      }
    }
    return "";
  }
}
