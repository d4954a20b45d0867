package dev.whatsit.pubsub;

import com.google.api.gax.rpc.UnimplementedException;
import com.google.cloud.pubsub.v1.stub.PublisherStub;
import com.google.iam.v1.TestIamPermissionsRequest;
import com.google.pubsub.v1.GetTopicRequest;
import com.google.pubsub.v1.PublishRequest;
import com.google.pubsub.v1.PubsubMessage;
import dev.whatsit.domain.failure.TransientFailure;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * What every queue on Cloud Pub/Sub does: puts messages into topics, and asks whether it may. Safe
 * for use by several threads.
 */
final class Publishing implements AutoCloseable {
  private static final String PUBLISH = "pubsub.topics.publish";

  private final PublisherConnection connection;

  /** Over a connection that is closed with this. */
  Publishing(PublisherConnection connection) {
    this.connection = connection;
  }

  /**
   * A message of attributes, with those of the CloudEvents Pub/Sub protocol binding without which
   * it is no CloudEvent in binary mode, and a subject.
   */
  static PubsubMessage event(
      Map<String, String> attributes, String topic, String type, String subject) {
    return PubsubMessage.newBuilder()
        .putAllAttributes(attributes)
        .putAttributes("ce-specversion", "1.0")
        .putAttributes("ce-id", UUID.randomUUID().toString())
        .putAttributes("ce-source", "//pubsub.googleapis.com/" + topic)
        .putAttributes("ce-type", type)
        .putAttributes("ce-subject", subject)
        .build();
  }

  /**
   * Puts a message in, and gives its id.
   *
   * @throws TransientFailure if it is not known that it is there
   */
  String publish(String action, String topic, PubsubMessage message) {
    List<String> ids = publish(action, topic, List.of(message));
    if (ids.size() != 1 || ids.get(0).isBlank()) {
      throw new TransientFailure(action + ": the answer has no message id: " + ids);
    }
    return ids.get(0);
  }

  /**
   * Puts several messages in by one call.
   *
   * @return the ids in the answer
   * @throws TransientFailure if it is not known that they are there
   */
  List<String> publish(String action, String topic, List<PubsubMessage> messages) {
    PublishRequest request =
        PublishRequest.newBuilder().setTopic(topic).addAllMessages(messages).build();
    return asked(
        action, () -> connection.stub().publishCallable().call(request).getMessageIdsList());
  }

  /**
   * Asks whether this account may publish to a topic, which itself takes no permission; the answer
   * is no for a topic that does not exist ("Testing permissions", IAM documentation).
   *
   * @throws TransientFailure if there is no answer
   */
  boolean isPermitted(String topic) {
    return asked("reach " + topic, () -> mayPublish(topic));
  }

  /**
   * Checks that this account may publish to a topic.
   *
   * @throws TransientFailure saying what is wrong and what to do
   */
  void requirePermitted(String topic) {
    if (!isPermitted(topic)) {
      throw new TransientFailure(
          "reach "
              + topic
              + ": there is no such topic, or the function's service account lacks"
              + " roles/pubsub.publisher on it");
    }
  }

  private boolean mayPublish(String topic) {
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
