package dev.whatsit.classify;

import dev.whatsit.domain.queue.UnreadableMessage;
import dev.whatsit.events.EventReader;
import dev.whatsit.events.ReceivedMessage;
import dev.whatsit.http.Answer;
import dev.whatsit.http.Exchange;
import dev.whatsit.http.Problem;
import dev.whatsit.http.ProblemException;
import dev.whatsit.http.Routes;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;

/**
 * One push: 204 acknowledges, anything else makes Pub/Sub send it again ("Receive messages from
 * push subscriptions").
 */
final class PushHandler implements Routes.Handler {
  /** Pub/Sub delivers 10 MB at most; our messages have a few hundred bytes. */
  private static final int MOST_BYTES = 512 * 1024;

  private final ClassifyImage classifyImage;

  PushHandler(ClassifyImage classifyImage) {
    this.classifyImage = classifyImage;
  }

  @Override
  public Answer handle(Exchange exchange) {
    byte[] body;
    try {
      body = exchange.body().readNBytes(MOST_BYTES + 1);
    } catch (IOException e) {
      throw new ProblemException(
          Problem.of(400, "INCOMPLETE_BODY", "The push broke off", "Send it again."));
    }
    if (body.length == 0) {
      // Acknowledged, the message would be lost, since nothing of it is here. Refused, it stays in
      // the subscription until that is mended, or becomes a dead letter whole.
      throw new ProblemException(
          Problem.of(
              400,
              "UNWRAPPED_PUSH",
              "The push carries no message",
              "Set the push subscription to wrapped payloads (without --push-no-wrapper)."));
    }
    Disposition disposition;
    try {
      if (body.length > MOST_BYTES) {
        throw new UnreadableMessage("more than " + MOST_BYTES + " bytes");
      }
      disposition = classifyImage.handle(EventReader.fromPush(body));
    } catch (UnreadableMessage e) {
      ReceivedMessage unread = new ReceivedMessage("push-" + exchange.requestId(), Map.of());
      disposition = classifyImage.unreadable(unread, e);
    }
    if (disposition == Disposition.RETRY) {
      throw new ProblemException(
          Problem.unavailable(
              "REDELIVERY_WANTED",
              "To be delivered again",
              "The work could not be ended by this delivery.",
              Duration.ofSeconds(10)));
    }
    return Answer.empty(204);
  }
}
