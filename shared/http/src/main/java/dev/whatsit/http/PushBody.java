package dev.whatsit.http;

import java.io.IOException;
import java.util.Optional;

/** Reads the body of a Pub/Sub push request ("Receive messages from push subscriptions"). */
public final class PushBody {
  /** The limit in bytes. Pub/Sub delivers 10 MB at most; our messages have a few hundred bytes. */
  public static final int MAX_BYTES = 512 * 1024;

  private PushBody() {}

  /**
   * Reads the body.
   *
   * @return the body, or empty when it is longer than {@link #MAX_BYTES}
   * @throws ProblemException 400 {@code INCOMPLETE_BODY}, or {@code UNWRAPPED_PUSH} when the body
   *     is empty: an ack would lose the message; a refusal keeps it in the subscription until the
   *     subscription is corrected, or dead-letters it complete
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
