package dev.whatsit.local.dispatch;

import com.google.gson.JsonObject;
import dev.whatsit.embedded.Delivery;
import dev.whatsit.local.functions.Guard;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.client.BytesRequestContent;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.http.HttpMethod;

/**
 * Sends messages to an event function as Eventarc does: as CloudEvents in binary mode over HTTP,
 * with the Pub/Sub message as data. Thread-safe.
 */
public final class EventSender implements AutoCloseable {
  private static final String TYPE = "google.cloud.pubsub.topic.v1.messagePublished";

  private final HttpClient client;
  private final Guard guard;
  private final int port;
  private final Topic topic;
  private final Duration timeout;

  private EventSender(HttpClient client, Guard guard, int port, Topic topic, Duration timeout) {
    this.client = client;
    this.guard = guard;
    this.port = port;
    this.topic = topic;
    this.timeout = timeout;
  }

  /**
   * Creates a sender to the function on this port of this machine.
   *
   * @param guard adds the secret that the function requires
   * @param topic the topic of the events
   * @param concurrency maximum concurrent events, each on a connection that is kept open
   * @param timeout how long the function may take for one event
   */
  public static EventSender start(
      Guard guard, int port, Topic topic, int concurrency, Duration timeout) {
    HttpClient client = LoopbackClient.start(topic.function() + "-client", concurrency);
    return new EventSender(client, guard, port, topic, timeout);
  }

  /**
   * Sends one event and waits for the response.
   *
   * @return the status code; 2xx is an ack
   * @throws IOException if there was no response in time
   * @throws InterruptedException if the wait was interrupted; the event may have been processed
   */
  int send(Delivery delivery) throws IOException, InterruptedException {
    try {
      return client
          .newRequest(LoopbackClient.HOST, port)
          .method(HttpMethod.POST)
          .path("/")
          .headers(
              headers -> {
                headers.put("ce-specversion", "1.0");
                headers.put("ce-id", delivery.messageId());
                headers.put("ce-source", topic.source());
                headers.put("ce-type", TYPE);
                headers.put("ce-time", delivery.publishedAt().toString());
                guard.signEvent(headers::put);
              })
          .body(new BytesRequestContent("application/json", data(delivery)))
          .idleTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
          .timeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
          .send()
          .getStatus();
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("no response to event " + delivery.messageId(), e);
    }
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
    data.addProperty("subscription", topic.subscription());
    return data.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** The topic of the events. */
  Topic topic() {
    return topic;
  }

  @Override
  public void close() {
    LoopbackClient.stop(client);
  }
}
