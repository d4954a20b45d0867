package dev.whatsit.benchmarks.load;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.HdrHistogram.Histogram;

/** Sends requests for a time over several connections, and measures. */
final class Driver {
  private static final int DIGITS = 3;

  private Driver() {}

  /**
   * The result of a load.
   *
   * @param perSecond responses a second
   * @param micros the time to each response
   */
  record Result(double perSecond, Histogram micros) {
    double millis(double percentile) {
      return micros.getValueAtPercentile(percentile) / 1e3;
    }
  }

  /** The requests of one connection, each asked for when it is sent. */
  interface Requests {
    byte[] next();
  }

  /** A closed loop: each connection sends its next request after the response to its last one. */
  static Result closed(
      URI url, int connections, Duration time, Supplier<Requests> requests)
      throws IOException, InterruptedException {
    return run(url, connections, time, requests, index -> 0);
  }

  /**
   * An open loop: requests are due at a fixed rate regardless of the server, and each time counts
   * from the instant at which the request was due.
   */
  static Result open(
      URI url, int connections, double rate, Duration time, Supplier<Requests> requests)
      throws IOException, InterruptedException {
    return run(url, connections, time, requests, index -> (long) (index * 1e9 / rate));
  }

  private interface Due {
    /** Nanoseconds after the begin; 0 for at once. */
    long of(long index);
  }

  private static Result run(
      URI url, int connections, Duration time, Supplier<Requests> requests, Due due)
      throws IOException, InterruptedException {
    ExecutorService threads = Executors.newFixedThreadPool(connections);
    AtomicLong next = new AtomicLong();
    try {
      long begin = System.nanoTime();
      List<Future<Histogram>> running = new ArrayList<>();
      for (int i = 0; i < connections; i++) {
        running.add(threads.submit(() -> send(url, begin, time, requests.get(), next, due)));
      }
      Histogram all = new Histogram(DIGITS);
      for (Future<Histogram> one : running) {
        all.add(one.get());
      }
      return new Result(all.getTotalCount() / ((System.nanoTime() - begin) / 1e9), all);
    } catch (ExecutionException e) {
      throw new IOException("a connection failed", e.getCause());
    } finally {
      threads.shutdownNow();
    }
  }

  private static Histogram send(
      URI url, long begin, Duration time, Requests requests, AtomicLong next, Due due)
      throws IOException {
    Histogram micros = new Histogram(DIGITS);
    try (Connection connection = new Connection(url)) {
      while (true) {
        long after = due.of(next.getAndIncrement());
        long now = System.nanoTime() - begin;
        if (Math.max(after, now) >= time.toNanos()) {
          return micros;
        }
        while (now < after) {
          LockSupport.parkNanos(after - now);
          now = System.nanoTime() - begin;
        }
        byte[] request = requests.next();
        int status = connection.send(request);
        if (status != 200 && status != 202) {
          throw new IOException("status " + status);
        }
        long from = after == 0 ? now : after;
        micros.recordValue(TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - begin - from));
      }
    }
  }
}
