package dev.whatsit.domain.queue;

import dev.whatsit.domain.image.ImageHash;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * A message that cannot be worked on, for {@link Topic#DEAD_LETTERS}. Operators list such messages
 * and have them run again.
 *
 * @param messageId the queue's id of the message that failed
 * @param attributes the message as it came, readable or not
 * @param reason why, one sentence for operators
 */
public record DeadLetterMessage(String messageId, Map<String, String> attributes, String reason) {
  /** The attribute that carries the reason. */
  public static final String REASON = "dead_letter_reason";

  /** The attribute that carries the id of the message that failed. */
  public static final String MESSAGE_ID = "dead_letter_message_id";

  /** Copies the attributes. */
  public DeadLetterMessage {
    attributes = Map.copyOf(attributes);
  }

  /**
   * The attributes of the message that failed and, beside them, {@value #REASON} and {@value
   * #MESSAGE_ID}. The name is that of the failed message and its attributes: the same message
   * dead-lettered again is the same letter, whatever the reason.
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

  /** With its length, so that other texts in the same order are other bytes. */
  private static void add(MessageDigest digest, String text) {
    digest.update((text.length() + ":" + text).getBytes(StandardCharsets.UTF_8));
  }

  /** Reads a letter from its attributes; a letter of the platform itself has no reason. */
  public static DeadLetterMessage fromAttributes(Map<String, String> attributes) {
    Map<String, String> failed = new LinkedHashMap<>(attributes);
    String reason = failed.remove(REASON);
    String messageId = failed.remove(MESSAGE_ID);
    return new DeadLetterMessage(
        messageId == null ? "" : messageId, failed, reason == null ? "not told" : reason);
  }
}
