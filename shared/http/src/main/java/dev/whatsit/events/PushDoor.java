package dev.whatsit.events;

import dev.whatsit.domain.queue.UnreadableMessage;
import dev.whatsit.http.Answer;
import dev.whatsit.http.Exchange;
import dev.whatsit.http.Problem;
import dev.whatsit.http.ProblemException;
import dev.whatsit.http.PushBody;
import dev.whatsit.http.Routes;
import java.time.Duration;
import java.util.Map;

/**
 * Handles a push request: 204 acks the message, any other status makes Pub/Sub redeliver it
 * ("Receive messages from push subscriptions").
 */
final class PushDoor implements Routes.Handler {
  private final MessageHandler messages;

  PushDoor(MessageHandler messages) {
    this.messages = messages;
  }

  @Override
  public Answer handle(Exchange exchange) {
    AckResult disposition;
    try {
      byte[] body = PushBody.read(exchange).orElseThrow(PushDoor::tooLong);
      disposition = messages.handle(EventReader.fromPush(body));
    } catch (UnreadableMessage e) {
      ReceivedMessage unread = new ReceivedMessage("push-" + exchange.requestId(), Map.of());
      disposition = messages.unreadable(unread, e);
    }
    if (disposition == AckResult.RETRY) {
      throw new ProblemException(
          Problem.unavailable(
              "REDELIVERY_WANTED",
              "To be delivered again",
              "The work could not be ended by this delivery.",
              Duration.ofSeconds(10)));
    }
    return Answer.empty(204);
  }

  private static UnreadableMessage tooLong() {
    return new UnreadableMessage("more than " + PushBody.MAX_BYTES + " bytes");
  }
}
