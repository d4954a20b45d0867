package dev.whatsit.pubsub;

import com.google.api.gax.rpc.UnimplementedException;
import com.google.cloud.pubsub.v1.stub.PublisherStub;
import com.google.iam.v1.TestIamPermissionsRequest;
import com.google.pubsub.v1.GetTopicRequest;
import com.google.pubsub.v1.PublishRequest;
import com.google.pubsub.v1.PubsubMessage;
import dev.whatsit.domain.callback.ResultMessage;
import dev.whatsit.domain.callback.ResultQueue;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.queue.Topic;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * Results on Cloud Pub/Sub, as {@link PubSubWorkQueue} puts work there: attributes and no data,
 * with those of the CloudEvents Pub/Sub protocol binding, of which {@code ce-subject} is what the
 * work was about. Safe for use by several threads.
 */
final class PubSubResultQueue implements ResultQueue, AutoCloseable {
  private static final String PUBLISH = "pubsub.topics.publish";

  private final String topic;
  private final PublisherConnection connection;

  PubSubResultQueue(ResultSettings settings) {
    this(settings, new PublisherConnection(settings.emulator(), PublisherConnection.LONGEST_CALL));
  }

  /** Over a connection of the caller's, which is closed with this. */
  PubSubResultQueue(ResultSettings settings, PublisherConnection connection) {
    this.topic = settings.topic();
    this.connection = connection;
  }

  @Override
  public String publish(ResultMessage message) {
    PubsubMessage event =
        PubsubMessage.newBuilder()
            .putAllAttributes(message.toAttributes())
            .putAttributes("ce-specversion", "1.0")
            .putAttributes("ce-id", UUID.randomUUID().toString())
            .putAttributes("ce-source", "//pubsub.googleapis.com/" + topic)
            .putAttributes("ce-type", Topic.RESULTS.eventType())
            .putAttributes("ce-subject", message.subject().id())
            .build();
    String action = "publish result of " + message.subject().key();
    PublishRequest request = PublishRequest.newBuilder().setTopic(topic).addMessages(event).build();
    List<String> ids =
        asked(action, () -> connection.stub().publishCallable().call(request).getMessageIdsList());
    if (ids.size() != 1 || ids.get(0).isBlank()) {
      throw new TransientFailure(action + ": the answer has no message id: " + ids);
    }
    return ids.get(0);
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
