package dev.whatsit.domain.batch;

import java.time.Duration;
import java.util.regex.Pattern;

/**
 * Recognises a repeated submission by the digests of the client's idempotency key and of the
 * request body, so that neither is stored.
 *
 * @param keyDigest SHA-256 of the key, 64 lower-case hexadecimal digits
 * @param bodyDigest SHA-256 of the request body, 64 lower-case hexadecimal digits
 */
public record IdempotencyKey(String keyDigest, String bodyDigest) {
  /** How long a repeated submission is recognised. */
  public static final Duration LIFETIME = Duration.ofHours(24);

  private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");

  public IdempotencyKey {
    if (!DIGEST.matcher(keyDigest).matches() || !DIGEST.matcher(bodyDigest).matches()) {
      throw new IllegalArgumentException("not 64 lower-case hexadecimal digits");
    }
  }
}
