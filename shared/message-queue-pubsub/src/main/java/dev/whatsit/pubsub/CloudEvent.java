package dev.whatsit.pubsub;

import dev.whatsit.domain.queue.Topic;
import java.util.HashMap;
import java.util.Map;

/**
 * Adds the attributes that make a message a CloudEvent in binary mode (CloudEvents Pub/Sub protocol
 * binding): the required ones and a subject. So an external subscriber can read it with a
 * CloudEvents library and filter by type and subject. There is no {@code ce-time}, because that is
 * the message's publish time, and no {@code content-type}, because there is no data. Our own
 * functions need none of these attributes.
 */
final class CloudEvent {
  private CloudEvent() {}

  /**
   * The attributes of a message with those of a CloudEvent.
   *
   * @param name of the topic, {@code projects/…/topics/…}
   * @param topic not the dead-letter topic: dead letters keep the attributes of the failed message
   */
  static Map<String, String> of(
      Map<String, String> attributes, String id, Topic topic, String name) {
    Map<String, String> event = new HashMap<>(attributes);
    event.put("ce-specversion", "1.0");
    event.put("ce-id", id);
    event.put("ce-source", "//pubsub.googleapis.com/" + name);
    event.put("ce-type", type(topic));
    String subject = attributes.get(subject(topic));
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

  private static String subject(Topic topic) {
    return switch (topic) {
      case RESULTS -> "subject";
      case FETCHES -> "batch_id";
      default -> "image_hash";
    };
  }
}
