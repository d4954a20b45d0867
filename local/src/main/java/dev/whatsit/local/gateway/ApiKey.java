package dev.whatsit.local.gateway;

import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.settings.Settings;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/**
 * Asks clients of the local server for a key, as a bearer token (RFC 6750). On Google Cloud IAM
 * asks them for an identity token in the same header instead. Immutable; the key is kept as its
 * digest only.
 */
public final class ApiKey {
  /** The name of the setting. */
  public static final String SETTING = "API_KEY";

  private static final Pattern BEARER = Pattern.compile("(?i:bearer) +([!-~]+) *");
  private static final Pattern KEY = Pattern.compile("[!-~]{1,1024}");

  private final byte @Nullable [] digest;

  private ApiKey(byte @Nullable [] digest) {
    this.digest = digest;
  }

  /** Reads the setting: 1 to 1024 visible ASCII characters; without it no key is needed. */
  public static ApiKey of(Settings settings) {
    Optional<String> key = settings.find(SETTING);
    if (key.isPresent() && !KEY.matcher(key.get()).matches()) {
      settings.reject(SETTING, "must be 1 to 1024 visible ASCII characters, without blanks");
    }
    return new ApiKey(key.map(ApiKey::digest).orElse(null));
  }

  /** Whether requests need a key. */
  public boolean isSet() {
    return digest != null;
  }

  /**
   * Whether a request may be served: it has the key, or needs none. The documentation is open,
   * since a browser cannot send a key for a page, and so is a preflight, which is sent without it.
   */
  boolean admits(Request request, @Nullable Route route) {
    return digest == null
        || (route != null && route.isOpen())
        || isPreflight(request)
        || hasKey(request, digest);
  }

  private static boolean isPreflight(Request request) {
    HttpFields headers = request.getHeaders();
    return request.getMethod().equals("OPTIONS")
        && headers.contains("Origin")
        && headers.contains("Access-Control-Request-Method");
  }

  /** Compares digests in constant time, so that its duration tells nothing about the key. */
  private static boolean hasKey(Request request, byte[] digest) {
    String sent = request.getHeaders().get(HttpHeader.AUTHORIZATION);
    Matcher bearer = BEARER.matcher(sent == null ? "" : sent);
    return bearer.matches() && MessageDigest.isEqual(digest(bearer.group(1)), digest);
  }

  private static byte[] digest(String key) {
    return ImageHash.newDigest().digest(key.getBytes(StandardCharsets.UTF_8));
  }
}
