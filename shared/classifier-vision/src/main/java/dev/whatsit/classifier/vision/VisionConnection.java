package dev.whatsit.classifier.vision;

import com.google.gson.JsonObject;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.rest.GoogleAccess;
import dev.whatsit.rest.HttpJsonWire;
import dev.whatsit.rest.JsonService;
import dev.whatsit.rest.JsonWire;
import dev.whatsit.rest.RemoteCalls;
import dev.whatsit.rest.RemoteLimits;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The connection to Vision, made by the first call that needs it. Safe for use by several threads.
 *
 * <p>It speaks JSON over HTTP (ADR 20) and sends each request once: every one that arrives may be
 * billed. What is refused for its token, which is not, is sent again with another token.
 */
final class VisionConnection implements AutoCloseable {
  private static final URI SERVICE = URI.create("https://vision.googleapis.com");
  private static final String METHOD = "/v1/images:annotate";

  /** Nobody who listens takes longer, and when nothing was sent there is time for another try. */
  private static final Duration CONNECT = Duration.ofSeconds(5);

  private final @Nullable GoogleAccess access;
  private final JsonService service;

  /**
   * A connection that will lead there, or to Vision's usual address.
   *
   * @param longestCall more than any call is given
   */
  static VisionConnection to(@Nullable VisionEndpoint endpoint, Duration longestCall) {
    if (endpoint != null && endpoint.plaintext()) {
      return new VisionConnection(
          HttpJsonWire.toEmulator(endpoint.target()).leavingOut(Answer.UNREAD), null, longestCall);
    }
    GoogleAccess access = GoogleAccess.ofThisProcess();
    URI address = endpoint == null ? SERVICE : URI.create("https://" + endpoint.target());
    return new VisionConnection(
        HttpJsonWire.to(address, access).leavingOut(Answer.UNREAD), access, longestCall);
  }

  /** Over a wire of the caller's, for which this access is needed if any. */
  VisionConnection(JsonWire wire, @Nullable GoogleAccess access, Duration longestCall) {
    this.access = access;
    RemoteLimits once = new RemoteLimits(longestCall, longestCall, CONNECT, Duration.ZERO, 1);
    this.service = new JsonService(new RemoteCalls("vision", once, refusal -> ""), wire);
  }

  /**
   * Finds out whether there are credentials, before anything is spent.
   *
   * @throws TransientFailure if there are none
   */
  void requireCredentials() {
    if (access == null) {
      return;
    }
    try {
      access.credentials();
    } catch (IOException e) {
      throw new TransientFailure("vision: " + e.getMessage(), e);
    }
  }

  /**
   * Asks about images, once.
   *
   * @param request a {@code BatchAnnotateImagesRequest}
   * @return a {@code BatchAnnotateImagesResponse} without what {@link Answer} does not read
   * @throws VisionError when that is not what was answered
   * @throws TransientFailure if nothing was sent, because this is closed
   */
  ProtoJson annotate(JsonObject request, Duration within) throws VisionError {
    long begun = System.nanoTime();
    try {
      return ProtoJson.of(service.post("classify an image", METHOD, request, within));
    } catch (TransientFailure e) {
      long left = within.toNanos() - (System.nanoTime() - begun);
      // Deadlines are counted in milliseconds.
      throw VisionError.ofCall(e, left < TimeUnit.MILLISECONDS.toNanos(1));
    }
  }

  /** Has every later call fail, and ends those under way. */
  @Override
  public void close() {
    service.close();
  }
}
