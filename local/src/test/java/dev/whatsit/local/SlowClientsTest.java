package dev.whatsit.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.contracts.Race;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Clients that hold connections with a few bytes now and then, which renew an idle timeout. */
class SlowClientsTest {
  private static final String HEADER = "GET /health/live HTTP/1.1\r\nHost: localhost\r\nX-A: ";

  /** More than the connections that the gateway takes in all. */
  private static final int SLOW = 600;

  private static final Duration RECOVERY = Duration.ofSeconds(15);

  @TempDir private Path data;
  private final List<Socket> slow = new ArrayList<>();
  private LocalServer server;

  @BeforeEach
  void start() throws IOException {
    server = Servers.embedded(data);
  }

  @AfterEach
  void stop() throws Exception {
    for (Socket socket : slow) {
      socket.close();
    }
    server.close();
  }

  /** Regression: 600 connections with an unfinished header locked every other client out. */
  @Test
  void request_besideSlowHeadersOfAnotherAddress_isServed() throws Exception {
    openSlow("127.0.0.2");
    for (int i = 0; i < 20; i++) {
      // Sooner than the slow headers are late: the limit of their address leaves room.
      assertThat(isServed(5000)).isTrue();
    }
  }

  /** Regression: the same from one address. */
  @Test
  void request_besideSlowHeadersOfTheSameAddress_isServedAgain() throws Exception {
    openSlow("127.0.0.1");
    long deadline = System.nanoTime() + RECOVERY.toNanos();
    while (!isServed(1000)) {
      assertThat(System.nanoTime()).isLessThan(deadline);
    }
  }

  /**
   * Regression: bytes that are no content, and content of a JSON body, kept a connection for
   * minutes or forever. All at the same time, because each takes as long as a slow client may.
   */
  @Test
  void connection_fewBytesNowAndThen_isClosed() throws Exception {
    String image = "POST /v1/images HTTP/1.1~Host: localhost~";
    List<Drip> drips =
        List.of(
            new Drip("GET /health/live HTTP/1.1~Host: localhost~X-A: ", "a", ""),
            new Drip("~", "~", ""),
            new Drip(image + "Content-Length: 1000~~BM", "a", "408"),
            new Drip(image + "Transfer-Encoding: chunked~~2;", "a", "408"),
            new Drip(
                image
                    + "Content-Type: multipart/form-data; boundary=b~"
                    + "Transfer-Encoding: chunked~~2;",
                "a",
                "408"),
            new Drip(
                "POST /metrics HTTP/1.1~Host: localhost~Transfer-Encoding: chunked~~2;",
                "a",
                "405"),
            new Drip(
                "POST /v1/batches HTTP/1.1~Host: localhost~Content-Type: application/json~"
                    + "Content-Length: 1000~~{",
                "a",
                "408"),
            new Drip(
                "POST /v1/images/x:retry HTTP/1.1~Host: localhost~Content-Length: 1000~~{",
                "a",
                "400"));

    List<String> responses = Race.of(drips.size(), i -> () -> responseTo(drips.get(i)));

    for (int i = 0; i < drips.size(); i++) {
      String status = drips.get(i).status();
      assertThat(responses.get(i))
          .as(drips.get(i).start())
          .startsWith(status.isEmpty() ? "" : "HTTP/1.1 " + status);
    }
  }

  /**
   * What a slow client sends.
   *
   * @param start sent at once; a tilde stands for a line end
   * @param drop sent again and again
   * @param status of the response; empty if the connection is closed without one
   */
  private record Drip(String start, String drop, String status) {}

  /** What came before the server closed the connection. */
  private String responseTo(Drip drip) throws IOException {
    StringBuilder response = new StringBuilder();
    try (Socket socket = open("127.0.0.1")) {
      socket.setSoTimeout(200);
      send(socket, drip.start().replace("~", "\r\n"));
      while (true) {
        try {
          int next = socket.getInputStream().read();
          if (next < 0) {
            return response.toString();
          }
          response.append((char) next);
        } catch (SocketTimeoutException e) {
          try {
            send(socket, drip.drop().replace("~", "\r\n"));
          } catch (IOException closed) {
            return response.toString();
          }
        } catch (IOException closed) {
          return response.toString();
        }
      }
    }
  }

  /**
   * Regression: memory was reserved by the declared length, so that others were {@code
   * OVER_CAPACITY}.
   */
  @ParameterizedTest
  @CsvSource({
    "/v1/images, image/jpeg",
    "/v1/images, multipart/form-data; boundary=b",
    "/v1/batches, application/json"
  })
  void upload_besideClientsThatDeclareMuch_hasMemory(String path, String type) throws Exception {
    for (int i = 0; i < 200; i++) {
      Socket socket = open("127.0.0.2");
      slow.add(socket);
      send(
          socket,
          "POST "
              + path
              + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
              + type
              + "\r\nContent-Length: "
              + (path.endsWith("batches") ? 4_000_000 : 20_000_000)
              + "\r\n\r\n{");
    }
    Client client = new Client(server.port());
    assertThat(client.post(Pictures.cat()).status()).isEqualTo(202);
    assertThat(new Form().file("img", Pictures.cat()).submit(client, "").status()).isIn(200, 202);
    String items = "{\"items\": [{\"image_hash\": \"" + "0".repeat(64) + "\"}]}";
    assertThat(client.sendJson("POST", "/v1/batches", items).status()).isEqualTo(202);
  }

  private void openSlow(String address) throws IOException {
    for (int i = 0; i < SLOW; i++) {
      Socket socket = open(address);
      slow.add(socket);
      try {
        send(socket, HEADER);
      } catch (IOException e) {
        // Closed in favour of a later one.
      }
    }
  }

  private Socket open(String address) throws IOException {
    Socket socket = new Socket();
    socket.bind(new InetSocketAddress(InetAddress.getByName(address), 0));
    socket.connect(new InetSocketAddress("127.0.0.1", server.port()));
    return socket;
  }

  private boolean isServed(int timeoutMillis) throws Exception {
    try (Socket socket = open("127.0.0.1")) {
      socket.setSoTimeout(timeoutMillis);
      send(socket, HEADER + "\r\n\r\n");
      return new Client(server.port())
              .readResponse("GET", "/health/live", new BufferedInputStream(socket.getInputStream()))
              .status()
          == 204;
    } catch (IOException e) {
      return false;
    }
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
  }
}
