package dev.whatsit.benchmarks.load;

import dev.whatsit.local.Main;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Pattern;

/** The whole of Whatsit in its own JVM, on a free port. */
final class Server implements AutoCloseable {
  private static final Pattern LISTENS = Pattern.compile("^Whatsit listens on http://.*:(\\d+)$");
  private static final Duration START = Duration.ofSeconds(60);

  private final Child child;
  private final Target target;

  private Server(Child child, Target target) {
    this.child = child;
    this.target = target;
  }

  /**
   * Starts the server and waits until it listens.
   *
   * @param folder for the folder {@code data}, which may exist, and the file {@code server.log}
   */
  static Server start(Path folder, String heap) throws IOException, InterruptedException {
    Map<String, String> environment =
        Map.of("WHATSIT_DATA", data(folder).toString(), "PORT", "0", "LOG_FORMAT", "json");
    Child child =
        Child.start(heap, environment, folder.resolve("server.log"), Main.class.getName());
    try {
      int port = Integer.parseInt(child.awaitLine(LISTENS, START).group(1));
      return new Server(child, Target.onPort(port));
    } catch (IOException | RuntimeException | InterruptedException e) {
      child.close();
      throw e;
    }
  }

  static Path data(Path folder) {
    return folder.resolve("data");
  }

  Target target() {
    return target;
  }

  /** Its processor time so far. */
  Duration processorTime() {
    return child.processorTime();
  }

  @Override
  public void close() {
    child.close();
  }
}
