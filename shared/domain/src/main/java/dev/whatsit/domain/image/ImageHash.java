package dev.whatsit.domain.image;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;

/**
 * An image's identity: the SHA-256 of its bytes as 64 lower-case hexadecimal digits.
 *
 * @param hex exactly 64 characters of {@code 0-9a-f}
 */
public record ImageHash(String hex) {
  private static final int LENGTH = 64;

  /**
   * Checks the form.
   *
   * @throws IllegalArgumentException if {@code hex} is not 64 lower-case hexadecimal digits
   */
  public ImageHash {
    if (!isHash(hex)) {
      throw new IllegalArgumentException("not 64 lower-case hexadecimal digits: " + hex);
    }
  }

  /**
   * Reads a hash as a client writes it.
   *
   * @return the hash, or empty when the text has another length, other characters or upper case
   */
  public static Optional<ImageHash> parse(String text) {
    return isHash(text) ? Optional.of(new ImageHash(text)) : Optional.empty();
  }

  /**
   * The hash for a finished SHA-256 digest.
   *
   * @param sha256 the 32 bytes of the digest
   * @throws IllegalArgumentException if there are not 32 bytes
   */
  public static ImageHash ofDigest(byte[] sha256) {
    return new ImageHash(HexFormat.of().formatHex(sha256));
  }

  /** A new SHA-256 digest, which every Java platform must provide ({@link MessageDigest}). */
  public static MessageDigest newDigest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java platform lacks SHA-256", e);
    }
  }

  private static boolean isHash(String text) {
    if (text.length() != LENGTH) {
      return false;
    }
    for (int i = 0; i < LENGTH; i++) {
      char c = text.charAt(i);
      if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
        return false;
      }
    }
    return true;
  }

  @Override
  public String toString() {
    return hex;
  }
}
