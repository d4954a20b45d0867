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
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/** A client of one server that checks every response against the API description. */
final class Client {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final int port;
  private final Contract contract;

  Client(int port, Contract contract) {
    this.port = port;
    this.contract = contract;
  }

  HttpAnswer get(String path, String... headers) throws Exception {
    return send("GET", path, BodyPublishers.noBody(), headers);
  }

  HttpAnswer post(byte[] body, String... headers) throws Exception {
    return send("POST", "/v1/images", BodyPublishers.ofByteArray(body), headers);
  }

  HttpAnswer send(String method, String path, BodyPublisher body, String... headers)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .timeout(PATIENCE)
            .method(method, body);
    if (headers.length > 0) {
      request.headers(headers);
    }
    HttpResponse<byte[]> response = http.send(request.build(), BodyHandlers.ofByteArray());
    Map<String, String> fields = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    response.headers().map().forEach((name, values) -> fields.put(name, String.join(", ", values)));
    return checked(HttpAnswer.of(method, path, response.statusCode(), fields, response.body()));
  }

  /** Polls until the work is final. */
  HttpAnswer awaitFinal(String hash) throws Exception {
    return await(hash, answer -> answer.status() == 200);
  }

  /** Polls until the work is final and thumbnails were tried: the record changes no more. */
  HttpAnswer awaitIllustrated(String hash) throws Exception {
    return await(hash, answer -> answer.status() == 200 && answer.json().has("thumbnails"));
  }

  private HttpAnswer await(String hash, Predicate<HttpAnswer> done) throws Exception {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      HttpAnswer answer = get("/v1/images/" + hash);
      if (done.test(answer)) {
        return answer;
      }
      if ((answer.status() != 200 && answer.status() != 202) || System.nanoTime() > deadline) {
        throw new AssertionError("not final: " + answer);
      }
      // Pauses between polls, like a client; no assertion depends on it.
      LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
    }
  }

  /**
   * Sends raw bytes and reads one response, until it is complete or the server closes.
   *
   * @param path for the check against the API description
   */
  HttpAnswer raw(String method, String path, byte[]... pieces) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout((int) PATIENCE.toMillis());
      OutputStream out = socket.getOutputStream();
      for (byte[] piece : pieces) {
        out.write(piece);
        out.flush();
      }
      return readAnswer(method, path, socket.getInputStream());
    }
  }

  HttpAnswer raw(String method, String path, String head) throws IOException {
    return raw(method, path, head.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Reads one response and skips interim responses. */
  HttpAnswer readAnswer(String method, String path, InputStream in) throws IOException {
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
      return checked(HttpAnswer.of(method, path, status, headers, body));
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

  private HttpAnswer checked(HttpAnswer answer) {
    contract.check(answer);
    return answer;
  }
}
