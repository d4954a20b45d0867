package dev.whatsit.pubsub;

import dev.whatsit.domain.batch.FetchMessage;
import dev.whatsit.domain.batch.FetchQueue;
import dev.whatsit.domain.failure.TransientFailure;
import java.util.List;
import java.util.Map;

/**
 * Open items of batches on Cloud Pub/Sub, as {@link PubSubWorkQueue} puts work there: attributes
 * and no data, with those of the CloudEvents Pub/Sub protocol binding, of which {@code ce-subject}
 * is the batch. All of a batch go by one call, which takes a thousand messages and 10 MB ("Quotas
 * and limits", Pub/Sub documentation). Safe for use by several threads.
 */
final class PubSubFetchQueue implements FetchQueue, AutoCloseable {
  private static final String EVENT_TYPE = "dev.whatsit.fetch.v1";

  private final String topic;
  private final Publishing publishing;

  PubSubFetchQueue(FetchSettings settings) {
    this(settings, new PublisherConnection(settings.emulator(), PublisherConnection.LONGEST_CALL));
  }

  /** Over a connection of the caller's, which is closed with this. */
  PubSubFetchQueue(FetchSettings settings, PublisherConnection connection) {
    this.topic = settings.topic();
    this.publishing = new Publishing(connection);
  }

  @Override
  public void publish(List<FetchMessage> messages) {
    if (messages.isEmpty()) {
      return;
    }
    String action =
        "publish " + messages.size() + " items of batch " + messages.get(0).item().batch();
    List<String> ids =
        publishing.publish(action, topic, messages.stream().map(this::event).toList());
    if (ids.size() != messages.size()) {
      throw new TransientFailure(action + ": the answer has " + ids.size() + " message ids");
    }
  }

  private Map<String, String> event(FetchMessage message) {
    return Publishing.event(
        message.toAttributes(), topic, EVENT_TYPE, message.item().batch().text());
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
