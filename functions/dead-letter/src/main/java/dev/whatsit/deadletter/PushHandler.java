package dev.whatsit.deadletter;

import dev.whatsit.domain.queue.UnreadableMessage;
import dev.whatsit.events.EventReader;
import dev.whatsit.events.ReceivedMessage;
import dev.whatsit.http.Answer;
import dev.whatsit.http.Exchange;
import dev.whatsit.http.PushBody;
import dev.whatsit.http.Routes;
import java.util.Map;

/**
 * One push: 204 acknowledges, anything else makes Pub/Sub send it again ("Receive messages from
 * push subscriptions").
 */
final class PushHandler implements Routes.Handler {
  private final EndGivenUp endGivenUp;

  PushHandler(EndGivenUp endGivenUp) {
    this.endGivenUp = endGivenUp;
  }

  @Override
  public Answer handle(Exchange exchange) {
    ReceivedMessage letter;
    try {
      byte[] body = PushBody.read(exchange).orElseThrow(PushHandler::tooLong);
      letter = EventReader.fromPush(body);
    } catch (UnreadableMessage e) {
      endGivenUp.unreadable(new ReceivedMessage("push-" + exchange.requestId(), Map.of()), e);
      return Answer.empty(204);
    }
    endGivenUp.handle(letter);
    return Answer.empty(204);
  }

  private static UnreadableMessage tooLong() {
    return new UnreadableMessage("more than " + PushBody.MOST_BYTES + " bytes");
  }
}
