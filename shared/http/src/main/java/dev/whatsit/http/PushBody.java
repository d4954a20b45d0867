package dev.whatsit.http;

import java.io.IOException;
import java.util.Optional;

/** The body of a Pub/Sub push ("Receive messages from push subscriptions"). */
public final class PushBody {
  /** Pub/Sub delivers 10 MB at most; our messages have a few hundred bytes. */
  public static final int MAX_BYTES = 512 * 1024;

  private PushBody() {}

  /**
   * Reads it.
   *
   * @return the body, or empty when it is longer than {@link #MAX_BYTES}
   * @throws ProblemException 400 {@code INCOMPLETE_BODY}, or {@code UNWRAPPED_PUSH} when nothing of
   *     the message is in it: acknowledged, it would be lost; refused, it stays in the subscription
   *     until that is mended, or becomes a dead letter whole
   */
  public static Optional<byte[]> read(Exchange exchange) {
    byte[] body;
    try {
      body = exchange.body().readNBytes(MAX_BYTES + 1);
    } catch (IOException e) {
      throw new ProblemException(Problems.incompleteBody());
    }
    if (body.length == 0) {
      throw new ProblemException(
          Problem.of(
              400,
              "UNWRAPPED_PUSH",
              "The push carries no message",
              "Set the push subscription to wrapped payloads (without --push-no-wrapper)."));
    }
    return body.length > MAX_BYTES ? Optional.empty() : Optional.of(body);
  }
}
