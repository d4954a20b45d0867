package dev.whatsit.embedded;

import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.queue.DeadLetterMessage;
import dev.whatsit.domain.queue.Message;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.Topic;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Puts messages into the queues of a data folder. Results go to each of their subscriptions: to
 * notifiers and, of what all are told about images, to the progress of batches. A process that ends
 * between the two has not published, and does it again. Thread-safe, and safe for several
 * processes.
 */
final class EmbeddedMessages implements MessageQueue {
  private final DataFolder folder;

  EmbeddedMessages(DataFolder folder) {
    this.folder = folder;
  }

  @Override
  public List<String> publish(Topic topic, List<Message> messages, @Nullable Instant notBefore) {
    if (messages.size() > MAX_MESSAGES) {
      throw new IllegalArgumentException(messages.size() + " messages are too many");
    }
    if (topic == Topic.FETCHES && notBefore == null && !messages.isEmpty()) {
      return folder
          .fetches()
          .publishAll(
              "publish " + messages.size() + " fetches",
              messages.stream().map(Message::attributes).toList());
    }
    List<String> ids = new ArrayList<>();
    for (Message message : messages) {
      ids.add(notBefore == null ? publishNow(topic, message) : schedule(topic, message, notBefore));
    }
    return ids;
  }

  private String publishNow(Topic topic, Message message) {
    Map<String, String> attributes = message.attributes();
    return switch (topic) {
      case WORK -> folder.queue().publish(message);
      case FETCHES -> folder.fetches().publish(message.name(), attributes);
      case RESULTS -> {
        if (!attributes.containsKey("callback")
            && ImageHash.parse(attributes.getOrDefault("subject", "")).isPresent()) {
          folder.progress().publish(message.name(), attributes);
        }
        yield folder.results().publish(message.name(), attributes);
      }
      case DEAD_LETTERS -> {
        DeadLetterMessage letter = DeadLetterMessage.fromAttributes(attributes);
        folder.queue().deadLetter(letter.messageId(), letter.attributes(), letter.reason());
        yield message.name();
      }
    };
  }

  private String schedule(Topic topic, Message message, Instant notBefore) {
    return switch (topic) {
      case WORK -> folder.queue().schedule(message, notBefore);
      case RESULTS -> folder.results().schedule(message, notBefore);
      case FETCHES -> folder.fetches().schedule(message, notBefore);
      case DEAD_LETTERS ->
          throw new IllegalArgumentException("dead letters are not scheduled: " + message.name());
    };
  }

  @Override
  public boolean schedules() {
    return true;
  }

  @Override
  public void check(Topic topic) {
    switch (topic) {
      case WORK, DEAD_LETTERS -> folder.queue().checkReachable();
      case FETCHES -> folder.fetches().checkReachable();
      case RESULTS -> {
        folder.results().checkReachable();
        folder.progress().checkReachable();
      }
    }
  }
}
