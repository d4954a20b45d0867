package dev.whatsit.domain.image;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Tells text from binary data, and kinds of text from each other, by the first few kilobytes. */
final class TextHead {
  /** How many bytes are looked at: a licence may stand in a comment before the root element. */
  static final int MAX_BYTES = 8 * 1024;

  private static final Set<String> HTML_TAGS =
      Set.of("html", "head", "body", "title", "meta", "script", "style", "div", "p", "h1", "table");

  private final String text;

  private TextHead(String text) {
    this.text = text;
  }

  /** Whether the bytes read as text in UTF-8, in UTF-16 with a mark, or mostly in ASCII. */
  static boolean isText(ImageBytes bytes) {
    return read(bytes).isPresent();
  }

  /** The beginning as text, or empty when it does not read as such. */
  static Optional<TextHead> read(ImageBytes bytes) {
    byte[] head = new byte[Math.min(bytes.size(), MAX_BYTES)];
    bytes.read(0, head, 0, head.length);
    return decode(head).filter(TextHead::isClean).map(text -> new TextHead(text.strip()));
  }

  private static Optional<String> decode(byte[] head) {
    if (head.length == 0) {
      return Optional.empty();
    }
    if (startsWith(head, 0xff, 0xfe)) {
      return decode(head, 2, StandardCharsets.UTF_16LE);
    }
    if (startsWith(head, 0xfe, 0xff)) {
      return decode(head, 2, StandardCharsets.UTF_16BE);
    }
    if (startsWith(head, 0xef, 0xbb, 0xbf)) {
      return decode(head, 3, StandardCharsets.UTF_8);
    }
    return decode(head, 0, StandardCharsets.UTF_8)
        .or(
            () ->
                isMostlyAscii(head)
                    ? decode(head, 0, StandardCharsets.ISO_8859_1)
                    : Optional.empty());
  }

  private static Optional<String> decode(byte[] head, int skip, Charset charset) {
    CharBuffer chars = CharBuffer.allocate(head.length);
    // Not the end of input: the last character may be cut in two by the window.
    boolean malformed =
        charset
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .decode(ByteBuffer.wrap(head, skip, head.length - skip), chars, false)
            .isError();
    return malformed ? Optional.empty() : Optional.of(chars.flip().toString());
  }

  private static boolean startsWith(byte[] head, int... mark) {
    if (head.length < mark.length) {
      return false;
    }
    for (int i = 0; i < mark.length; i++) {
      if ((head[i] & 0xff) != mark[i]) {
        return false;
      }
    }
    return true;
  }

  private static boolean isMostlyAscii(byte[] head) {
    int ascii = 0;
    for (byte b : head) {
      if (b >= 0) {
        ascii++;
      }
    }
    return ascii >= head.length - head.length / 4;
  }

  private static boolean isClean(String text) {
    return !text.isEmpty()
        && text.chars().noneMatch(c -> c == 0x7f || (c < ' ' && !Character.isWhitespace(c)));
  }

  /** What kind of text it is, with its article. */
  String kind() {
    if (text.startsWith("<")) {
      String root = root();
      if (root.equals("svg")) {
        return "an SVG image";
      }
      if (HTML_TAGS.contains(root)) {
        return "an HTML page";
      }
      return root.isEmpty() && !text.startsWith("<?xml") ? "plain text" : "an XML document";
    }
    return isJson() ? "JSON" : "plain text";
  }

  /**
   * The document type's or root element's name in lower case and without a namespace prefix, after
   * any prolog, processing instructions and comments; empty when it is not within sight.
   */
  private String root() {
    int at = 0;
    while (at >= 0 && at < text.length()) {
      if (Character.isWhitespace(text.charAt(at))) {
        at++;
      } else if (text.startsWith("<?", at)) {
        at = after("?>", at);
      } else if (text.startsWith("<!--", at)) {
        at = after("-->", at);
      } else if (text.regionMatches(true, at, "<!doctype", 0, 9)) {
        at += 9;
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
          at++;
        }
        return name(at);
      } else {
        return text.charAt(at) == '<' ? name(at + 1) : "";
      }
    }
    return "";
  }

  private int after(String end, int from) {
    int found = text.indexOf(end, from);
    return found < 0 ? -1 : found + end.length();
  }

  private String name(int start) {
    int end = start;
    while (end < text.length() && isNameChar(text.charAt(end))) {
      end++;
    }
    String name = text.substring(start, end).toLowerCase(Locale.ROOT);
    return name.substring(name.indexOf(':') + 1);
  }

  private static boolean isNameChar(char c) {
    return Character.isLetterOrDigit(c) || c == ':' || c == '-' || c == '_' || c == '.';
  }

  private boolean isJson() {
    if (text.startsWith("{")) {
      return isFollowedBy("\"}");
    }
    return text.startsWith("[") && isFollowedBy("\"{[]-0123456789");
  }

  /** Whether the next character after the first and any space is one of these. */
  private boolean isFollowedBy(String chars) {
    String rest = text.substring(1).stripLeading();
    return !rest.isEmpty() && chars.indexOf(rest.charAt(0)) >= 0;
  }
}
