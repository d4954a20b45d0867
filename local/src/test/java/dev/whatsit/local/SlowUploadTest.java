package dev.whatsit.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies that arrive without pauses, but take longer than {@code UPLOAD_SECONDS}. */
class SlowUploadTest {
  @TempDir private static Path data;
  private static LocalServer server;
  private static Client client;

  @BeforeAll
  static void start() throws Exception {
    server = Servers.embedded(data, "UPLOAD_SECONDS", "1");
    client = new Client(server.port());
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
  }

  @Test
  void submit_byteByByte_isATimeout() throws Exception {
    assertThat(drip("image/png", "Content-Length: 100000").code()).isEqualTo("REQUEST_TIMEOUT");
  }

  /** Regression: the gateway, which buffers forms for the function, had its own time limit. */
  @ParameterizedTest
  @ValueSource(strings = {"Content-Length: 100000", "Transfer-Encoding: chunked"})
  void submit_formByteByByte_isATimeout(String framing) throws Exception {
    Response response = drip("multipart/form-data; boundary=edge", framing);
    assertThat(response.code()).isEqualTo("REQUEST_TIMEOUT");
    // The memory is freed at once, although the client is still sending.
    assertThat(client.get("/metrics").text()).contains("whatsit_multipart_bytes_in_flight 0.0");
  }

  /** Sends slowly, until there is a response. */
  private static Response drip(String contentType, String framing) throws Exception {
    byte[] piece =
        (framing.endsWith("chunked") ? "1\r\nx\r\n" : "x").getBytes(StandardCharsets.US_ASCII);
    AtomicBoolean answered = new AtomicBoolean();
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      socket.setSoTimeout(60_000);
      OutputStream out = socket.getOutputStream();
      out.write(
          ("POST /v1/images HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
                  + contentType
                  + "\r\n"
                  + framing
                  + "\r\n\r\n")
              .getBytes(StandardCharsets.US_ASCII));
      Thread sender =
          new Thread(
              () -> {
                try {
                  while (!answered.get()) {
                    out.write(piece);
                    out.flush();
                    LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
                  }
                } catch (IOException e) {
                  // The server has closed the connection; the reading side reports it.
                }
              },
              "sender");
      sender.start();
      try {
        Response response = client.readResponse("POST", "/v1/images", socket.getInputStream());
        assertThat(response.status()).isEqualTo(408);
        return response;
      } finally {
        answered.set(true);
        sender.join();
      }
    }
  }
}
