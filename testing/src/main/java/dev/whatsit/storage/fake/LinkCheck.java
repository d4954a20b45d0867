package dev.whatsit.storage.fake;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Checks a V4 signed link as Cloud Storage does.
 *
 * @see <a href="https://cloud.google.com/storage/docs/access-control/signed-urls">Signed URLs</a>
 * @see <a href="https://cloud.google.com/storage/docs/authentication/canonical-requests">Canonical
 *     requests</a>
 */
final class LinkCheck {
  private static final String ALGORITHM = "GOOG4-RSA-SHA256";
  private static final long MAX_SECONDS = 604_800;
  private static final DateTimeFormatter DATE_TIME =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  private LinkCheck() {}

  /**
   * Verifies a link.
   *
   * @param target the path as sent
   * @param rawQuery the query as sent
   * @param host the Host header as sent
   * @param keys the public keys of accounts that may read
   * @return why the link is refused, or empty when it is valid
   */
  static Optional<String> refusal(
      String method,
      String target,
      String rawQuery,
      String host,
      Map<String, PublicKey> keys,
      Instant now) {
    SortedMap<String, String> query = new TreeMap<>();
    for (String pair : rawQuery.split("&", -1)) {
      int equals = pair.indexOf('=');
      if (equals < 0
          || query.put(decode(pair.substring(0, equals)), decode(pair.substring(equals + 1)))
              != null) {
        return Optional.of("MalformedQuery");
      }
    }
    String signature = query.remove("X-Goog-Signature");
    String date = query.get("X-Goog-Date");
    String expires = query.get("X-Goog-Expires");
    String credential = query.get("X-Goog-Credential");
    if (signature == null
        || date == null
        || expires == null
        || credential == null
        || !ALGORITHM.equals(query.get("X-Goog-Algorithm"))
        || !"host".equals(query.get("X-Goog-SignedHeaders"))) {
      return Optional.of("MalformedSecurityHeader");
    }
    Instant signed;
    long seconds;
    byte[] claimed;
    try {
      signed = Instant.from(DATE_TIME.parse(date));
      seconds = Long.parseLong(expires);
      claimed = HexFormat.of().parseHex(signature);
    } catch (DateTimeException | IllegalArgumentException e) {
      return Optional.of("MalformedSecurityHeader");
    }
    String scope = date.substring(0, 8) + "/auto/storage/goog4_request";
    PublicKey key =
        credential.endsWith("/" + scope)
            ? keys.get(credential.substring(0, credential.length() - scope.length() - 1))
            : null;
    if (key == null) {
      return Optional.of("AccessDenied");
    }
    if (seconds < 1 || seconds > MAX_SECONDS) {
      return Optional.of("InvalidArgument");
    }
    String canonicalQuery =
        query.entrySet().stream()
            .map(entry -> encode(entry.getKey()) + "=" + encode(entry.getValue()))
            .collect(Collectors.joining("&"));
    String canonical =
        String.join(
            "\n", method, target, canonicalQuery, "host:" + host, "", "host", "UNSIGNED-PAYLOAD");
    String toSign = String.join("\n", ALGORITHM, date, scope, sha256(canonical));
    if (!verifies(key, toSign, claimed)) {
      return Optional.of("SignatureDoesNotMatch");
    }
    // The service tolerates a clock that is fifteen minutes ahead.
    if (now.isBefore(signed.minusSeconds(900)) || !now.isBefore(signed.plusSeconds(seconds))) {
      return Optional.of("ExpiredToken");
    }
    return Optional.empty();
  }

  private static boolean verifies(PublicKey key, String text, byte[] claimed) {
    try {
      Signature signature = Signature.getInstance("SHA256withRSA");
      signature.initVerify(key);
      signature.update(text.getBytes(StandardCharsets.UTF_8));
      return signature.verify(claimed);
    } catch (GeneralSecurityException e) {
      // Java reports a signature of the wrong length as an exception.
      return false;
    }
  }

  private static String sha256(String text) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java platform lacks SHA-256", e);
    }
  }

  /** Percent-decodes; a plus sign stays a plus sign. */
  static String decode(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  /** Percent-encodes all except the unreserved characters of RFC 3986, section 2.3. */
  private static String encode(String text) {
    StringBuilder encoded = new StringBuilder();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      if (c < 128 && (Character.isLetterOrDigit(c) || "-._~".indexOf(c) >= 0)) {
        encoded.append(c);
      } else {
        encoded.append('%').append(HexFormat.of().withUpperCase().toHexDigits(b));
      }
    }
    return encoded.toString();
  }
}
