package dev.whatsit.pubsub;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;

/**
 * Stands between the client and the emulator, over real HTTP on a port of its own, and misbehaves
 * as it is told for each request.
 */
final class FaultyPubSub implements AutoCloseable {
  /** What is done with one request. */
  sealed interface Fault {
    /** Passed on, and the answer back. */
    record None() implements Fault {}

    /** Passed on, so the message is published, but the caller is told otherwise. */
    record AnswerLost(Refused refused) implements Fault {}

    /** Passed on, so the message is published, and the connection closed without an answer. */
    record Dropped() implements Fault {}

    /** Refused without being passed on. */
    record Refused(int status, String body) implements Fault {
      /** With an error as Google's services have it. */
      static Refused of(int status, String code) {
        JsonObject error = new JsonObject();
        error.addProperty("code", status);
        error.addProperty("message", "told to");
        error.addProperty("status", code);
        JsonObject body = new JsonObject();
        body.add("error", error);
        return new Refused(status, body.toString());
      }
    }

    /** Never answered. */
    record Hangs() implements Fault {}

    /** Answered with something that the service would not say. */
    record Answered(String body) implements Fault {}
  }

  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  private final IntFunction<Fault> faults;
  private final URI emulator;
  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final AtomicInteger requests = new AtomicInteger();
  private final CountDownLatch hanging = new CountDownLatch(1);
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Set<String> permitted = ConcurrentHashMap.newKeySet();

  /**
   * Starts it.
   *
   * @param emulator {@code host:port} of what stands behind it
   * @param faults what to do with each request to publish, by its number from 0
   */
  FaultyPubSub(String emulator, IntFunction<Fault> faults) throws IOException {
    this.faults = faults;
    this.emulator = URI.create("http://" + emulator);
    this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  String hostPort() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  /** How many requests to publish it has seen. */
  int requests() {
    return requests.get();
  }

  /** Lets the caller publish to this topic, as access control says. */
  void permit(String topic) {
    permitted.add(topic);
  }

  /** Waits for a request that is never answered. */
  void awaitHanging() throws InterruptedException {
    if (!hanging.await(1, TimeUnit.MINUTES)) {
      throw new AssertionError("no request came");
    }
  }

  @Override
  public void close() {
    closed.countDown();
    server.stop(0);
    threads.shutdownNow();
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      String request = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      if (path.endsWith(":testIamPermissions")) {
        String topic = path.substring("/v1/".length(), path.lastIndexOf(':'));
        answer(exchange, 200, permissions(topic, request));
        return;
      }
      Fault fault = faults.apply(requests.getAndIncrement());
      if (fault instanceof Fault.Refused refused) {
        answer(exchange, refused.status(), refused.body());
      } else if (fault instanceof Fault.Answered answered) {
        answer(exchange, 200, answered.body());
      } else if (fault instanceof Fault.Hangs) {
        hanging.countDown();
        closed.await();
      } else {
        HttpResponse<String> answer = passOn(path, request);
        if (fault instanceof Fault.AnswerLost lost) {
          answer(exchange, lost.refused().status(), lost.refused().body());
        } else if (fault instanceof Fault.None) {
          answer(exchange, answer.statusCode(), answer.body());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private String permissions(String topic, String request) {
    JsonElement asked = JsonParser.parseString(request).getAsJsonObject().get("permissions");
    JsonObject answer = new JsonObject();
    answer.add("permissions", permitted.contains(topic) ? asked : new JsonArray());
    return answer.toString();
  }

  private HttpResponse<String> passOn(String path, String request)
      throws IOException, InterruptedException {
    return CLIENT.send(
        HttpRequest.newBuilder(emulator.resolve(path))
            .POST(HttpRequest.BodyPublishers.ofString(request))
            .header("Content-Type", "application/json")
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private static void answer(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }
}
