package dev.whatsit.local;

import dev.whatsit.emulators.junit.EmulatorExtension;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/** Servers on emulators that tests share, each with a project of its own. */
final class Emulated {
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private Emulated() {}

  /** Starts a server. */
  static LocalServer start(
      Map<String, String> settings, EmulatorExtension pubSub, EmulatorExtension firestore)
      throws IOException {
    Map<String, String> all = settings(pubSub, firestore);
    all.putAll(settings);
    return LocalServer.start(all, new EmulatorPlatform(all));
  }

  /** The settings that say where the emulators are, and a project that nobody else has. */
  static Map<String, String> settings(EmulatorExtension pubSub, EmulatorExtension firestore) {
    Map<String, String> settings = new HashMap<>();
    settings.put("GOOGLE_CLOUD_PROJECT", "local-" + UUID.randomUUID().toString().substring(0, 8));
    settings.put("PUBSUB_EMULATOR_HOST", pubSub.hostPort());
    settings.put("FIRESTORE_EMULATOR_HOST", firestore.hostPort());
    return settings;
  }

  /** Opens a link that leads away from the server. */
  static HttpAnswer open(String link) throws Exception {
    HttpResponse<byte[]> response =
        HTTP.send(HttpRequest.newBuilder(URI.create(link)).build(), BodyHandlers.ofByteArray());
    Map<String, String> fields = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    response.headers().map().forEach((name, values) -> fields.put(name, String.join(", ", values)));
    return HttpAnswer.of("GET", link, response.statusCode(), fields, response.body());
  }
}
