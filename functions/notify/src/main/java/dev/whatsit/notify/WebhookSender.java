package dev.whatsit.notify;

import dev.whatsit.domain.callback.Callback;
import dev.whatsit.outbound.AddressGuard;
import dev.whatsit.outbound.OutboundClient;
import dev.whatsit.outbound.OutboundFailure;
import dev.whatsit.outbound.OutboundResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Sends a signed message by one POST, within the address guard's rules and the client's timeout;
 * redirects are not followed. Thread-safe.
 */
final class WebhookSender {
  private static final int TOO_MANY_REQUESTS = 429;
  private static final int UNAVAILABLE = 503;

  private final OutboundClient client;
  private final Signatures signatures;

  WebhookSender(OutboundClient client, Signatures signatures) {
    this.client = client;
    this.signatures = signatures;
  }

  /** The origin of the callback's URL; empty when the guard refuses the URL. */
  Optional<String> origin(Callback callback) {
    return client.check(callback.target()) instanceof AddressGuard.Accepted accepted
        ? Optional.of(accepted.url().origin())
        : Optional.empty();
  }

  /**
   * Sends a callback once.
   *
   * @throws RuntimeException if an internal error occurs, which says nothing about the receiver
   */
  SendResult send(Callback callback, Instant now) {
    if (!(client.check(callback.target()) instanceof AddressGuard.Accepted accepted)) {
      return SendResult.REFUSED;
    }
    String payload = Objects.requireNonNull(callback.payload(), "no payload");
    Map<String, String> headers =
        Map.of(
            "webhook-id", callback.messageId(),
            "webhook-timestamp", Long.toString(now.getEpochSecond()),
            "webhook-signature", signatures.sign(callback.messageId(), now, payload));
    OutboundResponse response;
    try {
      response = client.post(accepted.url(), headers, payload.getBytes(StandardCharsets.UTF_8));
    } catch (OutboundFailure e) {
      return new SendResult(null, e.reason().name(), Optional.empty());
    }
    if (response.isSuccess()) {
      return new SendResult(response.status(), null, Optional.empty());
    }
    boolean mayRequestWait =
        response.status() == TOO_MANY_REQUESTS || response.status() == UNAVAILABLE;
    Optional<Duration> retryAfter = mayRequestWait ? response.retryAfter(now) : Optional.empty();
    return new SendResult(response.status(), "HTTP_STATUS", retryAfter);
  }
}
