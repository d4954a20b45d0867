package dev.whatsit.events;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.whatsit.domain.queue.UnreadableMessage;
import io.cloudevents.CloudEvent;
import io.cloudevents.CloudEventData;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads a Pub/Sub message from a CloudEvent (type {@code
 * google.cloud.pubsub.topic.v1.messagePublished}) or from the body of a Pub/Sub push. Both carry
 * the same {@code message} object. It may have {@code messageId}, {@code message_id} or both;
 * {@code data} and a {@code deliveryAttempt} beside it are optional. Other members are ignored.
 *
 * <p>An unwrapped push ({@code --push-no-wrapper}) is not supported. Its body is the message's
 * data, and our messages have no data, only attributes. Attributes are sent as headers only with
 * {@code --push-no-wrapper-write-metadata}; there, values beyond ASCII are mangled, and a sender's
 * attribute can replace any header. Without that option they are not sent at all.
 */
public final class EventReader {
  private EventReader() {}

  /**
   * Reads a CloudEvent. The event's own id replaces a missing message id.
   *
   * @throws UnreadableMessage if the event contains no message
   */
  public static ReceivedMessage fromCloudEvent(CloudEvent event) {
    CloudEventData data = event.getData();
    if (data == null) {
      throw new UnreadableMessage("the event has no data");
    }
    return read(data.toBytes(), event.getId());
  }

  /**
   * Reads the body of a push request.
   *
   * @throws UnreadableMessage if the body contains no message, or the message has no id
   */
  public static ReceivedMessage fromPush(byte[] body) {
    if (body.length == 0) {
      throw new UnreadableMessage(
          "the push has no body: its subscription is unwrapped, and must not be");
    }
    return read(body, null);
  }

  private static ReceivedMessage read(byte[] json, @Nullable String idOfEvent) {
    JsonObject message = object(parse(json).get("message"), "message");
    String id = text(message.get("messageId"));
    if (id == null) {
      id = text(message.get("message_id"));
    }
    if (id == null) {
      id = idOfEvent;
    }
    if (id == null || id.isBlank()) {
      throw new UnreadableMessage("the message has no messageId");
    }
    Map<String, String> attributes = new LinkedHashMap<>();
    JsonElement given = message.get("attributes");
    if (given != null && !given.isJsonNull()) {
      for (Map.Entry<String, JsonElement> entry : object(given, "attributes").entrySet()) {
        String value = text(entry.getValue());
        if (value == null) {
          throw new UnreadableMessage("attribute " + entry.getKey() + " is not a text");
        }
        attributes.put(entry.getKey(), value);
      }
    }
    return new ReceivedMessage(id, attributes);
  }

  private static JsonObject parse(byte[] json) {
    try {
      return object(
          JsonParser.parseString(new String(json, StandardCharsets.UTF_8)), "the event's data");
    } catch (JsonParseException | StackOverflowError e) {
      throw new UnreadableMessage("the event's data is not JSON", e);
    }
  }

  private static JsonObject object(@Nullable JsonElement element, String name) {
    if (element == null || !element.isJsonObject()) {
      throw new UnreadableMessage(name + " is not an object");
    }
    return element.getAsJsonObject();
  }

  private static @Nullable String text(@Nullable JsonElement element) {
    return element != null && element.isJsonPrimitive() ? element.getAsString() : null;
  }
}
