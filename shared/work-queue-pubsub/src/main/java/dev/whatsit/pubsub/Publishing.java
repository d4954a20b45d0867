package dev.whatsit.pubsub;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.rest.Refusal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * What every queue on Cloud Pub/Sub does: puts messages into topics, and asks whether it may. Safe
 * for use by several threads.
 */
final class Publishing implements AutoCloseable {
  private static final String PUBLISH = "pubsub.topics.publish";

  private static final int NOT_IMPLEMENTED = 501;

  private final PublisherConnection connection;

  /** Over a connection that is closed with this. */
  Publishing(PublisherConnection connection) {
    this.connection = connection;
  }

  /**
   * The attributes of a message, with those of the CloudEvents Pub/Sub protocol binding without
   * which it is no CloudEvent in binary mode, and a subject.
   */
  static Map<String, String> event(
      Map<String, String> attributes, String topic, String type, String subject) {
    Map<String, String> event = new HashMap<>(attributes);
    event.put("ce-specversion", "1.0");
    event.put("ce-id", UUID.randomUUID().toString());
    event.put("ce-source", "//pubsub.googleapis.com/" + topic);
    event.put("ce-type", type);
    event.put("ce-subject", subject);
    return event;
  }

  /**
   * Puts a message in, and gives its id.
   *
   * @param attributes all that it has
   * @throws TransientFailure if it is not known that it is there
   */
  String publish(String action, String topic, Map<String, String> attributes) {
    List<String> ids = publish(action, topic, List.of(attributes));
    if (ids.size() != 1 || ids.get(0).isBlank()) {
      throw new TransientFailure(action + ": the answer has no message id: " + ids);
    }
    return ids.get(0);
  }

  /**
   * Puts several messages in by one call.
   *
   * @param messages the attributes of each
   * @return the ids in the answer
   * @throws TransientFailure if it is not known that they are there
   */
  List<String> publish(String action, String topic, List<Map<String, String>> messages) {
    JsonArray all = new JsonArray(messages.size());
    for (Map<String, String> attributes : messages) {
      JsonObject named = new JsonObject();
      attributes.forEach(named::addProperty);
      JsonObject message = new JsonObject();
      message.add("attributes", named);
      all.add(message);
    }
    JsonObject request = new JsonObject();
    request.add("messages", all);
    return texts(
        connection.service().post(action, path(topic) + ":publish", request), "messageIds");
  }

  /**
   * Asks whether this account may publish to a topic, which itself takes no permission; the answer
   * is no for a topic that does not exist ("Testing permissions", IAM documentation).
   *
   * @throws TransientFailure if there is no answer
   */
  boolean isPermitted(String topic) {
    JsonObject request = new JsonObject();
    JsonArray permissions = new JsonArray();
    permissions.add(PUBLISH);
    request.add("permissions", permissions);
    String action = "reach " + topic;
    try {
      return texts(
              connection.service().post(action, path(topic) + ":testIamPermissions", request),
              "permissions")
          .contains(PUBLISH);
    } catch (TransientFailure e) {
      if (!isWithoutAccessControl(e)) {
        throw e;
      }
      // There, everybody may use what exists.
      connection.service().get(action, path(topic));
      return true;
    }
  }

  /** Whether this is Google's emulator, which does not know the method. */
  private static boolean isWithoutAccessControl(TransientFailure failure) {
    return failure.getCause() instanceof Refusal refusal
        && (refusal.code().equals("UNIMPLEMENTED") || refusal.httpStatus() == NOT_IMPLEMENTED);
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

  private static String path(String topic) {
    // The one character of a topic's name that paths have another use for.
    return "/v1/" + topic.replace("%", "%25");
  }

  /** The texts in a list of an answer, none when it lacks the list. */
  private static List<String> texts(JsonElement answer, String member) {
    List<String> texts = new ArrayList<>();
    if (answer instanceof JsonObject object && object.get(member) instanceof JsonArray array) {
      array.forEach(text -> texts.add(text.getAsString()));
    }
    return texts;
  }

  @Override
  public void close() {
    connection.close();
  }
}
