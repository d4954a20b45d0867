package dev.whatsit.pubsub;

import dev.whatsit.rest.GoogleAccess;
import dev.whatsit.rest.HttpJsonWire;
import dev.whatsit.rest.JsonService;
import dev.whatsit.rest.JsonWire;
import dev.whatsit.rest.Refusal;
import dev.whatsit.rest.RemoteCalls;
import dev.whatsit.rest.RemoteLimits;
import java.net.URI;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The connection to Pub/Sub, made by the first call that needs it. Safe for use by several threads.
 *
 * <p>It speaks JSON over HTTP (ADR 19), and is no {@code Publisher}: one request carries its
 * messages, the answer is waited for, and there is nothing to flush before an instance is frozen.
 */
final class PublisherConnection implements AutoCloseable {
  /**
   * The whole time that one call may take with its retries. An upload asks four ports within the
   * platform's and its client's minute; who publishes is either a client that may send again or an
   * event that comes again, so waiting longer would only hold an instance.
   */
  static final Duration LONGEST_CALL = Duration.ofSeconds(10);

  private static final URI SERVICE = URI.create("https://pubsub.googleapis.com");

  /** ABORTED and CANCELLED, which Google's own client tries again too. */
  private static final Set<Integer> PASSING = Set.of(409, 499);

  private final JsonService service;

  PublisherConnection(@Nullable String emulator, Duration longestCall) {
    this(longestCall, wire(emulator));
  }

  /** Over a wire of the caller's. */
  PublisherConnection(Duration longestCall, JsonWire wire) {
    RemoteLimits limits = RemoteLimits.ofSmallCalls(longestCall);
    this.service =
        new JsonService(
            new RemoteCalls("Pub/Sub", limits, PublisherConnection::advice, PASSING), wire);
  }

  /** The way to the service, or to an emulator at {@code host:port}. */
  static JsonWire wire(@Nullable String emulator) {
    return emulator == null
        ? HttpJsonWire.to(SERVICE, GoogleAccess.ofThisProcess())
        : HttpJsonWire.toEmulator(emulator);
  }

  /** The service, whose calls may all be made twice. */
  JsonService service() {
    return service;
  }

  /** What an operator can do. */
  private static String advice(Refusal refusal) {
    return switch (refusal.code()) {
      case "NOT_FOUND" ->
          "create the topic, or mend WORK_TOPIC, DEAD_LETTER_TOPIC, RESULTS_TOPIC or the project";
      case "PERMISSION_DENIED", "UNAUTHENTICATED" ->
          "give the function's service account roles/pubsub.publisher on the topic";
      case "RESOURCE_EXHAUSTED" -> "over a quota of Pub/Sub";
      default -> "";
    };
  }

  /** Has later calls fail, and ends those under way. */
  @Override
  public void close() {
    service.close();
  }
}
