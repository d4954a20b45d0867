package dev.whatsit.pubsub;

import dev.whatsit.domain.callback.ResultMessage;
import dev.whatsit.domain.callback.ResultQueue;
import dev.whatsit.domain.queue.Topic;

/**
 * Results on Cloud Pub/Sub, as {@link PubSubWorkQueue} puts work there: attributes and no data,
 * with those of the CloudEvents Pub/Sub protocol binding, of which {@code ce-subject} is what the
 * work was about. Safe for use by several threads.
 */
final class PubSubResultQueue implements ResultQueue, AutoCloseable {

  private final String topic;
  private final Publishing publishing;

  PubSubResultQueue(ResultSettings settings) {
    this(settings, new PublisherConnection(settings.emulator(), PublisherConnection.LONGEST_CALL));
  }

  /** Over a connection of the caller's, which is closed with this. */
  PubSubResultQueue(ResultSettings settings, PublisherConnection connection) {
    this.topic = settings.topic();
    this.publishing = new Publishing(connection);
  }

  @Override
  public String publish(ResultMessage message) {
    String subject = message.subject().id();
    return publishing.publish(
        "publish result of " + message.subject().key(),
        topic,
        Publishing.event(message.toAttributes(), topic, Topic.RESULTS.eventType(), subject));
  }

  @Override
  public void checkReachable() {
    publishing.requirePermitted(topic);
  }

  @Override
  public void close() {
    publishing.close();
  }
}
