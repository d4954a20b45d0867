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

/** The plain loop in a process of its own: as many threads as cores, the rate in one line. */
final class FloorProcess {
  static final Pattern PACE =
      Pattern.compile("^floor per second ([0-9.E]+) processor millis ([0-9.E]+)$");

  /** Held in memory, again and again: all of them would leave the collector no room. */
  private static final int HELD = 64;

  private FloorProcess() {}

  /** The argument is how many photos. */
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
