package dev.whatsit.benchmarks.coldstart;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/** Vision's service in JSON over HTTP, which takes every image for a cat. */
final class FakeVision implements AutoCloseable {
  private static final byte[] CAT =
      "{\"responses\":[{\"labelAnnotations\":[{\"description\":\"cat\",\"score\":0.9}]}]}"
          .getBytes(StandardCharsets.UTF_8);

  private final HttpServer server;

  FakeVision() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/v1/images:annotate", FakeVision::annotate);
    server.start();
  }

  /** As the setting names it. */
  String endpoint() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  private static void annotate(HttpExchange exchange) throws IOException {
    try (exchange) {
      exchange.getRequestBody().readAllBytes();
      exchange.sendResponseHeaders(200, CAT.length);
      exchange.getResponseBody().write(CAT);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
