package dev.whatsit.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;

/**
 * Vision's service in JSON over HTTP. Sees in every image a label that tells which image it was, so
 * that no result can be taken for another's. Safe for use by several threads.
 */
final class FakeVision implements AutoCloseable {
  static {
    // Else each answer waits for the acknowledgement of its own headers, up to 40 ms. The JDK reads
    // this once, when its first server is made.
    System.setProperty("sun.net.httpserver.nodelay", "true");
  }

  /** What becomes of one image in an answer that is fine otherwise. */
  enum Verdict {
    SEEN,
    /** The image cannot be read now. */
    UNAVAILABLE,
    /** A quota is used up. */
    QUOTA,
    /** Something broke. */
    INTERNAL,
    /** The data is found bad. */
    BAD_DATA
  }

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private volatile Function<String, Verdict> verdicts = image -> Verdict.SEEN;

  FakeVision() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
    server.setExecutor(threads);
    server.createContext("/v1/images:annotate", this::annotate);
    server.start();
  }

  String hostPort() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  /** What becomes of images from now on, by their hashes. Called by several threads. */
  void judgeBy(Function<String, Verdict> next) {
    verdicts = next;
  }

  /** The label that this image gets. */
  static String labelOf(String image) {
    return "picture " + image.substring(0, 12);
  }

  private void annotate(HttpExchange exchange) throws IOException {
    // Without an answer when the request is none: the connection ends.
    try (exchange) {
      String request = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
      String uri =
          JsonParser.parseString(request)
              .getAsJsonObject()
              .getAsJsonArray("requests")
              .get(0)
              .getAsJsonObject()
              .getAsJsonObject("image")
              .getAsJsonObject("source")
              .get("imageUri")
              .getAsString();
      byte[] answer = answer(uri.substring(uri.lastIndexOf('/') + 1)).toString().getBytes(UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "application/json; charset=UTF-8");
      exchange.sendResponseHeaders(200, answer.length);
      exchange.getResponseBody().write(answer);
    }
  }

  private JsonObject answer(String image) {
    JsonArray responses = new JsonArray();
    responses.add(
        switch (verdicts.apply(image)) {
          case SEEN -> seen(image);
          case UNAVAILABLE -> error(14, "We can not access the URL currently.");
          case QUOTA -> error(8, "Quota exceeded.");
          case INTERNAL -> error(13, "Internal server error. Unexpected feature response.");
          case BAD_DATA -> error(3, "Bad image data.");
        });
    return in("responses", responses);
  }

  private static JsonObject seen(String image) {
    JsonObject label = new JsonObject();
    label.addProperty("description", labelOf(image));
    label.addProperty("score", 0.9);
    JsonArray labels = new JsonArray();
    labels.add(label);
    JsonObject safeSearch = new JsonObject();
    safeSearch.addProperty("adult", "VERY_UNLIKELY");
    safeSearch.addProperty("spoof", "UNLIKELY");
    safeSearch.addProperty("medical", "POSSIBLE");
    safeSearch.addProperty("violence", "LIKELY");
    safeSearch.addProperty("racy", "VERY_LIKELY");
    JsonObject seen = in("labelAnnotations", labels);
    seen.add("safeSearchAnnotation", safeSearch);
    return seen;
  }

  private static JsonObject error(int code, String message) {
    JsonObject error = new JsonObject();
    error.addProperty("code", code);
    error.addProperty("message", message);
    return in("error", error);
  }

  private static JsonObject in(String field, JsonElement content) {
    JsonObject json = new JsonObject();
    json.add(field, content);
    return json;
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
