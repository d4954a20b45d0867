package dev.whatsit.benchmarks.load;

import dev.whatsit.benchmarks.PlainLoop;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;

/** The plain loop in a process of its own: as many threads as cores, the rate in one line. */
final class FloorProcess {
  static final Pattern RATE = Pattern.compile("^floor rate ([0-9.E]+)$");

  private FloorProcess() {}

  /** The argument is how many photos. */
  public static void main(String[] arguments) throws Exception {
    int photos = Integer.parseInt(arguments[0]);
    int threads = Runtime.getRuntime().availableProcessors();
    ExecutorService workers = Executors.newFixedThreadPool(threads);
    try (PlainLoop loop = PlainLoop.open(photos)) {
      List<Future<Instant>> running = new ArrayList<>();
      for (int i = 0; i < photos; i++) {
        running.add(
            workers.submit(
                () -> {
                  loop.next();
                  return Instant.now();
                }));
      }
      List<Instant> finished = new ArrayList<>();
      for (Future<Instant> one : running) {
        finished.add(one.get());
      }
      System.out.println("floor rate " + Backlog.rate(finished, photos / 3));
    } finally {
      workers.shutdown();
    }
  }
}
