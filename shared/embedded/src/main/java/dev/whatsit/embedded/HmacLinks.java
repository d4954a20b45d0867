package dev.whatsit.embedded;

import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Signs and verifies links to this service, with HMAC-SHA256 over hash, content type and expiry:
 * {@code /v1/images/{hash}/content?expires=<epoch seconds>&signature=<base64url>}.
 *
 * <p>The expiry is rounded to steps of half a lifetime, so that an image's link stays the same for
 * that long and the response can be cached. Thread-safe.
 */
public final class HmacLinks {
  private static final String ALGORITHM = "HmacSHA256";

  private final SecretKeySpec key;
  private final String before;
  private final String after;
  private final String label;
  private final long lifetimeSeconds;

  /**
   * Creates a signer.
   *
   * @param key 32 random bytes
   * @param prefix what precedes {@code /v1}, without a slash at its end; empty for relative links
   * @param lifetime how long a link is valid, in whole seconds, at least 2 s
   */
  HmacLinks(byte[] key, String prefix, Duration lifetime) {
    this(key, prefix + "/v1/images/", "/content", "whatsit-link-1", lifetime);
  }

  private HmacLinks(byte[] key, String before, String after, String label, Duration lifetime) {
    this.key = new SecretKeySpec(key, ALGORITHM);
    this.before = before;
    this.after = after;
    this.label = label;
    this.lifetimeSeconds = lifetime.toSeconds();
  }

  /**
   * Links to thumbnails, {@code /v1/thumbnails/{hash}?…}, signed with the same key. A different
   * label in the signed text keeps them from being valid for images.
   */
  static HmacLinks toThumbnails(byte[] key, String prefix, Duration lifetime) {
    return new HmacLinks(key, prefix + "/v1/thumbnails/", "", "whatsit-thumbnail-1", lifetime);
  }

  /** Signs a link that is valid for at least half of its lifetime from now on. */
  URI sign(ImageDescription description, Instant now) {
    ImageHash hash = description.hash();
    long expires = expiry(now).getEpochSecond();
    String signature =
        Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString(signature(hash, description.format(), expires));
    return URI.create(before + hash + after + "?expires=" + expires + "&signature=" + signature);
  }

  /** When a link that is signed now expires. */
  Instant expiry(Instant now) {
    long step = lifetimeSeconds / 2;
    return Instant.ofEpochSecond(
        Math.floorDiv(now.getEpochSecond(), step) * step + lifetimeSeconds);
  }

  /**
   * Verifies a link from a request. The time that this takes reveals nothing about the signature.
   *
   * @param expires the query value of that name, or null when there is none
   * @param signature the query value of that name, or null when there is none
   * @return what the link allows, or empty when it is malformed, forged or expired
   */
  public Optional<VerifiedLink> verify(
      ImageHash hash, @Nullable String expires, @Nullable String signature, Instant now) {
    if (expires == null || signature == null) {
      return Optional.empty();
    }
    long seconds;
    byte[] claimed;
    try {
      seconds = Long.parseLong(expires);
      claimed = Base64.getUrlDecoder().decode(signature);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
    ImageFormat found = null;
    // The link does not name its content type: try each one, and always all of them.
    for (ImageFormat format : ImageFormat.values()) {
      if (MessageDigest.isEqual(signature(hash, format, seconds), claimed)) {
        found = format;
      }
    }
    if (found == null || now.getEpochSecond() >= seconds) {
      return Optional.empty();
    }
    return Optional.of(new VerifiedLink(found, Instant.ofEpochSecond(seconds)));
  }

  private byte[] signature(ImageHash hash, ImageFormat format, long expires) {
    String signed = label + "\n" + hash + "\n" + format.mediaType() + "\n" + expires;
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      return mac.doFinal(signed.getBytes(StandardCharsets.US_ASCII));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java platform lacks " + ALGORITHM, e);
    }
  }
}
