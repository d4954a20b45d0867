package dev.whatsit.local.dispatch;

import com.google.gson.JsonObject;
import dev.whatsit.embedded.Delivery;
import dev.whatsit.local.functions.EventFunction;
import dev.whatsit.local.functions.InProcessServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;

/**
 * Sends messages to an event function as Eventarc does: as CloudEvents in binary mode, with the
 * Pub/Sub message as data. Thread-safe.
 */
public final class EventSender {
  private static final String TYPE = "google.cloud.pubsub.topic.v1.messagePublished";

  private final InProcessServer server;
  private final EventFunction function;
  private final Duration timeout;

  /**
   * A sender to a function.
   *
   * @param server on which the function is mounted under its word
   * @param timeout how long the function may take for one event
   */
  public EventSender(InProcessServer server, EventFunction function, Duration timeout) {
    this.server = server;
    this.function = function;
    this.timeout = timeout;
  }

  /**
   * Sends one event and waits for the response.
   *
   * @return the status code; 2xx is an ack
   * @throws IOException if there was no response in time
   * @throws InterruptedException if the wait was interrupted; the event may have been processed
   */
  int send(Delivery delivery) throws IOException, InterruptedException {
    Map<String, String> headers =
        Map.of(
            "Content-Type",
            "application/json",
            "ce-specversion",
            "1.0",
            "ce-id",
            delivery.messageId(),
            "ce-source",
            "//pubsub.googleapis.com/projects/local/topics/" + function.topicWord(),
            "ce-type",
            TYPE,
            "ce-time",
            delivery.publishedAt().toString());
    return server.post(function.word(), headers, data(delivery), timeout);
  }

  /** Eventarc's {@code MessagePublishedData}. */
  private byte[] data(Delivery delivery) {
    JsonObject attributes = new JsonObject();
    delivery.attributes().forEach(attributes::addProperty);
    JsonObject message = new JsonObject();
    message.add("attributes", attributes);
    message.addProperty("messageId", delivery.messageId());
    message.addProperty("publishTime", delivery.publishedAt().toString());
    JsonObject data = new JsonObject();
    data.add("message", message);
    data.addProperty("subscription", "projects/local/subscriptions/" + function.word());
    return data.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** The function that gets the events. */
  EventFunction function() {
    return function;
  }
}
