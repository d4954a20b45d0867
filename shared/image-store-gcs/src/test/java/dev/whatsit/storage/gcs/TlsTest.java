package dev.whatsit.storage.gcs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageBytes;
import dev.whatsit.domain.image.ImageStore.Put;
import dev.whatsit.storage.gcs.StorageClient.Limits;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

/** Cases that differ for encrypted connections, as those to Google are. */
// A blocked write does not react to an interrupt.
@Timeout(value = 120, threadMode = ThreadMode.SEPARATE_THREAD)
class TlsTest {
  private static final char[] PASSWORD = "throw-away".toCharArray();
  private static SSLContext tls;
  private static SSLSocketFactory original;

  @BeforeAll
  static void makeCertificate(@TempDir Path folder) throws Exception {
    Path store = folder.resolve("store.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "RSA",
                "-dname",
                "CN=localhost",
                "-ext",
                "SAN=ip:127.0.0.1",
                "-storetype",
                "PKCS12",
                "-storepass",
                new String(PASSWORD),
                "-keystore",
                store.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(keytool.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(keytool.exitValue()).as(said).isZero();
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream stream = Files.newInputStream(store)) {
      keys.load(stream, PASSWORD);
    }
    KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    own.init(keys, PASSWORD);
    TrustManagerFactory trusted =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trusted.init(keys);
    tls = SSLContext.getInstance("TLS");
    tls.init(own.getKeyManagers(), trusted.getTrustManagers(), null);
    original = HttpsURLConnection.getDefaultSSLSocketFactory();
    HttpsURLConnection.setDefaultSSLSocketFactory(tls.getSocketFactory());
  }

  @AfterAll
  static void distrustCertificate() {
    HttpsURLConnection.setDefaultSSLSocketFactory(original);
  }

  @Test
  void put_bodyIsNotRead_failsAtTheDeadlineAndClosesTheConnection() throws Exception {
    byte[] large = Samples.bytes(1, 20 << 20);
    try (SlowServer server =
        // After the handshake and the beginning of the request it reads nothing more.
        SlowServer.start(
            tls.getServerSocketFactory()
                .createServerSocket(0, 50, InetAddress.getLoopbackAddress()),
            SlowServer.reads1Byte())) {
      GcsImageStore store =
          store(
              server.port(),
              new Limits(
                  Duration.ofSeconds(4),
                  Duration.ofMinutes(1),
                  Duration.ofMinutes(1),
                  Duration.ofNanos(100),
                  4));

      assertThatThrownBy(() -> store.putIfAbsent(Samples.image(large), ImageBytes.of(large)))
          .isInstanceOf(TransientFailure.class)
          .hasMessageContaining("no response within 4000 ms");

      server.awaitAllClosed();
    }
  }

  @Test
  void severalCalls_oneAfterTheOther_shareAConnection() throws Exception {
    Set<Integer> ports = ConcurrentHashMap.newKeySet();
    HttpsServer server =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(tls));
    server.createContext(
        "/storage",
        exchange -> answer(exchange, 200, "{\"permissions\":[\"storage.objects.get\"]}", ports));
    server.createContext(
        "/upload", exchange -> answer(exchange, 412, "{\"error\":{\"code\":412}}", ports));
    server.start();
    try {
      GcsImageStore store = store(server.getAddress().getPort(), Samples.PATIENT);
      byte[] content = Samples.bytes(1, 100_000);
      for (int i = 0; i < 3; i++) {
        store.check();
        assertThat(store.putIfAbsent(Samples.image(content), ImageBytes.of(content)))
            .isEqualTo(Put.ALREADY_THERE);
      }

      assertThat(ports).hasSize(1);
    } finally {
      server.stop(0);
    }
  }

  private static void answer(HttpExchange exchange, int status, String json, Set<Integer> ports)
      throws IOException {
    ports.add(exchange.getRemoteAddress().getPort());
    exchange.getRequestBody().readAllBytes();
    exchange.getResponseHeaders().set("Content-Type", "application/json; charset=UTF-8");
    byte[] body = json.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, body.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(body);
    }
  }

  private static GcsImageStore store(int port, Limits limits) {
    return Samples.store(URI.create("https://127.0.0.1:" + port), Samples.BUCKET, limits);
  }
}
