package dev.whatsit.firestore;

import dev.whatsit.rest.GoogleAccess;
import dev.whatsit.rest.HttpJsonWire;
import dev.whatsit.rest.JsonService;
import dev.whatsit.rest.JsonWire;
import dev.whatsit.rest.RemoteCalls;
import dev.whatsit.rest.RemoteLimits;
import java.net.URI;
import java.time.Duration;

/**
 * The connection to Firestore, made by the first call that needs it. Safe for use by several
 * threads.
 *
 * <p>It speaks JSON over HTTP (ADR 19).
 */
final class FirestoreConnection implements AutoCloseable {
  /**
   * The whole time that one method of a store may take, with its retries. An upload asks four ports
   * within its client's minute, and who asks for work gets it delivered again, so waiting longer
   * would only hold an instance.
   */
  static final Duration LONGEST_CALL = Duration.ofSeconds(10);

  private static final URI SERVICE = URI.create("https://firestore.googleapis.com");

  private final Duration longestCall;
  private final JsonService service;

  FirestoreConnection(FirestoreSettings settings, Duration longestCall) {
    this(longestCall, wire(settings));
  }

  /** Over a wire of the caller's. */
  FirestoreConnection(Duration longestCall, JsonWire wire) {
    this.longestCall = longestCall;
    RemoteLimits limits = RemoteLimits.ofSmallCalls(longestCall);
    // Tried again are also failures after which a write may have been made: every write is
    // conditional and knows itself again.
    this.service =
        new JsonService(new RemoteCalls("Firestore", limits, FirestoreFailures::advice), wire);
  }

  /** The way to the service, or to an emulator. */
  static JsonWire wire(FirestoreSettings settings) {
    String emulator = settings.emulator();
    return emulator == null
        ? HttpJsonWire.to(SERVICE, GoogleAccess.ofThisProcess())
        : HttpJsonWire.toEmulator(emulator);
  }

  /** How long one method of a store may take. */
  Duration longestCall() {
    return longestCall;
  }

  /** The service, whose calls may all be made twice. */
  JsonService service() {
    return service;
  }

  /** Has later calls fail, and ends those under way. */
  @Override
  public void close() {
    service.close();
  }
}
