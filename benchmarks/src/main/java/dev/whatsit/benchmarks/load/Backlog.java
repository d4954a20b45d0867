package dev.whatsit.benchmarks.load;

import dev.whatsit.benchmarks.Figures;
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
import java.util.function.Function;
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
final class Backlog {
  private static final Duration TIMEOUT = Duration.ofMinutes(10);
  private static final int LOOK_MILLIS = 100;

  /** The number of photos that may be in flight together at the end. */
  private static final int LAST_ONES = 10;

  private final int photos;
  private final int rounds;
  private final String heap;

  Backlog(int photos, int rounds, String heap) {
    this.photos = photos;
    this.rounds = rounds;
    this.heap = heap;
  }

  /** The number of warm-up photos. */
  static int warmUp(int photos) {
    return photos * 2 / 3;
  }

  void run() throws IOException, InterruptedException {
    List<Pace> floors = new ArrayList<>();
    List<Pace> systems = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      if (round % 2 == 0) {
        floors.add(floor());
        systems.add(system());
      } else {
        systems.add(system());
        floors.add(floor());
      }
      Report.line("round %d of %d: floor %s", round + 1, rounds, floors.get(round));
      Report.line("round %d of %d: system %s", round + 1, rounds, systems.get(round));
    }
    print("floor, photos a second", floors, Pace::perSecond);
    print("system, photos a second", systems, Pace::perSecond);
    print("floor, processor ms a photo", floors, Pace::processorMillis);
    print("system, processor ms a photo", systems, Pace::processorMillis);
    List<Double> rates = new ArrayList<>();
    List<Double> efforts = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      rates.add(systems.get(round).perSecond() / floors.get(round).perSecond());
      efforts.add(floors.get(round).processorMillis() / systems.get(round).processorMillis());
    }
    System.out.println(Figures.line("system : floor, by the clock", rates, ""));
    System.out.println(Figures.line("system : floor, by processor time", efforts, ""));
  }

  private static void print(String name, List<Pace> paces, Function<Pace, Double> figure) {
    System.out.println(Figures.line(name, paces.stream().map(figure).toList(), ""));
  }

  private Pace floor() throws IOException, InterruptedException {
    try (ScratchFolder folder = ScratchFolder.create();
        Child child =
            Child.start(
                heap,
                Map.of(),
                folder.path().resolve("floor.log"),
                FloorProcess.class.getName(),
                String.valueOf(photos))) {
      Matcher pace = child.awaitLine(FloorProcess.PACE, TIMEOUT);
      return new Pace(Double.parseDouble(pace.group(1)), Double.parseDouble(pace.group(2)));
    }
  }

  private Pace system() throws IOException, InterruptedException {
    try (ScratchFolder folder = ScratchFolder.create()) {
      Settings settings =
          Settings.of(Map.of("WHATSIT_DATA", Server.data(folder.path()).toString()));
      List<ImageHash> hashes = queue(settings);
      Pace.Mark mark;
      Duration processorTime;
      try (Server server = Server.start(folder.path(), heap)) {
        ExecutorService http = Executors.newCachedThreadPool();
        try {
          ImageClient client = new ImageClient(server.target(), http);
          // Work is processed roughly in order, and an occasional request costs almost nothing.
          await(client, hashes.get(warmUp(photos)).hex());
          mark = Pace.Mark.at(server.processorTime());
          for (int i = hashes.size() - 1; i >= 0; i--) {
            await(client, hashes.get(i).hex());
            if (i == hashes.size() - LAST_ONES) {
              break;
            }
          }
          processorTime = server.processorTime();
        } finally {
          http.shutdown();
        }
      }
      return Pace.since(mark, finished(settings, hashes), processorTime);
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

  private static void await(ImageClient client, String hash)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + TIMEOUT.toNanos();
    while (client.finishedAt(hash).isEmpty()) {
      if (System.nanoTime() - deadline > 0) {
        throw new IOException("no result within " + TIMEOUT.toMinutes() + " min for " + hash);
      }
      Thread.sleep(LOOK_MILLIS);
    }
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
