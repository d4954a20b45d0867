package dev.whatsit.domain.queue;

import dev.whatsit.domain.image.ImageHash;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * A message that cannot be processed, for {@link Topic#DEAD_LETTERS}. Operators can list such
 * messages and requeue them.
 *
 * @param messageId the queue's id of the message that failed
 * @param attributes attributes of the failed message as received, readable or not
 * @param reason why it failed, one sentence for operators
 */
public record DeadLetterMessage(String messageId, Map<String, String> attributes, String reason) {
  /** The attribute that carries the reason. */
  public static final String REASON = "dead_letter_reason";

  /** The attribute that carries the id of the message that failed. */
  public static final String MESSAGE_ID = "dead_letter_message_id";

  public DeadLetterMessage {
    attributes = Map.copyOf(attributes);
  }

  /**
   * Converts to a queue message: the attributes of the failed message, plus {@value #REASON} and
   * {@value #MESSAGE_ID}. The name is a hash of the failed message's id and attributes: the same
   * message dead-lettered again has the same name, whatever the reason.
   */
  public Message toMessage() {
    Map<String, String> letter = new LinkedHashMap<>(attributes);
    letter.put(REASON, reason);
    letter.put(MESSAGE_ID, messageId);
    MessageDigest digest = ImageHash.newDigest();
    add(digest, messageId);
    new TreeMap<>(attributes)
        .forEach(
            (name, value) -> {
              add(digest, name);
              add(digest, value);
            });
    return new Message(ImageHash.ofDigest(digest.digest()).hex(), letter);
  }

  /** Adds the length too, so that different sequences of texts never give the same bytes. */
  private static void add(MessageDigest digest, String text) {
    digest.update((text.length() + ":" + text).getBytes(StandardCharsets.UTF_8));
  }

  /** Parses a dead letter from its attributes; one that the platform itself made has no reason. */
  public static DeadLetterMessage fromAttributes(Map<String, String> attributes) {
    Map<String, String> failed = new LinkedHashMap<>(attributes);
    String reason = failed.remove(REASON);
    String messageId = failed.remove(MESSAGE_ID);
    return new DeadLetterMessage(
        messageId == null ? "" : messageId, failed, reason == null ? "unknown" : reason);
  }
}
