package dev.whatsit.benchmarks.load;

import dev.whatsit.benchmarks.PlainLoop;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;

/**
 * Runs the plain loop in its own process, with one thread per core, and prints the rate in one
 * line.
 */
final class FloorProcess {
  static final Pattern PACE =
      Pattern.compile("^floor per second ([0-9.E]+) processor millis ([0-9.E]+)$");

  /**
   * The number of photos in memory, which are used repeatedly: all of them would leave too little
   * heap.
   */
  private static final int HELD = 64;

  private FloorProcess() {}

  /** Runs it. The argument is the number of photos. */
  public static void main(String[] arguments) throws Exception {
    int photos = Integer.parseInt(arguments[0]);
    int threads = Runtime.getRuntime().availableProcessors();
    ExecutorService workers = Executors.newFixedThreadPool(threads);
    try (PlainLoop loop = PlainLoop.open(Math.min(photos, HELD))) {
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
      Pace.Mark mark = Pace.Mark.at(processorTime());
      for (Future<Instant> one : running) {
        finished.add(one.get());
        if (finished.size() == Backlog.warmUp(photos)) {
          mark = Pace.Mark.at(processorTime());
        }
      }
      Pace pace = Pace.since(mark, finished, processorTime());
      System.out.println(
          "floor per second " + pace.perSecond() + " processor millis " + pace.processorMillis());
    } finally {
      workers.shutdown();
    }
  }

  private static Duration processorTime() {
    return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
  }
}
