package dev.whatsit.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.whatsit.faultproxy.Fault;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * The servers outside the project, on one port: pictures for fetching under {@code /picture/HASH},
 * receivers of callbacks under {@code /hook/…}. Faults are injected into their requests too.
 * Thread-safe.
 */
final class ExternalServers implements AutoCloseable {
  private static final String PICTURE = "/picture/";

  private final Calls calls;
  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Map<String, byte[]> pictures = new ConcurrentHashMap<>();
  private final Map<String, List<Notification>> notifications = new ConcurrentHashMap<>();

  /**
   * One request to a receiver.
   *
   * @param id {@code webhook-id}
   * @param body as received
   */
  record Notification(String id, String body) {}

  ExternalServers(Calls calls) throws IOException {
    this.calls = calls;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::handle);
    server.setExecutor(threads);
    server.start();
  }

  int port() {
    return server.getAddress().getPort();
  }

  /** Serves a picture from now on and returns its URL. */
  String offer(Picture picture) {
    pictures.put(picture.hash(), picture.bytes());
    return url(PICTURE + picture.hash());
  }

  /** The URL of a receiver. */
  String hook(String name) {
    return url("/hook/" + name);
  }

  /** The requests to this receiver, in order. */
  List<Notification> notifications(String name) {
    List<Notification> all = notifications.getOrDefault("/hook/" + name, List.of());
    synchronized (all) {
      return List.copyOf(all);
    }
  }

  private String url(String path) {
    return "http://127.0.0.1:" + port() + path;
  }

  private void handle(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    byte[] body = exchange.getRequestBody().readAllBytes();
    boolean isPicture = path.startsWith(PICTURE);
    Fault fault =
        calls.next(
            isPicture ? TestSystem.SOURCE : TestSystem.RECEIVER,
            exchange.getRequestMethod(),
            Call.imageIn((path + " " + new String(body, UTF_8)).getBytes(UTF_8)));
    switch (fault.kind()) {
      case REFUSE -> answer(exchange, 503, new byte[0]);
      case HANG_BEFORE -> hang(exchange);
      case DROP_BEFORE -> exchange.close();
      default -> {
        byte[] content = isPicture ? pictures.getOrDefault(path.substring(9), new byte[0]) : body;
        if (!isPicture) {
          List<Notification> all = notifications.computeIfAbsent(path, key -> new ArrayList<>());
          synchronized (all) {
            all.add(
                new Notification(
                    String.valueOf(exchange.getRequestHeaders().getFirst("webhook-id")),
                    new String(body, UTF_8)));
          }
        }
        settle(exchange, fault, isPicture ? content : new byte[0]);
      }
    }
  }

  private void settle(HttpExchange exchange, Fault fault, byte[] content) throws IOException {
    switch (fault.kind()) {
      case LOSE_RESPONSE -> answer(exchange, 500, new byte[0]);
      case DROP_AFTER -> exchange.close();
      case HANG_AFTER -> hang(exchange);
      case DELAY -> {
        pause(fault.delay().toMillis());
        answer(exchange, 200, content);
      }
      default -> answer(exchange, 200, content);
    }
  }

  private void hang(HttpExchange exchange) {
    pause(Long.MAX_VALUE);
    exchange.close();
  }

  /** Pauses, until this is closed at the latest. */
  private void pause(long millis) {
    try {
      if (closed.await(millis, TimeUnit.MILLISECONDS)) {
        calls.setFaults(Calls.NO_FAULTS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void answer(HttpExchange exchange, int status, byte[] content) throws IOException {
    exchange.sendResponseHeaders(status, content.length == 0 ? -1 : content.length);
    exchange.getResponseBody().write(content);
    exchange.close();
  }

  @Override
  public void close() {
    closed.countDown();
    server.stop(0);
    threads.shutdownNow();
  }
}
