package dev.whatsit.rest;

import com.google.gson.JsonElement;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The way to a service and back. Safe for use by several threads. */
@FunctionalInterface
public interface JsonWire {
  /**
   * Sends one request.
   *
   * @param path of the method, from the slash on, percent-encoded
   * @param body to be posted, or null to get
   * @throws Refusal when the answer is an error
   * @throws IOException when there is no answer that can be read
   */
  JsonElement send(Attempt attempt, String path, @Nullable JsonElement body) throws IOException;
}
