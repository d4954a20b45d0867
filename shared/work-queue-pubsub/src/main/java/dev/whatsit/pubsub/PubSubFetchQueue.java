package dev.whatsit.pubsub;

import com.google.api.gax.rpc.UnimplementedException;
import com.google.cloud.pubsub.v1.stub.PublisherStub;
import com.google.iam.v1.TestIamPermissionsRequest;
import com.google.pubsub.v1.GetTopicRequest;
import com.google.pubsub.v1.PublishRequest;
import com.google.pubsub.v1.PubsubMessage;
import dev.whatsit.domain.batch.FetchMessage;
import dev.whatsit.domain.batch.FetchQueue;
import dev.whatsit.domain.failure.TransientFailure;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * Open items of batches on Cloud Pub/Sub, as {@link PubSubWorkQueue} puts work there: attributes
 * and no data, with those of the CloudEvents Pub/Sub protocol binding, of which {@code ce-subject}
 * is the batch. All of a batch go by one call, which takes a thousand messages and 10 MB ("Quotas
 * and limits", Pub/Sub documentation). Safe for use by several threads.
 */
final class PubSubFetchQueue implements FetchQueue, AutoCloseable {
  private static final String EVENT_TYPE = "dev.whatsit.fetch.v1";
  private static final String PUBLISH = "pubsub.topics.publish";

  private final String topic;
  private final PublisherConnection connection;

  PubSubFetchQueue(FetchSettings settings) {
    this(settings, new PublisherConnection(settings.emulator(), PublisherConnection.LONGEST_CALL));
  }

  /** Over a connection of the caller's, which is closed with this. */
  PubSubFetchQueue(FetchSettings settings, PublisherConnection connection) {
    this.topic = settings.topic();
    this.connection = connection;
  }

  @Override
  public void publish(List<FetchMessage> messages) {
    if (messages.isEmpty()) {
      return;
    }
    PublishRequest.Builder request = PublishRequest.newBuilder().setTopic(topic);
    messages.forEach(message -> request.addMessages(event(message)));
    String action =
        "publish " + messages.size() + " items of batch " + messages.get(0).item().batch();
    List<String> ids =
        asked(
            action,
            () -> connection.stub().publishCallable().call(request.build()).getMessageIdsList());
    if (ids.size() != messages.size()) {
      throw new TransientFailure(action + ": the answer has " + ids.size() + " message ids");
    }
  }

  private PubsubMessage event(FetchMessage message) {
    return PubsubMessage.newBuilder()
        .putAllAttributes(message.toAttributes())
        .putAttributes("ce-specversion", "1.0")
        .putAttributes("ce-id", UUID.randomUUID().toString())
        .putAttributes("ce-source", "//pubsub.googleapis.com/" + topic)
        .putAttributes("ce-type", EVENT_TYPE)
        .putAttributes("ce-subject", message.item().batch().text())
        .build();
  }

  /** As {@link PubSubWorkQueue#checkReachable}. */
  @Override
  public void checkReachable() {
    boolean permitted = asked("reach " + topic, this::mayPublish);
    if (!permitted) {
      throw new TransientFailure(
          "reach "
              + topic
              + ": there is no such topic, or the function's service account lacks"
              + " roles/pubsub.publisher on it");
    }
  }

  private boolean mayPublish() {
    PublisherStub stub = connection.stub();
    try {
      return stub.testIamPermissionsCallable()
          .call(
              TestIamPermissionsRequest.newBuilder()
                  .setResource(topic)
                  .addPermissions(PUBLISH)
                  .build())
          .getPermissionsList()
          .contains(PUBLISH);
    } catch (UnimplementedException e) {
      // Google's emulator has no access control: there, everybody may use what exists.
      stub.getTopicCallable().call(GetTopicRequest.newBuilder().setTopic(topic).build());
      return true;
    }
  }

  private static <T> T asked(String action, Supplier<T> call) {
    try {
      return call.get();
    } catch (TransientFailure e) {
      throw e;
    } catch (RuntimeException e) {
      throw PubSubFailures.of(action, e);
    }
  }

  @Override
  public void close() {
    connection.close();
  }
}
