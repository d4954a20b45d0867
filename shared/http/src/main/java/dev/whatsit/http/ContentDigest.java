package dev.whatsit.http;

import dev.whatsit.domain.image.ImageHash;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;

/**
 * Reads and checks the {@code sha-256} member of a {@code Content-Digest} header (RFC 9530), a
 * dictionary of RFC 8941 with byte sequences as values: {@code sha-256=:base64:}. Other algorithms
 * are ignored, as RFC 9530 section 2 allows.
 */
public final class ContentDigest {
  private static final int SHA_256_BYTES = 32;

  private ContentDigest() {}

  /**
   * Reads the header's value.
   *
   * @return the hash that the client sent, or empty when the header has no SHA-256
   * @throws ProblemException 400 if the value cannot be read
   */
  public static Optional<ImageHash> parse(String value) {
    Optional<ImageHash> found = Optional.empty();
    for (String member : value.split(",", -1)) {
      String text = member.strip();
      int equals = text.indexOf('=');
      String key = equals < 0 ? text : text.substring(0, equals);
      if (key.isEmpty() || !key.equals(key.toLowerCase(Locale.ROOT))) {
        throw unreadable();
      }
      if (key.equals("sha-256")) {
        found = Optional.of(hash(equals < 0 ? "" : text.substring(equals + 1)));
      }
    }
    return found;
  }

  /**
   * Compares the header's hash with the hash of the received bytes.
   *
   * @throws ProblemException 400 if they differ
   */
  public static void check(String value, ImageHash received) {
    Optional<ImageHash> promised = parse(value);
    if (promised.isPresent() && !promised.get().equals(received)) {
      throw new ProblemException(
          Problem.of(
              400,
              "DIGEST_MISMATCH",
              "The bytes are not those that were promised",
              "Content-Digest names other bytes than those that came. Nothing was stored. Send"
                  + " them again."));
    }
  }

  private static ImageHash hash(String item) {
    // Parameters (;name=value) may follow a byte sequence; base64 has no semicolon.
    int end = item.indexOf(';');
    String sequence = end < 0 ? item : item.substring(0, end).strip();
    if (sequence.length() < 2 || !sequence.startsWith(":") || !sequence.endsWith(":")) {
      throw unreadable();
    }
    try {
      byte[] bytes = Base64.getDecoder().decode(sequence.substring(1, sequence.length() - 1));
      if (bytes.length != SHA_256_BYTES) {
        throw unreadable();
      }
      return new ImageHash(HexFormat.of().formatHex(bytes));
    } catch (IllegalArgumentException e) {
      throw unreadable();
    }
  }

  private static ProblemException unreadable() {
    return new ProblemException(
        Problem.of(
            400,
            "INVALID_DIGEST",
            "Content-Digest cannot be read",
            "Write it as sha-256=:BASE64: (RFC 9530) or leave it out."));
  }
}
