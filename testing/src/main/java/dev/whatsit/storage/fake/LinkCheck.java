package dev.whatsit.storage.fake;

import java.net.URLDecoder;
import java.net.URLEncoder;
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

  /** The service tolerates a clock that is this far ahead. */
  private static final long CLOCK_SKEW_SECONDS = 900;

  private static final DateTimeFormatter DATE_TIME =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  private LinkCheck() {}

  /**
   * Verifies a link.
   *
   * @param host the Host header as sent
   * @param keys the public keys of accounts that may read
   * @return why the link is refused, or empty when it is valid
   */
  static Optional<String> refusal(
      Call call, String host, Map<String, PublicKey> keys, Instant now) {
    SortedMap<String, String> query = new TreeMap<>(parameters(call.query()));
    String signature = query.remove("X-Goog-Signature");
    String date = query.getOrDefault("X-Goog-Date", "");
    String credential = query.getOrDefault("X-Goog-Credential", "");
    Instant signed;
    long seconds;
    byte[] claimed;
    try {
      signed = Instant.from(DATE_TIME.parse(date));
      seconds = Long.parseLong(query.getOrDefault("X-Goog-Expires", ""));
      claimed = HexFormat.of().parseHex(signature == null ? "none" : signature);
    } catch (DateTimeException | IllegalArgumentException e) {
      return Optional.of("MalformedSecurityHeader");
    }
    if (!ALGORITHM.equals(query.get("X-Goog-Algorithm"))
        || !"host".equals(query.get("X-Goog-SignedHeaders"))) {
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
            "\n",
            call.method(),
            call.target(),
            canonicalQuery,
            "host:" + host,
            "",
            "host",
            "UNSIGNED-PAYLOAD");
    if (!verifies(key, String.join("\n", ALGORITHM, date, scope, sha256(canonical)), claimed)) {
      return Optional.of("SignatureDoesNotMatch");
    }
    return now.isBefore(signed.minusSeconds(CLOCK_SKEW_SECONDS))
            || !now.isBefore(signed.plusSeconds(seconds))
        ? Optional.of("ExpiredToken")
        : Optional.empty();
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

  /** The parameters of a query; of equal names, the last. */
  static Map<String, String> parameters(String query) {
    Map<String, String> parameters = new TreeMap<>();
    for (String pair : query.split("&", -1)) {
      int equals = pair.indexOf('=');
      if (equals > 0) {
        parameters.put(decode(pair.substring(0, equals)), decode(pair.substring(equals + 1)));
      }
    }
    return parameters;
  }

  /** Percent-decodes; a plus sign stays a plus sign. */
  static String decode(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  /** Percent-encodes all except the unreserved characters of RFC 3986, section 2.3. */
  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8)
        .replace("+", "%20")
        .replace("*", "%2A")
        .replace("%7E", "~");
  }
}
