package dev.whatsit.domain.classification;

import java.nio.charset.StandardCharsets;

/**
 * The text recognised in a picture, in reading order with line breaks.
 *
 * @param content at most {@value #MAX_BYTES} bytes as UTF-8; empty when there is no text
 * @param truncated whether the text was longer
 */
public record RecognisedText(String content, boolean truncated) {
  /**
   * The maximum number of UTF-8 bytes that a record keeps, so that it stays far below the size
   * limit of a document.
   */
  public static final int MAX_BYTES = 32 * 1024;

  public RecognisedText {
    int bytes = content.getBytes(StandardCharsets.UTF_8).length;
    if (bytes > MAX_BYTES) {
      throw new IllegalArgumentException("text must be at most " + MAX_BYTES + " bytes: " + bytes);
    }
  }

  /** Truncates a text to the maximum length, between two code points. */
  public static RecognisedText of(String whole) {
    int bytes = 0;
    int end = 0;
    while (end < whole.length()) {
      int codePoint = whole.codePointAt(end);
      bytes += utf8Length(codePoint);
      if (bytes > MAX_BYTES) {
        return new RecognisedText(whole.substring(0, end), true);
      }
      end += Character.charCount(codePoint);
    }
    return new RecognisedText(whole, false);
  }

  /**
   * RFC 3629 section 3. An unpaired surrogate counts as three bytes, although Java encodes it as
   * one ({@code ?}).
   */
  private static int utf8Length(int codePoint) {
    if (codePoint < 0x80) {
      return 1;
    }
    if (codePoint < 0x800) {
      return 2;
    }
    return codePoint < 0x10000 ? 3 : 4;
  }
}
