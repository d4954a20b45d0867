package dev.whatsit.local;

import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.local.gateway.ApiKey;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The lines printed after the start: the address, the data directory, and commands to try. */
final class Greeting {
  private static final String SAMPLE = "samples/cat.jpg";

  private Greeting() {}

  /**
   * Returns the lines.
   *
   * @param platform notes on the platform, one sentence per line
   */
  static List<String> of(Map<String, String> environment, int port, List<String> platform) {
    Settings settings = Settings.of(environment);
    String address = "http://" + host(settings) + ":" + port;
    Path data = settings.path("WHATSIT_DATA", Path.of("data"));
    List<String> lines = new ArrayList<>();
    lines.add("Whatsit listens on " + address);
    lines.add("The data is in " + data.toAbsolutePath().normalize());
    lines.addAll(platform);
    boolean key = settings.find(ApiKey.SETTING).isPresent();
    if (key) {
      lines.add("Requests need the key in API_KEY");
    } else if (!isLoopback(settings)) {
      lines.add("Everybody who reaches it may read and write: ALLOW_ANONYMOUS is set");
    }
    String bearer = key ? " -H \"Authorization: Bearer $API_KEY\"" : "";
    if (CallbackSecret.isGenerated(settings)) {
      lines.add("Callbacks are signed with the secret in " + CallbackSecret.file(settings));
    }
    Optional<Path> sample = sample();
    lines.add("Try, in another terminal:");
    lines.add(
        "  curl"
            + bearer
            + " -H 'Prefer: wait=20' -H 'Content-Type: image/jpeg' --data-binary @"
            + sample.map(Greeting::quoted).orElse("photo.jpg")
            + " "
            + address
            + "/v1/images");
    sample
        .flatMap(Greeting::hash)
        .ifPresent(hash -> lines.add("  curl" + bearer + " " + address + "/v1/images/" + hash));
    lines.add("  " + address + "/docs in a browser: the whole API");
    lines.add("Stop with Ctrl-C.");
    return lines;
  }

  private static boolean isLoopback(Settings settings) {
    try {
      return InetAddress.getByName(settings.text("HOST", "localhost")).isLoopbackAddress();
    } catch (UnknownHostException e) {
      throw new IllegalStateException("the server listens on it", e);
    }
  }

  private static String host(Settings settings) {
    String host = settings.text("HOST", "localhost");
    boolean everywhere = host.equals("0.0.0.0") || host.equals("::");
    if (everywhere) {
      return "localhost";
    }
    return host.contains(":") ? "[" + host + "]" : host;
  }

  /** The project's sample photo, relative to the working directory if it is below it. */
  private static Optional<Path> sample() {
    CodeSource source = Greeting.class.getProtectionDomain().getCodeSource();
    if (source == null) {
      return Optional.empty();
    }
    try {
      URI classes = source.getLocation().toURI();
      // From local/target/classes.
      Path project = Path.of(classes).resolve("../..").normalize();
      Path photo = project.resolve(SAMPLE);
      if (!Files.isRegularFile(photo)) {
        return Optional.empty();
      }
      Path here = Path.of("").toAbsolutePath();
      return Optional.of(photo.startsWith(here) ? here.relativize(photo) : photo);
    } catch (URISyntaxException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static Optional<ImageHash> hash(Path photo) {
    try {
      return Optional.of(
          ImageHash.ofDigest(ImageHash.newDigest().digest(Files.readAllBytes(photo))));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Quotes a path for a shell, in single quotes if needed. */
  private static String quoted(Path path) {
    String text = path.toString();
    return text.matches("[A-Za-z0-9_./-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
  }
}
