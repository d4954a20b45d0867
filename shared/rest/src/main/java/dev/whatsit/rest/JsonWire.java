package dev.whatsit.rest;

import com.google.gson.JsonElement;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The way to a service and back. Safe for use by several threads. */
@FunctionalInterface
public interface JsonWire {
  /**
   * Sends one request, once; and again with another token, where the service refuses it for the
   * first one.
   *
   * @param path of the method, from the slash on, percent-encoded
   * @param body to be posted, or null to get
   * @throws Refusal when the answer is an error
   * @throws UnreadableAnswer when there is one that cannot be read
   * @throws IOException when there is none, or not all of it
   */
  JsonElement send(Attempt attempt, String path, @Nullable JsonElement body) throws IOException;
}
