package dev.whatsit.local;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/** A client of one server that checks every response against the API description. */
final class Client {
  private static final Duration TIMEOUT = Duration.ofSeconds(90);
  private static final Duration POLL_INTERVAL = Duration.ofMillis(20);

  private static final Contract CONTRACT = Contract.load();
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private final int port;

  Client(int port) {
    this.port = port;
  }

  /** Opens a link that may lead to another server, without a check of the response. */
  static Response open(String link) throws Exception {
    HttpRequest request = HttpRequest.newBuilder(URI.create(link)).build();
    return Response.of(request, HTTP.send(request, BodyHandlers.ofByteArray()));
  }

  /** Polls until the condition holds; no assertion depends on the pauses. */
  static void await(String what, Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + TIMEOUT.toNanos();
    while (!condition.call()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("waited in vain: " + what);
      }
      LockSupport.parkNanos(POLL_INTERVAL.toNanos());
    }
  }

  Response get(String path, String... headers) throws Exception {
    return send("GET", path, BodyPublishers.noBody(), headers);
  }

  Response post(byte[] body, String... headers) throws Exception {
    return send("POST", "/v1/images", BodyPublishers.ofByteArray(body), headers);
  }

  Response send(String method, String path, BodyPublisher body, String... headers)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .timeout(TIMEOUT)
            .method(method, body);
    if (headers.length > 0) {
      request.headers(headers);
    }
    HttpRequest sent = request.build();
    return checked(Response.of(sent, HTTP.send(sent, BodyHandlers.ofByteArray())));
  }

  /** Sends bytes as an image, with a query that begins with a question mark. */
  Response submit(byte[] body, String query) throws Exception {
    return send("POST", "/v1/images" + query, BodyPublishers.ofByteArray(body));
  }

  Response sendJson(String method, String path, String json, String... headers) throws Exception {
    String[] all = Arrays.copyOf(headers, headers.length + 2);
    all[headers.length] = "Content-Type";
    all[headers.length + 1] = "application/json";
    return send(method, path, BodyPublishers.ofString(json), all);
  }

  Response retry(String hash) throws Exception {
    return send("POST", "/v1/images/" + hash + ":retry", BodyPublishers.noBody());
  }

  Response cancel(String hash) throws Exception {
    return sendJson("PATCH", "/v1/images/" + hash, "{\"status\": \"canceled\"}");
  }

  /** Polls until the work is final. */
  Response awaitFinal(String hash) throws Exception {
    return await(hash, response -> response.status() == 200);
  }

  /** Polls until the work is final and thumbnails were tried: the record changes no more. */
  Response awaitIllustrated(String hash) throws Exception {
    return await(hash, response -> response.status() == 200 && response.json().has("thumbnails"));
  }

  private Response await(String hash, Predicate<Response> done) throws Exception {
    AtomicReference<Response> last = new AtomicReference<>();
    await(
        "final: " + hash,
        () -> {
          Response response = get("/v1/images/" + hash);
          if (response.status() != 200 && response.status() != 202) {
            throw new AssertionError("not final: " + response);
          }
          last.set(response);
          return done.test(response);
        });
    return Objects.requireNonNull(last.get());
  }

  /**
   * Sends raw bytes and reads one response, until it is complete or the server closes.
   *
   * @param path for the check against the API description
   */
  Response raw(String method, String path, byte[]... pieces) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout((int) TIMEOUT.toMillis());
      OutputStream out = socket.getOutputStream();
      for (byte[] piece : pieces) {
        out.write(piece);
        out.flush();
      }
      return readResponse(method, path, socket.getInputStream());
    }
  }

  Response raw(String method, String path, String head) throws IOException {
    return raw(method, path, head.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Reads one response and skips interim responses. */
  Response readResponse(String method, String path, InputStream in) throws IOException {
    while (true) {
      String statusLine = line(in);
      int status = Integer.parseInt(statusLine.split(" ", 3)[1]);
      Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
      for (String line = line(in); !line.isEmpty(); line = line(in)) {
        int colon = line.indexOf(':');
        headers.merge(
            line.substring(0, colon), line.substring(colon + 1).strip(), (a, b) -> a + ", " + b);
      }
      if (status == 100) {
        continue;
      }
      boolean bodiless = method.equals("HEAD") || status == 204 || status == 304;
      int length = bodiless ? 0 : Integer.parseInt(headers.getOrDefault("Content-Length", "0"));
      byte[] body = in.readNBytes(length);
      return checked(Response.of(method, path, status, headers, body));
    }
  }

  private static String line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new IOException("the connection ended after: " + line);
      }
      if (b != '\r') {
        line.write(b);
      }
    }
    return line.toString(StandardCharsets.ISO_8859_1);
  }

  private Response checked(Response response) {
    CONTRACT.check(response);
    return response;
  }
}
