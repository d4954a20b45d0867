package dev.whatsit.pubsub;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * Shortens attributes to Pub/Sub's limits ("Quotas and limits", resource limits): 100 attributes;
 * keys of 256 bytes that do not begin with {@code goog}; values of 1024 bytes. A real message is
 * within them. A message that another sender pushed may not be, and its dead letter must still be
 * publishable.
 */
final class AttributeLimits {
  private static final int KEY_BYTES = 256;
  private static final int VALUE_BYTES = 1024;

  /** The rest of the 100 is reserved for attributes of the dead letter itself. */
  private static final int KEPT = 90;

  private static final String CUT = "dead_letter_cut";

  private AttributeLimits() {}

  /**
   * Passes on the attributes that fit, with values truncated. If something was cut, adds one more
   * attribute that says so.
   */
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

  /** Truncates a text to the maximum length of a value, between characters. */
  static String cut(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length <= VALUE_BYTES) {
      return text;
    }
    int end = VALUE_BYTES;
    // Bytes 10xxxxxx continue a character (RFC 3629 section 3).
    while ((bytes[end] & 0xC0) == 0x80) {
      end--;
    }
    return new String(bytes, 0, end, StandardCharsets.UTF_8);
  }
}
