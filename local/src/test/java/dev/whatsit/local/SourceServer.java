package dev.whatsit.local;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A server on the loopback from which images are fetched. */
final class SourceServer implements AutoCloseable {
  private final ExecutorService workers = Executors.newCachedThreadPool();
  private final CountDownLatch ended = new CountDownLatch(1);
  private final HttpServer server;

  /** Handles one request. */
  interface Script {
    void answer(HttpExchange exchange) throws IOException;
  }

  SourceServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(workers);
    server.start();
  }

  int port() {
    return server.getAddress().getPort();
  }

  /** The URL of a scripted response. */
  String at(Script script) {
    String path = "/" + UUID.randomUUID();
    server.createContext(
        path,
        exchange -> {
          try (exchange) {
            script.answer(exchange);
          }
        });
    return "http://127.0.0.1:" + port() + path;
  }

  /** The URL of some bytes. */
  String of(byte[] bytes) {
    return at(
        exchange -> {
          exchange.sendResponseHeaders(200, bytes.length);
          exchange.getResponseBody().write(bytes);
        });
  }

  /** The URL of a redirect. */
  String to(String location) {
    return at(
        exchange -> {
          exchange.getResponseHeaders().add("Location", location);
          exchange.sendResponseHeaders(302, -1);
        });
  }

  /** The URL of a response that begins and never ends. */
  String slow() {
    return at(
        exchange -> {
          exchange.sendResponseHeaders(200, 1000);
          exchange.getResponseBody().write('x');
          exchange.getResponseBody().flush();
          try {
            ended.await();
          } catch (InterruptedException e) {
            throw new IOException(e);
          }
        });
  }

  @Override
  public void close() {
    ended.countDown();
    server.stop(0);
    workers.shutdown();
  }
}
