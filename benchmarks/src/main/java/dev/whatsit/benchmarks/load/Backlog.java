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

/**
 * The rate at which the whole system classifies a backlog with every core busy, against that of the
 * plain loop of decoder and session with as many threads as there are cores.
 *
 * <p>Both get the same photos, a fresh virtual machine with the same heap, and nothing else to do:
 * the backlog is put into the data folder before the server starts. A third of the photos warms
 * each up and is not counted. They take turns, in a new order each round.
 */
final class Backlog {
  private static final Duration LONGEST = Duration.ofMinutes(10);
  private static final int LOOK_MILLIS = 200;

  private final int photos;
  private final int rounds;
  private final String heap;

  Backlog(int photos, int rounds, String heap) {
    this.photos = photos;
    this.rounds = rounds;
    this.heap = heap;
  }

  void run() throws IOException, InterruptedException {
    List<Double> floors = new ArrayList<>();
    List<Double> systems = new ArrayList<>();
    List<Double> ratios = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      double floor = round % 2 == 0 ? floor() : 0;
      double system = system();
      floor = round % 2 == 0 ? floor : floor();
      floors.add(floor);
      systems.add(system);
      ratios.add(system / floor);
      Report.line(
          "round %d of %d: system %.1f/s, floor %.1f/s, ratio %.3f",
          round + 1, rounds, system, floor, system / floor);
    }
    System.out.println(Figures.line("floor, photos classified", floors, "/s"));
    System.out.println(Figures.line("system, photos classified", systems, "/s"));
    System.out.println(Figures.line("system : floor", ratios, ""));
  }

  private double floor() throws IOException, InterruptedException {
    try (ScratchFolder folder = ScratchFolder.create();
        Child child =
            Child.start(
                heap,
                Map.of(),
                folder.path().resolve("floor.log"),
                FloorProcess.class.getName(),
                String.valueOf(photos))) {
      return Double.parseDouble(child.awaitLine(FloorProcess.RATE, LONGEST).group(1));
    }
  }

  private double system() throws IOException, InterruptedException {
    try (ScratchFolder folder = ScratchFolder.create()) {
      Settings settings =
          Settings.of(Map.of("WHATSIT_DATA", Server.data(folder.path()).toString()));
      List<ImageHash> hashes = queue(settings);
      try (Server server = Server.start(folder.path(), heap)) {
        ExecutorService http = Executors.newCachedThreadPool();
        try {
          ImageClient client = new ImageClient(server.target(), http);
          // Work is taken roughly in order, so the last is done when most are. One cheap question
          // now and then.
          for (int i = hashes.size() - 1; i >= 0; i--) {
            await(client, hashes.get(i).hex());
          }
        } finally {
          http.shutdown();
        }
      }
      return rate(finished(settings, hashes), photos / 3);
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
    long deadline = System.nanoTime() + LONGEST.toNanos();
    while (client.finishedAt(hash).isEmpty()) {
      if (System.nanoTime() - deadline > 0) {
        throw new IOException("no result within " + LONGEST.toMinutes() + " min for " + hash);
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

  /**
   * How many were finished a second, the first ones left out.
   *
   * @param skip how many are left out, fewer than there are less one
   */
  static double rate(List<Instant> finished, int skip) {
    List<Instant> sorted = finished.stream().sorted().toList();
    Duration time = Duration.between(sorted.get(skip), sorted.get(sorted.size() - 1));
    return (sorted.size() - 1 - skip) / (time.toNanos() / 1e9);
  }
}
