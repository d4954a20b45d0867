package dev.whatsit.local;

import dev.whatsit.emulators.junit.EmulatorExtension;
import dev.whatsit.invoker.FunctionServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;

/** Starts servers on each platform. */
final class Servers {
  private static final Duration START_TIMEOUT = Duration.ofMinutes(2);
  private static final Duration POLL_INTERVAL = Duration.ofMillis(100);

  private Servers() {}

  /**
   * Starts a server with real classification on the embedded backend.
   *
   * @param more names and values of further settings
   */
  static LocalServer embedded(Path data, String... more) throws IOException {
    FunctionServer.load();
    return LocalServer.start(settings(data, more));
  }

  /**
   * Starts a server on emulators that tests share, with a project of its own, and waits until it is
   * ready.
   */
  static LocalServer onEmulators(
      EmulatorExtension pubSub, EmulatorExtension firestore, Path data, String... more)
      throws Exception {
    FunctionServer.load();
    Map<String, String> settings = settings(data, more);
    settings.putAll(emulatorSettings(pubSub, firestore));
    LocalServer server = LocalServer.start(settings, new EmulatorPlatform(settings));
    try {
      awaitReady(server.port());
      return server;
    } catch (Exception | Error e) {
      server.close();
      throw e;
    }
  }

  private static Map<String, String> settings(Path data, String... more) {
    Map<String, String> settings = new HashMap<>();
    settings.put("WHATSIT_DATA", data.toString());
    settings.put("PORT", "0");
    settings.put("CLASSIFIER", "onnx");
    for (int i = 0; i < more.length; i += 2) {
      settings.put(more[i], more[i + 1]);
    }
    return settings;
  }

  /** The emulators' addresses and a unique project. */
  static Map<String, String> emulatorSettings(
      EmulatorExtension pubSub, EmulatorExtension firestore) {
    return Map.of(
        "GOOGLE_CLOUD_PROJECT", "local-" + UUID.randomUUID().toString().substring(0, 8),
        "PUBSUB_EMULATOR_HOST", pubSub.hostPort(),
        "FIRESTORE_EMULATOR_HOST", firestore.hostPort());
  }

  /**
   * Waits until every part is healthy, which opens the connections of Google's clients. On a busy
   * machine the first calls may take longer than a request's timeout.
   *
   * @return the port
   */
  static int awaitReady(int port) throws Exception {
    long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
    while (true) {
      Response response = Client.open("http://127.0.0.1:" + port + "/health/ready");
      if (response.status() == 200) {
        return port;
      }
      if (System.nanoTime() > deadline) {
        throw new AssertionError("not ready: " + response);
      }
      LockSupport.parkNanos(POLL_INTERVAL.toNanos());
    }
  }
}
