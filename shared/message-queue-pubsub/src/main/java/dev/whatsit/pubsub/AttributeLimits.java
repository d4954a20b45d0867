package dev.whatsit.pubsub;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * What Pub/Sub takes as attributes ("Quotas and limits", resource limits): 100 of them, keys of 256
 * bytes that do not begin with {@code goog}, values of 1024 bytes. A real message obeys them; what
 * was pushed by somebody else need not, and must not make its dead letter impossible.
 */
final class AttributeLimits {
  private static final int KEY_BYTES = 256;
  private static final int VALUE_BYTES = 1024;

  /** Of the 100 some are for what is said of the dead letter itself. */
  private static final int KEPT = 90;

  private static final String CUT = "dead_letter_cut";

  private AttributeLimits() {}

  /** Hands on what fits, values cut, and says so in one more attribute if not all of it did. */
  static void keep(Map<String, String> attributes, BiConsumer<String, String> taker) {
    int kept = 0;
    boolean cut = false;
    for (Map.Entry<String, String> entry : new TreeMap<>(attributes).entrySet()) {
      String key = entry.getKey();
      if (kept == KEPT
          || key.isEmpty()
          || key.startsWith("goog")
          || key.getBytes(StandardCharsets.UTF_8).length > KEY_BYTES) {
        cut = true;
        continue;
      }
      String value = cut(entry.getValue());
      cut |= !value.equals(entry.getValue());
      taker.accept(key, value);
      kept++;
    }
    if (cut) {
      taker.accept(CUT, "true");
    }
  }

  /** The text, or as much of its beginning as a value may have, ending between characters. */
  static String cut(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length <= VALUE_BYTES) {
      return text;
    }
    int end = VALUE_BYTES;
    // Bytes 10xxxxxx go on with a character that began before them (RFC 3629 section 3).
    while ((bytes[end] & 0xC0) == 0x80) {
      end--;
    }
    return new String(bytes, 0, end, StandardCharsets.UTF_8);
  }
}
