package dev.whatsit.local.gateway;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.eclipse.jetty.util.SearchPattern;

/**
 * Removes the preamble and the epilogue of a multipart body, which readers ignore (RFC 2046 section
 * 5.1.1). The upload function detects from the body's length that the framework hid a part from it,
 * and could mistake this text for a hidden part.
 */
final class FormParts {
  private FormParts() {}

  /**
   * Returns the parts and the delimiters around them; the same array if it holds nothing else. A
   * body without delimiters is returned whole, for the parser to refuse.
   *
   * @param body with {@code size} bytes in it
   * @param boundary as the Content-Type names it, not empty
   */
  static byte[] only(byte[] body, int size, String boundary) {
    byte[] delimiter = ("--" + boundary).getBytes(StandardCharsets.ISO_8859_1);
    int begin = begin(body, size, delimiter);
    int end = begin < 0 ? -1 : end(body, begin, size, delimiter);
    if (end < 0) {
      return body.length == size ? body : Arrays.copyOf(body, size);
    }
    return begin == 0 && end == body.length ? body : Arrays.copyOfRange(body, begin, end);
  }

  /** The index of the first delimiter, at the first byte or after a line end; -1 if none. */
  private static int begin(byte[] body, int size, byte[] delimiter) {
    if (size >= delimiter.length
        && Arrays.equals(body, 0, delimiter.length, delimiter, 0, delimiter.length)) {
      return 0;
    }
    int found = find(body, 0, size, "\n", delimiter, "");
    return found < 0 ? -1 : found + 1;
  }

  /** The index after the first closing delimiter and its line end, if any; -1 if none. */
  private static int end(byte[] body, int begin, int size, byte[] delimiter) {
    int closing = delimiter.length + 2;
    int end;
    if (size - begin >= closing
        && body[begin + closing - 2] == '-'
        && body[begin + closing - 1] == '-') {
      end = begin + closing;
    } else {
      int found = find(body, begin, size, "\n", delimiter, "--");
      if (found < 0) {
        return -1;
      }
      end = found + 1 + closing;
    }
    boolean lineEnds = size - end >= 2 && body[end] == '\r' && body[end + 1] == '\n';
    return lineEnds ? end + 2 : end;
  }

  private static int find(
      byte[] body, int from, int size, String before, byte[] delimiter, String after) {
    String sought = before + new String(delimiter, StandardCharsets.ISO_8859_1) + after;
    return SearchPattern.compile(sought.getBytes(StandardCharsets.ISO_8859_1))
        .match(body, from, size - from);
  }
}
