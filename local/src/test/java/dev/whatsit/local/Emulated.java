package dev.whatsit.local;

import dev.whatsit.emulators.junit.EmulatorExtension;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;

/** Starts servers on emulators that tests share, each with its own project. */
final class Emulated {
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Duration PAUSE = Duration.ofMillis(100);

  private Emulated() {}

  /** Starts a server. */
  static LocalServer start(
      Map<String, String> settings, EmulatorExtension pubSub, EmulatorExtension firestore)
      throws IOException, InterruptedException {
    Map<String, String> all = settings(pubSub, firestore);
    all.putAll(settings);
    LocalServer server = LocalServer.start(all, new EmulatorPlatform(all));
    try {
      awaitReady(server.port());
      return server;
    } catch (IOException | InterruptedException | RuntimeException | Error e) {
      server.close();
      throw e;
    }
  }

  /**
   * Waits until every part is healthy, which opens the connections of Google's clients. On a busy
   * machine the first calls may take longer than a request's timeout.
   *
   * @return the port
   */
  static int awaitReady(int port) throws IOException, InterruptedException {
    HttpRequest ready =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/health/ready")).build();
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      HttpResponse<String> answer = HTTP.send(ready, BodyHandlers.ofString());
      if (answer.statusCode() == 200) {
        return port;
      }
      if (System.nanoTime() > deadline) {
        throw new AssertionError("not ready: " + answer.body());
      }
      // Polls like a load balancer.
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }

  /** Settings with the emulators' addresses and a unique project. */
  static Map<String, String> settings(EmulatorExtension pubSub, EmulatorExtension firestore) {
    Map<String, String> settings = new HashMap<>();
    settings.put("GOOGLE_CLOUD_PROJECT", "local-" + UUID.randomUUID().toString().substring(0, 8));
    settings.put("PUBSUB_EMULATOR_HOST", pubSub.hostPort());
    settings.put("FIRESTORE_EMULATOR_HOST", firestore.hostPort());
    return settings;
  }

  /** Opens a link that does not lead to the server. */
  static HttpAnswer open(String link) throws Exception {
    HttpResponse<byte[]> response =
        HTTP.send(HttpRequest.newBuilder(URI.create(link)).build(), BodyHandlers.ofByteArray());
    Map<String, String> fields = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    response.headers().map().forEach((name, values) -> fields.put(name, String.join(", ", values)));
    return HttpAnswer.of("GET", link, response.statusCode(), fields, response.body());
  }
}
