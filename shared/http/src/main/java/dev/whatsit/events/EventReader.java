package dev.whatsit.events;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.annotations.SerializedName;
import dev.whatsit.domain.queue.UnreadableMessage;
import io.cloudevents.CloudEvent;
import io.cloudevents.CloudEventData;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
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
  private static final Gson GSON = new Gson();

  private EventReader() {}

  private record Event(@Nullable Message message) {}

  private record Message(
      @Nullable String messageId,
      @SerializedName("message_id") @Nullable String otherMessageId,
      @Nullable JsonElement attributes) {}

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
    return read(body, null);
  }

  private static ReceivedMessage read(byte[] json, @Nullable String eventId) {
    Message message = message(json);
    Optional<String> id =
        Stream.of(message.messageId, message.otherMessageId, eventId)
            .flatMap(Stream::ofNullable)
            .findFirst()
            .filter(found -> !found.isBlank());
    if (id.isEmpty()) {
      throw new UnreadableMessage("the message has no messageId");
    }
    return new ReceivedMessage(id.get(), attributes(message.attributes));
  }

  /** Not a map of Gson, which would take an array of pairs too. */
  private static Map<String, String> attributes(@Nullable JsonElement json) {
    Map<String, String> attributes = new HashMap<>();
    if (json == null || json.isJsonNull()) {
      return attributes;
    }
    if (!(json instanceof JsonObject object)) {
      throw new UnreadableMessage("the attributes are not an object");
    }
    for (Map.Entry<String, JsonElement> entry : object.entrySet()) {
      if (!entry.getValue().isJsonPrimitive()) {
        throw new UnreadableMessage("attribute " + entry.getKey() + " is not a text");
      }
      attributes.put(entry.getKey(), entry.getValue().getAsString());
    }
    return attributes;
  }

  private static Message message(byte[] json) {
    Event event;
    try {
      event = GSON.fromJson(new String(json, StandardCharsets.UTF_8), Event.class);
    } catch (JsonParseException e) {
      throw new UnreadableMessage("the event's data is not the JSON of a message", e);
    }
    if (event == null || event.message == null) {
      throw new UnreadableMessage("the event has no message");
    }
    return event.message;
  }
}
