package dev.whatsit.local.gateway;

import dev.whatsit.http.Health;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Reports the readiness of the whole server: the health of each function's parts, prefixed with the
 * function's name, and whether messages are being delivered. The functions cache their health for
 * five seconds. Blocks its thread.
 */
final class ReadyHandler {
  private final Map<String, Supplier<Map<String, Boolean>>> functions;
  private final BooleanSupplier delivering;

  /**
   * Creates the handler.
   *
   * @param functions by function name, whether each of its parts works, by part name
   * @param delivering whether messages are being delivered
   */
  ReadyHandler(Map<String, Supplier<Map<String, Boolean>>> functions, BooleanSupplier delivering) {
    this.functions = new TreeMap<>(functions);
    this.delivering = delivering;
  }

  void serve(Request request, Response response, Callback callback) {
    Map<String, Boolean> parts = parts(request.getComponents().getExecutor());
    Replies.send(request, response, callback, Health.ready(parts, request.getHttpURI().getPath()));
  }

  /** Asks the functions at the same time, because a check of a remote service can take seconds. */
  private Map<String, Boolean> parts(Executor executor) {
    Map<String, CompletableFuture<Map<String, Boolean>>> asked = new LinkedHashMap<>();
    functions.forEach(
        (name, health) -> asked.put(name, CompletableFuture.supplyAsync(health, executor)));
    Map<String, Boolean> parts = new LinkedHashMap<>();
    asked.forEach(
        (function, health) ->
            health.join().forEach((name, works) -> parts.put(function + "." + name, works)));
    parts.put("dispatcher", delivering.getAsBoolean());
    return parts;
  }
}
