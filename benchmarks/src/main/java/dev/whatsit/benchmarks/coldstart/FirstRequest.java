package dev.whatsit.benchmarks.coldstart;

import dev.whatsit.deployment.FunctionProcess;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The first request of an instance. It is sent as soon as the port accepts connections, as the
 * platform does. It uses a plain socket, because a client's own start would distort the
 * measurement.
 */
final class FirstRequest {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private final String method;
  private final String path;
  private final Map<String, String> headers;
  private final byte[] body;

  private FirstRequest(String method, String path, Map<String, String> headers, byte[] body) {
    this.method = method;
    this.path = path;
    this.headers = Map.copyOf(headers);
    this.body = body.clone();
  }

  static FirstRequest get(String path) {
    return new FirstRequest("GET", path, Map.of(), new byte[0]);
  }

  static FirstRequest post(String path, Map<String, String> headers, byte[] body) {
    return new FirstRequest("POST", path, headers, body);
  }

  /** The headers other than {@code Host}, {@code Content-Length} and {@code Connection}. */
  Map<String, String> headers() {
    return headers;
  }

  /** May be empty. */
  byte[] body() {
    return body.clone();
  }

  /**
   * Waits for the port, sends the request and reads the whole response.
   *
   * @return the status
   * @throws IOException if the process ends first, or on a timeout
   */
  int send(FunctionProcess function) throws IOException, InterruptedException {
    try (Socket socket = connect(function)) {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout((int) TIMEOUT.toMillis());
      OutputStream out = socket.getOutputStream();
      out.write(bytes());
      out.flush();
      String answer =
          new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
      if (!answer.startsWith("HTTP/1.1 ")) {
        throw new IOException("no answer:\n" + function.printed());
      }
      return Integer.parseInt(answer.substring(9, 12));
    }
  }

  private static Socket connect(FunctionProcess function) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + TIMEOUT.toNanos();
    while (true) {
      try {
        return new Socket(InetAddress.getLoopbackAddress(), function.port());
      } catch (ConnectException e) {
        if (!function.isAlive() || System.nanoTime() > deadline) {
          throw new IOException("it did not start:\n" + function.printed(), e);
        }
        TimeUnit.NANOSECONDS.sleep(LOOK_NANOS);
      }
    }
  }

  private byte[] bytes() {
    StringBuilder head = new StringBuilder(method + " " + path + " HTTP/1.1\r\n");
    head.append("Host: 127.0.0.1\r\nConnection: close\r\n");
    head.append("Content-Length: ").append(body.length).append("\r\n");
    headers.forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
    byte[] start = head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    byte[] all = new byte[start.length + body.length];
    System.arraycopy(start, 0, all, 0, start.length);
    System.arraycopy(body, 0, all, start.length, body.length);
    return all;
  }
}
