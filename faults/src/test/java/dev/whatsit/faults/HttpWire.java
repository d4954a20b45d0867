package dev.whatsit.faults;

import com.google.rpc.Code;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.whatsit.faultproxy.Fault;
import dev.whatsit.faultproxy.TcpProxy;
import dev.whatsit.transcoding.CallRefused;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Stands between a client that speaks JSON over HTTP and its service, over real connections, and
 * lets each call meet its fault. It passes the bytes of messages on, and finds the image or batch
 * that a call is about by its name. Thread-safe.
 *
 * <p>A client talks to a {@link TcpProxy}, behind which this server tells the calls apart, so that
 * a connection can really end.
 */
final class HttpWire implements AutoCloseable {
  private static final Pattern HASH =
      Pattern.compile("(?<![0-9a-f])([0-9a-f]{64}|[0-9a-f]{32})(?![0-9a-f])");

  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private final String service;
  private final Calls calls;
  private final URI target;
  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final TcpProxy connections;

  /**
   * A wire to a service.
   *
   * @param service as calls name it
   * @param target {@code host:port} of the service, without encryption
   */
  HttpWire(String service, String target, Calls calls) throws IOException {
    this.service = service;
    this.calls = calls;
    this.target = URI.create("http://" + target);
    this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
    this.connections = TcpProxy.to(server.getAddress().getPort());
  }

  /** Where clients connect to. */
  TcpProxy connections() {
    return connections;
  }

  @Override
  public void close() {
    closed.countDown();
    connections.close();
    server.stop(0);
    threads.shutdownNow();
  }

  private void handle(HttpExchange exchange) throws IOException {
    // A connection that is closed before its answer ends without one.
    try (exchange) {
      byte[] request = exchange.getRequestBody().readAllBytes();
      String path = exchange.getRequestURI().getPath();
      Fault fault = calls.next(service, method(path), imageOf(request));
      switch (fault.kind()) {
        case REFUSE -> tell(exchange, fault);
        case HANG_BEFORE -> closed.await();
        case DUPLICATE -> {
          passOn(exchange, path, request);
          settle(exchange, fault, passOn(exchange, path, request));
        }
        case DROP_BEFORE -> connections.drop(exchange.getRemoteAddress().getPort());
        default -> settle(exchange, fault, passOn(exchange, path, request));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** As the service's interface over gRPC has it: one name for both. */
  private static String method(String path) {
    String word = path.substring(Math.max(path.lastIndexOf(':'), path.lastIndexOf('/')) + 1);
    return switch (word) {
      case "batchGet" -> "BatchGetDocuments";
      case "runQuery" -> "RunQuery";
      case "commit" -> "Commit";
      case "publish" -> "Publish";
      case "annotate" -> "BatchAnnotateImages";
      case "testIamPermissions" -> "TestIamPermissions";
      case "tasks" -> "CreateTask";
      default -> "GetTopic";
    };
  }

  private HttpResponse<byte[]> passOn(HttpExchange exchange, String path, byte[] request)
      throws IOException, InterruptedException {
    return CLIENT.send(
        HttpRequest.newBuilder(target.resolve(path))
            .header("Content-Type", "application/json")
            .header("Authorization", "Bearer owner")
            .method(exchange.getRequestMethod(), BodyPublishers.ofByteArray(request))
            .build(),
        HttpResponse.BodyHandlers.ofByteArray());
  }

  private void settle(HttpExchange exchange, Fault fault, HttpResponse<byte[]> answer)
      throws IOException, InterruptedException {
    switch (fault.kind()) {
      case LOSE_RESPONSE -> tell(exchange, fault);
      case DROP_AFTER -> connections.drop(exchange.getRemoteAddress().getPort());
      case HANG_AFTER -> closed.await();
      case DELAY -> {
        if (!closed.await(fault.delay().toMillis(), TimeUnit.MILLISECONDS)) {
          answer(exchange, answer.statusCode(), answer.body());
        }
      }
      default -> answer(exchange, answer.statusCode(), answer.body());
    }
  }

  private static void tell(HttpExchange exchange, Fault fault) throws IOException {
    CallRefused refused =
        new CallRefused(Code.forNumber(fault.status().getCode()), "told so by the wire");
    answer(exchange, refused.httpStatus(), refused.json().getBytes(StandardCharsets.UTF_8));
  }

  /** The first hash of an image, or name of a batch, in the bytes of a message. */
  static String imageOf(byte[] message) {
    Matcher matcher = HASH.matcher(new String(message, StandardCharsets.ISO_8859_1));
    return matcher.find() ? matcher.group() : Call.NO_IMAGE;
  }

  private static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
  }
}
