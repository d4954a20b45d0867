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

  private final String method;
  private final String path;
  private final Map<String, String> headers;
  private final byte[] body;

  /**
   * Creates a request.
   *
   * @param headers other than {@code Host}, {@code Content-Length} and {@code Connection}
   */
  FirstRequest(String method, String path, Map<String, String> headers, byte[] body) {
    this.method = method;
    this.path = path;
    this.headers = Map.copyOf(headers);
    this.body = body.clone();
  }

  Map<String, String> headers() {
    return headers;
  }

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
    StringBuilder head = new StringBuilder(method + " " + path + " HTTP/1.1\r\n");
    head.append("Host: 127.0.0.1\r\nConnection: close\r\n");
    head.append("Content-Length: ").append(body.length).append("\r\n");
    headers.forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
    byte[] start = head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    byte[] request = new byte[start.length + body.length];
    System.arraycopy(start, 0, request, 0, start.length);
    System.arraycopy(body, 0, request, start.length, body.length);
    try (Socket socket = connect(function)) {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout((int) TIMEOUT.toMillis());
      OutputStream out = socket.getOutputStream();
      out.write(request);
      out.flush();
      String response =
          new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
      if (!response.startsWith("HTTP/1.1 ")) {
        throw new IOException("no response:\n" + function.printed());
      }
      return Integer.parseInt(response.substring(9, 12));
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
        TimeUnit.MILLISECONDS.sleep(1);
      }
    }
  }
}
