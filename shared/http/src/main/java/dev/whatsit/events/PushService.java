package dev.whatsit.events;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.queue.UnreadableMessage;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.http.ApiRequest;
import dev.whatsit.http.ApiResponse;
import dev.whatsit.http.HttpService;
import dev.whatsit.http.Problem;
import dev.whatsit.http.ProblemException;
import dev.whatsit.http.Routes;
import java.time.Duration;
import java.util.Map;

/**
 * Base class of the HTTP entry point of an event function, to which a Pub/Sub push subscription
 * posts: 204 acks the message, any other status makes Pub/Sub redeliver it ("Receive messages from
 * push subscriptions"). The framework would respond with 500 to a plain push that it should turn
 * into a CloudEvent (functions-framework-java issue 375). Thread-safe.
 */
public abstract class PushService extends HttpService {
  /** Pub/Sub delivers 10 MB at most; our messages have a few hundred bytes. */
  private static final int MAX_BYTES = 512 * 1024;

  /**
   * As {@link HttpService#HttpService(Wiring)}.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  protected PushService(EventService.Wiring wiring) {
    super(pushed(wiring));
  }

  /**
   * As {@link HttpService#HttpService(Wiring, Map, Backend)}.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  protected PushService(EventService.Wiring wiring, Map<String, String> settings, Backend backend) {
    super(pushed(wiring), settings, backend);
  }

  private static Wiring pushed(EventService.Wiring wiring) {
    return (settings, backend) -> {
      EventService.Wired wired = wiring.wire(settings, backend);
      Routes routes = new Routes().at("POST", "/", request -> handle(wired.messages(), request));
      return new Wired(wired.health(), routes, () -> {}, wired.closing(), () -> 0);
    };
  }

  private static ApiResponse handle(MessageHandler messages, ApiRequest request) {
    byte[] body = request.readBody(MAX_BYTES, bytes -> true);
    if (body.length == 0) {
      // An ack would lose the message; a refusal keeps it in the subscription until the
      // subscription is corrected, or dead-letters it complete.
      throw new ProblemException(
          Problem.of(
              400,
              "UNWRAPPED_PUSH",
              "The push carries no message",
              "Set the push subscription to wrapped payloads (without --push-no-wrapper)."));
    }
    if (ack(messages, request, body) == AckResult.RETRY) {
      throw new ProblemException(
          Problem.unavailable(
              "REDELIVERY_WANTED",
              "The message must be redelivered",
              "This delivery could not complete the work.",
              Duration.ofSeconds(10)));
    }
    return ApiResponse.empty(204);
  }

  private static AckResult ack(MessageHandler messages, ApiRequest request, byte[] body) {
    try {
      if (body.length > MAX_BYTES) {
        throw new UnreadableMessage("more than " + MAX_BYTES + " bytes");
      }
      return messages.handle(EventReader.fromPush(body));
    } catch (UnreadableMessage e) {
      ReceivedMessage unread = new ReceivedMessage("push-" + request.requestId(), Map.of());
      return messages.unreadable(unread, e);
    }
  }
}
