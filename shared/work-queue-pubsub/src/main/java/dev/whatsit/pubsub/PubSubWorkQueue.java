package dev.whatsit.pubsub;

import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.queue.WorkMessage;
import dev.whatsit.domain.queue.WorkQueue;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A work queue on Cloud Pub/Sub. Messages have attributes and no data: names, never bytes.
 *
 * <p>Beside what {@link WorkMessage#toAttributes} names, each message of work has those attributes
 * of the CloudEvents Pub/Sub protocol binding without which it is no CloudEvent in binary mode
 * ({@code ce-specversion}, {@code ce-id}, {@code ce-source}, {@code ce-type}), and {@code
 * ce-subject}, the image's hash: so that a subscriber who is not ours can read it with a
 * CloudEvents library and filter by type and subject. Not {@code ce-time}, which is the message's
 * own publish time, and no {@code content-type}, since there is no data. Our own functions need
 * none of them.
 *
 * <p>A dead letter has the attributes of the message as it came, and three more: {@value
 * #DEAD_LETTER_REASON}, {@value #MESSAGE_ID} and {@value #TIME} (RFC 3339).
 *
 * <p>Each call returns when the service has answered, or fails within {@link
 * PublisherConnection#LONGEST_CALL}. A message whose answer was lost is published again by the
 * client and then delivered twice, as a queue that delivers at least once may. Safe for use by
 * several threads.
 */
final class PubSubWorkQueue implements WorkQueue, AutoCloseable {
  static final String MESSAGE_ID = "dead_letter_message_id";
  static final String TIME = "dead_letter_time";

  private final PubSubSettings settings;
  private final Publishing publishing;
  private final InstantSource clock;

  private PubSubWorkQueue(
      PubSubSettings settings, PublisherConnection connection, InstantSource clock) {
    this.settings = settings;
    this.publishing = new Publishing(connection);
    this.clock = clock;
  }

  static PubSubWorkQueue of(PubSubSettings settings, InstantSource clock) {
    return of(settings, clock, PublisherConnection.LONGEST_CALL);
  }

  /** With another longest time for a call. */
  static PubSubWorkQueue of(PubSubSettings settings, InstantSource clock, Duration longestCall) {
    return over(new PublisherConnection(settings.emulator(), longestCall), settings, clock);
  }

  /** Over a connection of the caller's, which is closed with this. */
  static PubSubWorkQueue over(
      PublisherConnection connection, PubSubSettings settings, InstantSource clock) {
    return new PubSubWorkQueue(settings, connection, clock);
  }

  @Override
  public String publish(WorkMessage message) {
    String hash = message.image().hash().hex();
    String topic = settings.workTopic();
    return publishing.publish(
        "publish message about " + hash,
        topic,
        Publishing.event(message.toAttributes(), topic, Topic.WORK.eventType(), hash));
  }

  @Override
  public void deadLetter(String messageId, Map<String, String> attributes, String reason) {
    Map<String, String> letter = new HashMap<>();
    AttributeLimits.keep(attributes, letter::put);
    letter.put(DEAD_LETTER_REASON, AttributeLimits.cut(reason));
    letter.put(MESSAGE_ID, AttributeLimits.cut(messageId));
    letter.put(TIME, clock.instant().toString());
    publishing.publish("dead-letter message " + messageId, settings.deadLetterTopic(), letter);
  }

  /** Asks for each topic whether this account may publish to it. A yes for one is enough. */
  @Override
  public void checkReachable() {
    boolean permitted = false;
    for (String topic : List.of(settings.workTopic(), settings.deadLetterTopic())) {
      permitted |= publishing.isPermitted(topic);
    }
    // No function publishes to both, and none should have more than it uses.
    if (!permitted) {
      throw new TransientFailure(
          "reach "
              + settings.workTopic()
              + " or "
              + settings.deadLetterTopic()
              + ": there are no such topics, or the function's service account has"
              + " roles/pubsub.publisher on neither");
    }
  }

  @Override
  public void close() {
    publishing.close();
  }
}
