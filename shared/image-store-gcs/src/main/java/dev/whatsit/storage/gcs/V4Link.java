package dev.whatsit.storage.gcs;

import com.google.api.client.util.escape.PercentEscaper;
import dev.whatsit.domain.image.ImageHash;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A link to read one object, on its way to be signed. Immutable.
 *
 * @see <a href="https://cloud.google.com/storage/docs/authentication/signatures">V4 signatures</a>
 * @see <a href="https://cloud.google.com/storage/docs/authentication/canonical-requests">Canonical
 *     requests</a>
 */
final class V4Link {
  private static final String ALGORITHM = "GOOG4-RSA-SHA256";
  private static final PercentEscaper PARAMETER = new PercentEscaper("-_.~");
  private static final PercentEscaper PATH = new PercentEscaper("-_.~/");
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("uuuuMMdd").withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter DATE_TIME =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  private final URI endpoint;
  private final String path;
  private final String query;
  private final String date;
  private final String scope;

  /**
   * An unsigned link.
   *
   * @param endpoint scheme and authority of the service
   * @param parameters of the query, beside those of the signature
   * @param account e-mail address of the service account that will sign
   * @param signedAt the beginning of its life, in whole seconds
   * @param lifetime from 1 s to 7 days, in whole seconds
   */
  V4Link(
      URI endpoint,
      String bucket,
      String object,
      Map<String, String> parameters,
      String account,
      Instant signedAt,
      Duration lifetime) {
    this.endpoint = endpoint;
    this.path = "/" + bucket + "/" + PATH.escape(object);
    this.date = DATE_TIME.format(signedAt);
    this.scope = DATE.format(signedAt) + "/auto/storage/goog4_request";
    SortedMap<String, String> all = new TreeMap<>();
    parameters.forEach((name, value) -> all.put(PARAMETER.escape(name), PARAMETER.escape(value)));
    all.put("X-Goog-Algorithm", ALGORITHM);
    all.put("X-Goog-Credential", PARAMETER.escape(account + "/" + scope));
    all.put("X-Goog-Date", date);
    all.put("X-Goog-Expires", Long.toString(lifetime.toSeconds()));
    all.put("X-Goog-SignedHeaders", "host");
    this.query =
        all.entrySet().stream()
            .map(entry -> entry.getKey() + "=" + entry.getValue())
            .collect(Collectors.joining("&"));
  }

  /** The request as the service will write it down, to compare signatures. */
  String canonicalRequest() {
    return String.join(
        "\n",
        "GET",
        path,
        query,
        "host:" + endpoint.getRawAuthority(),
        "",
        "host",
        "UNSIGNED-PAYLOAD");
  }

  /** What is to be signed with SHA256withRSA. */
  byte[] toSign() {
    byte[] canonical = canonicalRequest().getBytes(StandardCharsets.UTF_8);
    String digest = HexFormat.of().formatHex(ImageHash.newDigest().digest(canonical));
    return String.join("\n", ALGORITHM, date, scope, digest).getBytes(StandardCharsets.UTF_8);
  }

  /** The link with its signature. */
  URI signed(byte[] signature) {
    return URI.create(
        endpoint + path + "?" + query + "&X-Goog-Signature=" + HexFormat.of().formatHex(signature));
  }
}
