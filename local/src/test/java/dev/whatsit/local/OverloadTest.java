package dev.whatsit.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Far more concurrent uploads than a small heap can hold. */
class OverloadTest {
  private static final int CLIENTS = 60;
  private static final int BYTES = 9 * 1024 * 1024;
  private static final int SUFFIX = 8;

  private static final int WAVES = 2;

  /** The bytes that every client sends; shared to save memory in this process. */
  private static final byte[] SHARED = Pictures.large(BYTES, 7);

  @TempDir private Path data;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void uploads_farOverCapacity_areAcceptedOrRefusedWith503(boolean multipart) throws Exception {
    try (ChildProcess child =
        ChildProcess.start(data, Map.of(), List.of("-Xmx256m", "-XX:+ExitOnOutOfMemoryError"))) {
      int port = child.port();
      Client client = new Client(port);
      // Several waves: memory that the server retains shows only after the first.
      List<Response> responses = new ArrayList<>();
      for (int i = 0; i < WAVES; i++) {
        try {
          responses.addAll(wave(client, port, multipart));
        } catch (ExecutionException e) {
          throw new AssertionError("no response; the server printed " + child.output(), e);
        }
      }

      assertThat(responses).hasSize(WAVES * CLIENTS);
      List<String> accepted = new ArrayList<>();
      for (Response response : responses) {
        assertThat(response.status()).as(response::toString).isIn(200, 202, 503);
        if (response.status() == 503) {
          assertThat(response.code()).isEqualTo("OVER_CAPACITY");
        } else {
          accepted.add(response.string("image_hash"));
        }
      }
      assertThat(accepted).isNotEmpty();
      // No accepted image is lost, and later requests are served.
      for (String hash : accepted) {
        assertThat(client.awaitFinal(hash).integer("size_bytes")).isEqualTo(BYTES + SUFFIX);
      }
      assertThat(client.post(Pictures.cat()).status()).isEqualTo(202);
      assertThat(client.get("/health/ready").status()).isEqualTo(200);
      assertThat(child.output())
          .noneMatch(line -> line.contains("OutOfMemory") || line.contains("direct buffer"));
      assertThat(child.isAlive()).isTrue();
    }
  }

  private static List<Response> wave(Client client, int port, boolean multipart) throws Exception {
    ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    CountDownLatch ready = new CountDownLatch(CLIENTS);
    try {
      List<Callable<Response>> uploads = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        int number = i;
        uploads.add(
            () -> {
              ready.countDown();
              ready.await();
              return upload(client, port, multipart, number);
            });
      }
      List<Response> responses = new ArrayList<>();
      for (Future<Response> response : clients.invokeAll(uploads)) {
        responses.add(response.get());
      }
      return responses;
    } finally {
      clients.shutdownNow();
    }
  }

  /** Sends the whole request before it reads the response, as many clients do. */
  private static Response upload(Client client, int port, boolean multipart, int number)
      throws IOException {
    byte[] before =
        multipart
            ? "--edge\r\nContent-Disposition: form-data; name=\"img\"; filename=\"a\"\r\n\r\n"
                .getBytes(StandardCharsets.US_ASCII)
            : new byte[0];
    byte[] suffix = ByteBuffer.allocate(SUFFIX).putLong(number).array();
    byte[] after = multipart ? "\r\n--edge--\r\n".getBytes(StandardCharsets.US_ASCII) : new byte[0];
    int length = before.length + SHARED.length + suffix.length + after.length;
    String head =
        "POST /v1/images HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
            + (multipart ? "multipart/form-data; boundary=edge" : "image/bmp")
            + "\r\nContent-Length: "
            + length
            + "\r\n\r\n";
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(120_000);
      OutputStream out = socket.getOutputStream();
      out.write(head.getBytes(StandardCharsets.US_ASCII));
      out.write(before);
      out.write(SHARED);
      out.write(suffix);
      out.write(after);
      return client.readResponse(
          "POST", "/v1/images", new BufferedInputStream(socket.getInputStream()));
    }
  }
}
