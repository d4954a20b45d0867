package dev.whatsit.pubsub;

import dev.whatsit.domain.queue.DeadLetterMessage;
import dev.whatsit.domain.queue.Topic;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/** The attributes of a message as they are published. */
final class PubSubAttributes {
  /** Limits of Pub/Sub ("Quotas and limits", resource limits), in bytes. */
  private static final int MAX_KEY = 256;

  private static final int MAX_VALUE = 1024;

  /** The rest of the 100 that Pub/Sub allows is for attributes of the dead letter itself. */
  private static final int MAX_KEPT = 90;

  private PubSubAttributes() {}

  /**
   * Adds the attributes that make a message a CloudEvent in binary mode (CloudEvents Pub/Sub
   * protocol binding): the required ones and a subject. So an external subscriber can read it with
   * a CloudEvents library and filter by type and subject. There is no {@code ce-time}, because that
   * is the message's publish time, and no {@code content-type}, because there is no data.
   *
   * @param topic not the dead-letter topic: dead letters keep the attributes of the failed message
   * @param topicName {@code projects/…/topics/…}
   */
  static Map<String, String> event(
      Map<String, String> attributes, String id, Topic topic, String topicName) {
    Map<String, String> event = new HashMap<>(attributes);
    event.put("ce-specversion", "1.0");
    event.put("ce-id", id);
    event.put("ce-source", "//pubsub.googleapis.com/" + topicName);
    event.put("ce-type", type(topic));
    String subject =
        attributes.get(
            switch (topic) {
              case RESULTS -> "subject";
              case FETCHES -> "batch_id";
              default -> "image_hash";
            });
    if (subject != null) {
      event.put("ce-subject", subject);
    }
    return event;
  }

  private static String type(Topic topic) {
    return switch (topic) {
      case WORK -> "dev.whatsit.work.v1";
      case RESULTS -> "dev.whatsit.result.v1";
      case FETCHES -> "dev.whatsit.fetch.v1";
      case DEAD_LETTERS -> throw new IllegalArgumentException("dead letters stay as they came");
    };
  }

  /**
   * The attributes of a dead letter, cut to Pub/Sub's limits. A message that another sender pushed
   * may exceed them, and its dead letter must still be publishable. If something was cut, {@code
   * dead_letter_cut} says so.
   */
  static Map<String, String> deadLetter(DeadLetterMessage letter) {
    Map<String, String> kept = new HashMap<>();
    boolean cut = false;
    for (Map.Entry<String, String> entry : new TreeMap<>(letter.attributes()).entrySet()) {
      String value = cut(entry.getValue());
      if (kept.size() < MAX_KEPT && isKey(entry.getKey())) {
        kept.put(entry.getKey(), value);
        cut |= !value.equals(entry.getValue());
      } else {
        cut = true;
      }
    }
    if (cut) {
      kept.put("dead_letter_cut", "true");
    }
    kept.put(DeadLetterMessage.REASON, cut(letter.reason()));
    kept.put(DeadLetterMessage.MESSAGE_ID, cut(letter.messageId()));
    return kept;
  }

  private static boolean isKey(String key) {
    return !key.isEmpty()
        && !key.startsWith("goog")
        && key.getBytes(StandardCharsets.UTF_8).length <= MAX_KEY;
  }

  /** Truncates a text to the maximum length of a value, between characters. */
  private static String cut(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length <= MAX_VALUE) {
      return text;
    }
    int end = MAX_VALUE;
    // Bytes 10xxxxxx continue a character (RFC 3629 section 3).
    while ((bytes[end] & 0xC0) == 0x80) {
      end--;
    }
    return new String(bytes, 0, end, StandardCharsets.UTF_8);
  }
}
