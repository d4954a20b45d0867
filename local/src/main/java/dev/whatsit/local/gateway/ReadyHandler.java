package dev.whatsit.local.gateway;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.whatsit.http.Problem;
import dev.whatsit.local.functions.Guard;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.eclipse.jetty.client.BufferingResponseListener;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.Result;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Reports the readiness of the whole server: the health of each function's parts, prefixed with the
 * function's name, and whether messages are being delivered. Event functions without a health path
 * are called directly, not over HTTP. The functions cache their health for five seconds.
 */
final class ReadyHandler {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final int MAX_BYTES = 64 * 1024;

  private final Supplier<HttpClient> client;
  private final Guard guard;
  private final Map<String, Integer> functions;
  private final Map<String, Supplier<Map<String, Boolean>>> eventFunctions;
  private final BooleanSupplier delivering;

  /**
   * Creates the handler.
   *
   * @param functions functions with an HTTP health check: port by name
   * @param eventFunctions the other functions: by function name, whether each of its parts works,
   *     by part name
   * @param delivering whether messages are being delivered
   */
  ReadyHandler(
      Supplier<HttpClient> client,
      Guard guard,
      Map<String, Integer> functions,
      Map<String, Supplier<Map<String, Boolean>>> eventFunctions,
      BooleanSupplier delivering) {
    this.client = client;
    this.guard = guard;
    this.functions = new LinkedHashMap<>(functions);
    this.eventFunctions = Map.copyOf(eventFunctions);
    this.delivering = delivering;
  }

  void serve(Request request, Response response, Callback callback) {
    Map<String, JsonArray> found = new LinkedHashMap<>();
    functions.keySet().forEach(name -> found.put(name, new JsonArray()));
    eventFunctions.forEach(
        (function, health) -> {
          JsonArray parts = new JsonArray();
          health.get().forEach((name, works) -> parts.add(part(function + "." + name, works)));
          found.put(function, parts);
        });
    AtomicInteger open = new AtomicInteger(functions.size());
    functions.forEach(
        (name, port) ->
            client
                .get()
                .newRequest("127.0.0.1", port)
                .path("/health/ready")
                .timeout(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                .headers(headers -> guard.sign(headers::put))
                .send(
                    new BufferingResponseListener(MAX_BYTES) {
                      @Override
                      public void onComplete(Result result) {
                        JsonArray parts = parts(name, result, getContentAsString());
                        synchronized (found) {
                          found.put(name, parts);
                        }
                        if (open.decrementAndGet() == 0) {
                          respond(request, response, callback, found);
                        }
                      }
                    }));
  }

  private static JsonArray parts(String function, Result result, String body) {
    JsonArray parts = new JsonArray();
    if (result.isSucceeded()) {
      try {
        for (JsonElement part :
            JsonParser.parseString(body).getAsJsonObject().getAsJsonArray("parts")) {
          JsonObject read = part.getAsJsonObject();
          String name = function + "." + read.get("name").getAsString();
          parts.add(part(name, read.get("status").getAsString().equals("ok")));
        }
        return parts;
      } catch (JsonParseException
          | IllegalStateException
          | UnsupportedOperationException
          | NullPointerException e) {
        // A response that cannot be parsed counts as a failed function.
      }
    }
    JsonArray none = new JsonArray();
    none.add(part(function, false));
    return none;
  }

  private static JsonObject part(String name, boolean works) {
    JsonObject part = new JsonObject();
    part.addProperty("name", name);
    part.addProperty("status", works ? "ok" : "failed");
    return part;
  }

  private void respond(
      Request request, Response response, Callback callback, Map<String, JsonArray> found) {
    JsonArray all = new JsonArray();
    synchronized (found) {
      found.values().forEach(all::addAll);
    }
    all.add(part("dispatcher", delivering.getAsBoolean()));
    boolean ready = true;
    for (JsonElement part : all) {
      ready &= part.getAsJsonObject().get("status").getAsString().equals("ok");
    }
    response.getHeaders().put("Cache-Control", "no-store");
    if (ready) {
      JsonObject json = new JsonObject();
      json.addProperty("status", "ready");
      json.add("parts", all);
      Replies.bytes(
          request,
          response,
          callback,
          200,
          "application/json",
          json.toString().getBytes(StandardCharsets.UTF_8));
    } else {
      Replies.problem(
          request,
          response,
          callback,
          Problem.unavailable(
                  "NOT_READY",
                  "Not ready",
                  "A part of the service cannot be reached.",
                  Duration.ofSeconds(5))
              .with("parts", all));
    }
  }
}
