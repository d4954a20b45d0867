package dev.whatsit.storage.fake;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Parses the two parts of an upload.
 *
 * @see <a href="https://cloud.google.com/storage/docs/uploading-objects">Multipart uploads</a>
 */
final class Upload {
  private static final Pattern BOUNDARY = Pattern.compile("boundary=\"?([^\";]+)\"?");

  private final JsonObject metadata;
  private final Part media;

  private Upload(JsonObject metadata, Part media) {
    this.metadata = metadata;
    this.media = media;
  }

  /**
   * Reads a {@code multipart/related} body.
   *
   * @throws IllegalArgumentException saying what is wrong with the body
   */
  static Upload ofMultipart(String requestContentType, byte[] body) {
    Matcher boundary = BOUNDARY.matcher(requestContentType);
    if (!requestContentType.toLowerCase(Locale.ROOT).startsWith("multipart/related")
        || !boundary.find()) {
      throw new IllegalArgumentException("not multipart/related with a boundary");
    }
    byte[] delimiter = ("--" + boundary.group(1)).getBytes(StandardCharsets.US_ASCII);
    byte[] separator = ("\r\n--" + boundary.group(1)).getBytes(StandardCharsets.US_ASCII);
    if (!startsWith(body, 0, delimiter)) {
      throw new IllegalArgumentException("the body does not begin with the boundary");
    }
    int first = delimiter.length;
    int second = indexOf(body, separator, first);
    int third = indexOf(body, separator, second + separator.length);
    if (!startsWith(body, third + separator.length, new byte[] {'-', '-'})) {
      throw new IllegalArgumentException("the body has more than two parts");
    }
    Part json = Part.of(body, first, second);
    Part media = Part.of(body, second + separator.length, third);
    try {
      return new Upload(
          JsonParser.parseString(new String(json.content, StandardCharsets.UTF_8))
              .getAsJsonObject(),
          media);
    } catch (JsonParseException | IllegalStateException e) {
      throw new IllegalArgumentException("the first part is not a JSON object", e);
    }
  }

  /** The object's JSON. */
  JsonObject metadata() {
    return metadata;
  }

  /** The content type of the second part. */
  String contentType() {
    return media.contentType;
  }

  /** The bytes. */
  byte[] content() {
    return media.content;
  }

  private static final class Part {
    private final String contentType;
    private final byte[] content;

    Part(String contentType, byte[] content) {
      this.contentType = contentType;
      this.content = content;
    }

    static Part of(byte[] body, int from, int to) {
      byte[] blank = {'\r', '\n', '\r', '\n'};
      int end = indexOf(body, blank, from);
      if (end > to) {
        throw new IllegalArgumentException("a part without a blank line after its headers");
      }
      String type = "";
      for (String line :
          new String(body, from, end - from, StandardCharsets.ISO_8859_1).split("\r\n", -1)) {
        int colon = line.indexOf(':');
        if (colon > 0 && line.substring(0, colon).equalsIgnoreCase("content-type")) {
          type = line.substring(colon + 1).strip();
        }
        if (colon > 0 && line.substring(0, colon).equalsIgnoreCase("content-encoding")) {
          throw new IllegalArgumentException("an encoded part, which this fake does not decode");
        }
      }
      return new Part(type, Arrays.copyOfRange(body, end + blank.length, to));
    }
  }

  private static boolean startsWith(byte[] body, int from, byte[] wanted) {
    return body.length >= from + wanted.length
        && Arrays.equals(body, from, from + wanted.length, wanted, 0, wanted.length);
  }

  private static int indexOf(byte[] body, byte[] wanted, int from) {
    for (int i = from; i <= body.length - wanted.length; i++) {
      if (body[i] == wanted[0] && startsWith(body, i, wanted)) {
        return i;
      }
    }
    throw new IllegalArgumentException("the body ends before its parts do");
  }
}
