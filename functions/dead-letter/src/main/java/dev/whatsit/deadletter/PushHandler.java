package dev.whatsit.deadletter;

import dev.whatsit.domain.queue.UnreadableMessage;
import dev.whatsit.events.EventReader;
import dev.whatsit.events.ReceivedMessage;
import dev.whatsit.http.Answer;
import dev.whatsit.http.Exchange;
import dev.whatsit.http.ProblemException;
import dev.whatsit.http.Problems;
import dev.whatsit.http.Routes;
import java.io.IOException;
import java.util.Map;

/**
 * One push: 204 acknowledges, anything else makes Pub/Sub send it again ("Receive messages from
 * push subscriptions").
 */
final class PushHandler implements Routes.Handler {
  /** Pub/Sub delivers 10 MB at most; our messages have a few hundred bytes. */
  private static final int MOST_BYTES = 512 * 1024;

  private final EndGivenUp endGivenUp;

  PushHandler(EndGivenUp endGivenUp) {
    this.endGivenUp = endGivenUp;
  }

  @Override
  public Answer handle(Exchange exchange) {
    byte[] body;
    try {
      body = exchange.body().readNBytes(MOST_BYTES + 1);
    } catch (IOException e) {
      throw new ProblemException(Problems.incompleteBody());
    }
    ReceivedMessage letter;
    try {
      if (body.length > MOST_BYTES) {
        throw new UnreadableMessage("more than " + MOST_BYTES + " bytes");
      }
      letter = EventReader.fromPush(body);
    } catch (UnreadableMessage e) {
      endGivenUp.unreadable(new ReceivedMessage("push-" + exchange.requestId(), Map.of()), e);
      return Answer.empty(204);
    }
    endGivenUp.handle(letter);
    return Answer.empty(204);
  }
}
