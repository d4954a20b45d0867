package dev.whatsit.rest;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.whatsit.domain.failure.TransientFailure;
import java.time.Duration;

/**
 * A service whose methods take and give JSON, called within limits. Safe for use by several
 * threads.
 */
public final class JsonService {
  private final RemoteCalls calls;
  private final JsonWire wire;

  /** A service behind a wire. Nothing is connected to before the first call. */
  public JsonService(RemoteCalls calls, JsonWire wire) {
    this.calls = calls;
    this.wire = wire;
  }

  /**
   * Posts, as often as it takes within the limits.
   *
   * @param action what is being done to what, after "cannot"
   * @param path of the method, from the slash on
   * @throws TransientFailure when there is no answer but an error; its cause is the {@link Refusal}
   *     when the service said so
   */
  public JsonElement post(String action, String path, JsonObject body) {
    return post(action, path, body, calls.limits().whole());
  }

  /**
   * The same, within less time.
   *
   * @param within all attempts together
   */
  public JsonElement post(String action, String path, JsonObject body, Duration within) {
    return calls.make(action, within, attempt -> wire.send(attempt, path, body));
  }

  /** Gets, in the same way. */
  public JsonElement get(String action, String path) {
    return calls.make(action, attempt -> wire.send(attempt, path, null));
  }

  /** Has every later call fail, and ends those under way. */
  public void close() {
    calls.close();
  }
}
