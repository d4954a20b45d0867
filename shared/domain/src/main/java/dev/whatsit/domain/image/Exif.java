package dev.whatsit.domain.image;

/**
 * Finds the orientation in an EXIF block and nothing else. It looks at the first directory only,
 * follows no link but the one to it, allocates nothing, and takes whatever makes no sense for
 * "upright": a hostile block costs no more than its own length.
 */
final class Exif {
  private static final int ORIENTATION = 0x0112;
  private static final int BYTE = 1;
  private static final int SHORT = 3;
  private static final int LONG = 4;
  private static final int ENTRY = 12;

  private Exif() {}

  /** Reads a TIFF block, with or without the {@code Exif\0\0} before it. */
  static Orientation orientation(ImageBytes data, int from, int to) {
    int start = Fields.hasAt(data, from, "Exif\0\0") ? from + 6 : from;
    if (to - start < 8) {
      return Orientation.UPRIGHT;
    }
    boolean little = Fields.hasAt(data, start, "II");
    boolean big = Fields.hasAt(data, start, "MM");
    if (!(little || big)) {
      return Orientation.UPRIGHT;
    }
    long offset =
        little
            ? number(data, start + 4, 2, true) | number(data, start + 6, 2, true) << 16
            : number(data, start + 4, 2, false) << 16 | number(data, start + 6, 2, false);
    if (offset < 8 || offset > to - start - 2) {
      return Orientation.UPRIGHT;
    }
    int directory = start + (int) offset;
    long count = number(data, directory, 2, little);
    int entry = directory + 2;
    for (long i = 0; i < count && entry <= to - ENTRY; i++, entry += ENTRY) {
      if (number(data, entry, 2, little) == ORIENTATION) {
        // TIFF wants a SHORT. Cameras and editors write the others, and libexif and Pillow read
        // them.
        int width =
            switch ((int) number(data, entry + 2, 2, little)) {
              case BYTE -> 1;
              case SHORT -> 2;
              case LONG -> 4;
              default -> 0;
            };
        return Orientation.of(number(data, entry + 8, width, little));
      }
    }
    return Orientation.UPRIGHT;
  }

  private static long number(ImageBytes data, int at, int length, boolean little) {
    long value = 0;
    for (int i = 0; i < length; i++) {
      value = (value << 8) | data.at(little ? at + length - 1 - i : at + i);
    }
    return value;
  }
}
