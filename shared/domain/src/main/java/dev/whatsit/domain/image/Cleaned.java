package dev.whatsit.domain.image;

/**
 * A file without anything that a decoder has no use for.
 *
 * @param data an array that holds it; it is not copied
 * @param from where the file begins
 * @param to behind its last byte
 */
@SuppressWarnings("ArrayRecordComponent")
public record Cleaned(byte[] data, int from, int to) {
  @Override
  public String toString() {
    return "Cleaned[" + (to - from) + " bytes]";
  }
}
