package dev.whatsit.benchmarks.load;

import dev.whatsit.local.Main;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Pattern;

/** Whatsit whole, in a virtual machine of its own, on a free port. */
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
   * Starts it and waits until it listens.
   *
   * @param folder which holds, or will hold, the folder {@code data} and the file {@code
   *     server.log}
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

  /** Where its data is. */
  static Path data(Path folder) {
    return folder.resolve("data");
  }

  Target target() {
    return target;
  }

  /** The processor time that it has used. */
  Duration processorTime() {
    return child.processorTime();
  }

  @Override
  public void close() {
    child.close();
  }
}
