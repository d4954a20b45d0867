package dev.whatsit.benchmarks.load;

import dev.whatsit.benchmarks.Figures;
import dev.whatsit.benchmarks.Options;
import dev.whatsit.benchmarks.Photos;
import dev.whatsit.benchmarks.ScratchFolder;
import dev.whatsit.benchmarks.Uploads;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.Status;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.embedded.EmbeddedBackend;
import dev.whatsit.embedded.EmbeddedStores;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;

/**
 * Measures the rate at which the whole system classifies a backlog with every core busy, and
 * compares it with a plain loop of decoder and session with one thread per core.
 *
 * <p>Both get the same photos and a fresh JVM with the same heap, and run alone: the backlog is in
 * the data folder before the server starts. The first two thirds of the photos are a warm-up and
 * not counted, because the compiler is busy for many seconds. The two alternate, in a new order
 * each round.
 *
 * <p>The ratio by wall-clock time is what a user gets on an otherwise idle machine. If other
 * programs use the processors, only the processor time per photo is comparable.
 */
public final class Backlog {
  private static final Duration TIMEOUT = Duration.ofMinutes(10);

  /** The number of photos that may be in flight together at the end. */
  private static final int LAST_ONES = 10;

  private final int photos;
  private final String heap;

  private Backlog(int photos, String heap) {
    this.photos = photos;
    this.heap = heap;
  }

  /** The number of warm-up photos. */
  static int warmUp(int photos) {
    return photos * 2 / 3;
  }

  /**
   * Measures and prints the figures.
   *
   * @throws IllegalArgumentException saying what is wrong with the arguments
   */
  public static void run(List<String> arguments) throws IOException, InterruptedException {
    Options options = new Options(arguments, List.of("photos", "rounds", "heap"));
    new Backlog(options.number("photos", 1200, 30, 100_000), options.text("heap").orElse("512m"))
        .run(options.number("rounds", 5, 1, 50));
  }

  private void run(int rounds) throws IOException, InterruptedException {
    List<Pace> floors = new ArrayList<>();
    List<Pace> systems = new ArrayList<>();
    List<Double> rates = new ArrayList<>();
    List<Double> processor = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      if (round % 2 == 0) {
        floors.add(floor());
        systems.add(system());
      } else {
        systems.add(system());
        floors.add(floor());
      }
      Pace floor = floors.get(round);
      Pace system = systems.get(round);
      Figures.print("round %d of %d: floor %s, system %s", round + 1, rounds, floor, system);
      rates.add(system.perSecond() / floor.perSecond());
      processor.add(floor.processorMillis() / system.processorMillis());
    }
    print("floor", floors);
    print("system", systems);
    Figures.printRounds("system : floor, by the clock", rates, "");
    Figures.printRounds("system : floor, by processor time", processor, "");
  }

  private static void print(String name, List<Pace> paces) {
    Figures.printRounds(
        name + ", photos a second", paces.stream().map(Pace::perSecond).toList(), "");
    Figures.printRounds(
        name + ", processor ms a photo", paces.stream().map(Pace::processorMillis).toList(), "");
  }

  private Pace floor() throws IOException, InterruptedException {
    try (ScratchFolder folder = ScratchFolder.create();
        Child child =
            Child.start(
                heap,
                Map.of(),
                folder.path().resolve("floor.log"),
                PlainLoop.class.getName(),
                String.valueOf(photos))) {
      Matcher pace = child.awaitLine(PlainLoop.PACE, TIMEOUT);
      return new Pace(Double.parseDouble(pace.group(1)), Double.parseDouble(pace.group(2)));
    }
  }

  private Pace system() throws IOException, InterruptedException {
    ExecutorService http = Executors.newCachedThreadPool();
    try (ScratchFolder folder = ScratchFolder.create()) {
      Settings settings =
          Settings.of(Map.of("WHATSIT_DATA", folder.path().resolve("data").toString()));
      List<ImageHash> hashes = queue(settings);
      Pace.Mark mark;
      Duration processorTime;
      try (Child server = Child.startServer(folder.path(), heap)) {
        ImageClient client = new ImageClient(server.awaitUrl(), http);
        // Work is processed roughly in order, and an occasional request costs almost nothing.
        client.awaitFinished(hashes.get(warmUp(photos)).hex(), TIMEOUT);
        mark = Pace.Mark.at(server.processorTime());
        for (int i = 1; i <= LAST_ONES; i++) {
          client.awaitFinished(hashes.get(hashes.size() - i).hex(), TIMEOUT);
        }
        processorTime = server.processorTime();
      }
      return Pace.since(mark, finished(settings, hashes), processorTime);
    } finally {
      http.shutdown();
    }
  }

  private List<ImageHash> queue(Settings settings) throws IOException {
    List<ImageHash> hashes = new ArrayList<>();
    Photos source = Photos.ofSample();
    try (EmbeddedBackend backend = new EmbeddedBackend()) {
      Uploads uploads = new Uploads(backend.stores(settings));
      for (int number = 0; number < photos; number++) {
        hashes.add(uploads.upload(source.photo(number)).hash());
      }
    }
    return hashes;
  }

  private static List<Instant> finished(Settings settings, List<ImageHash> hashes)
      throws IOException {
    List<Instant> finished = new ArrayList<>();
    try (EmbeddedBackend backend = new EmbeddedBackend()) {
      EmbeddedStores stores = backend.stores(settings);
      for (ImageHash hash : hashes) {
        ImageRecord record = stores.records().find(hash, Instant.now()).orElseThrow();
        if (record.status() != Status.SUCCESS || record.attempts() != 1) {
          throw new IOException(
              hash + " is " + record.status() + " after " + record.attempts() + " attempts");
        }
        finished.add(record.updatedAt());
      }
    }
    return finished;
  }
}
