package dev.whatsit.notify;

import dev.whatsit.domain.settings.Settings;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signs messages with every configured secret, so that a receiver with any one of them can verify
 * ("Signature scheme" and "Webhook headers", Standard Webhooks 1.0). Thread-safe.
 */
final class Signatures {
  /**
   * One or more secrets separated by commas, the newest first. Each is {@code whsec_} followed by
   * Base64 of 24 to 64 bytes.
   */
  static final String SETTING = "CALLBACK_SECRETS";

  private static final String PREFIX = "whsec_";
  private static final String ALGORITHM = "HmacSHA256";
  private static final int MIN_BYTES = 24;
  private static final int MAX_BYTES = 64;
  private static final int MAX_SECRETS = 5;

  private final List<SecretKeySpec> keys;

  private Signatures(List<SecretKeySpec> keys) {
    this.keys = List.copyOf(keys);
  }

  /** Reads the secrets; errors are recorded in {@code settings}, never with the secret itself. */
  static Signatures of(Settings settings) {
    List<SecretKeySpec> keys = new ArrayList<>();
    String text = settings.text(SETTING, "");
    if (text.isEmpty()) {
      settings.reject(SETTING, "is not set, must be " + PREFIX + " and Base64 of 24 to 64 bytes");
      return new Signatures(keys);
    }
    String[] secrets = text.split(",", -1);
    if (secrets.length > MAX_SECRETS) {
      settings.reject(SETTING, "has more than " + MAX_SECRETS + " secrets");
    }
    for (int i = 0; i < secrets.length; i++) {
      byte[] key = key(secrets[i].strip());
      if (key.length < MIN_BYTES || key.length > MAX_BYTES) {
        settings.reject(
            SETTING,
            "is wrong in secret "
                + (i + 1)
                + ", must be "
                + PREFIX
                + " and Base64 of 24 to 64 bytes");
      } else {
        keys.add(new SecretKeySpec(key, ALGORITHM));
      }
    }
    return new Signatures(keys);
  }

  private static byte[] key(String secret) {
    if (!secret.startsWith(PREFIX)) {
      return new byte[0];
    }
    try {
      return Base64.getDecoder().decode(secret.substring(PREFIX.length()));
    } catch (IllegalArgumentException e) {
      return new byte[0];
    }
  }

  /** The value of {@code webhook-signature}: one signature for each secret, space-separated. */
  String sign(String messageId, Instant now, String payload) {
    byte[] signed =
        (messageId + "." + now.getEpochSecond() + "." + payload).getBytes(StandardCharsets.UTF_8);
    return keys.stream().map(key -> "v1," + mac(key, signed)).collect(Collectors.joining(" "));
  }

  private static String mac(SecretKeySpec key, byte[] signed) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      return Base64.getEncoder().encodeToString(mac.doFinal(signed));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java platform lacks " + ALGORITHM, e);
    }
  }
}
