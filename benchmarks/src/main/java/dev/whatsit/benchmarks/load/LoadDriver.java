package dev.whatsit.benchmarks.load;

import dev.whatsit.benchmarks.Options;
import dev.whatsit.benchmarks.Photos;
import dev.whatsit.benchmarks.ScratchFolder;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Runs a load against a running server, or starts one. */
public final class LoadDriver {
  private static final int MAX_IMAGES = 100_000;
  private static final int MAX_SECONDS = 600;

  private LoadDriver() {}

  /**
   * Runs one kind of load and prints its figures.
   *
   * @param arguments the kind, then options
   * @throws IllegalArgumentException saying what is wrong with them
   */
  public static void run(List<String> arguments) throws IOException, InterruptedException {
    String kind = arguments.isEmpty() ? "" : arguments.get(0);
    List<String> rest = arguments.isEmpty() ? List.of() : arguments.subList(1, arguments.size());
    switch (kind) {
      case "closed" ->
          serve(
              new Options(
                  rest, List.of("images", "connections", "count", "seconds", "url", "heap")),
              false);
      case "open" ->
          serve(
              new Options(rest, List.of("images", "rate", "count", "seconds", "url", "heap")),
              true);
      case "backlog" -> {
        Options options = new Options(rest, List.of("photos", "rounds", "heap"));
        new Backlog(
                options.number("photos", 1200, 30, MAX_IMAGES),
                options.number("rounds", 5, 1, 50),
                options.text("heap").orElse("512m"))
            .run();
      }
      default -> throw new IllegalArgumentException("there is no load " + kind);
    }
  }

  private static void serve(Options options, boolean open)
      throws IOException, InterruptedException {
    Optional<String> url = options.text("url");
    if (url.isPresent()) {
      load(new Target(URI.create(url.get())), options, open).run();
      return;
    }
    String heap = options.text("heap").orElse("512m");
    try (ScratchFolder folder = ScratchFolder.create();
        Server server = Server.start(folder.path(), heap)) {
      load(server.target(), options, open).run();
    }
  }

  private static Load load(Target target, Options options, boolean open) {
    boolean known = options.word("images", List.of("new", "known")).equals("known");
    int count = options.number("count", 300, 1, MAX_IMAGES);
    Duration longest = options.seconds("seconds", 30, 1, MAX_SECONDS);
    return open
        ? Load.open(
            target, Photos.ofSample(), known, options.number("rate", 10, 1, 10_000), count, longest)
        : Load.closed(
            target,
            Photos.ofSample(),
            known,
            options.number("connections", 4, 1, 256),
            count,
            longest);
  }
}
