package dev.whatsit.benchmarks.load;

import dev.whatsit.benchmarks.Photos;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * Sends photos until a number is sent or a time is over, whichever comes first, and measures.
 *
 * <p>In a closed loop, each connection sends its next photo after the response to its last one.
 * That finds the maximum rate; the latencies are those of that many clients that wait for each
 * other. In an open loop, photos are due at a fixed rate regardless of the server, and each latency
 * counts from the instant at which the photo was due, so that a stall affects all photos that were
 * due during it.
 */
final class Load {
  private static final long MAX_MICROS = TimeUnit.MINUTES.toMicros(10);
  private static final int DIGITS = 3;
  private static final Duration DRAIN = Duration.ofMinutes(5);
  private static final int KNOWN = 8;
  private static final int LOOK_MILLIS = 50;

  private final Target target;
  private final Photos photos;
  private final boolean known;
  private final int connections;
  private final double rate;
  private final int count;
  private final Duration longest;

  private final Histogram answers = new ConcurrentHistogram(MAX_MICROS, DIGITS);
  private final Map<Integer, Integer> statuses = new TreeMap<>();
  private final Map<String, Instant> dueByHash = new TreeMap<>();
  private final AtomicInteger taken = new AtomicInteger();

  private Load(
      Target target,
      Photos photos,
      boolean known,
      int connections,
      double rate,
      int count,
      Duration longest) {
    this.target = target;
    this.photos = photos;
    this.known = known;
    this.connections = connections;
    this.rate = rate;
    this.count = count;
    this.longest = longest;
  }

  /** A closed loop with a number of connections. */
  static Load closed(
      Target target, Photos photos, boolean known, int connections, int count, Duration longest) {
    return new Load(target, photos, known, connections, 0, count, longest);
  }

  /**
   * An open loop at a fixed rate.
   *
   * @param rate photos per second
   */
  static Load open(
      Target target, Photos photos, boolean known, double rate, int count, Duration longest) {
    // Enough connections that a photo finds a free one even if the server stalls for a while.
    return new Load(target, photos, known, 64, rate, count, longest);
  }

  /** Runs the load and prints the figures. */
  void run() throws IOException, InterruptedException {
    ExecutorService http = Executors.newCachedThreadPool(Load::daemon);
    ExecutorService senders = Executors.newFixedThreadPool(connections, Load::daemon);
    try {
      ImageClient client = new ImageClient(target, http);
      // Numbers that no earlier run used with this server.
      long first = known ? 0 : System.currentTimeMillis() << 20;
      warmUp(client, first);
      long begin = System.nanoTime();
      long end = begin + longest.toNanos();
      AtomicInteger next = new AtomicInteger();
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < connections; i++) {
        running.add(
            senders.submit(
                () -> {
                  sendAll(client, next, first + KNOWN, begin, end);
                  return null;
                }));
      }
      await(running);
      double seconds = (System.nanoTime() - begin) / 1e9;
      print(seconds);
      if (!known) {
        printResults(client);
      }
    } finally {
      senders.shutdownNow();
      http.shutdownNow();
    }
  }

  /** Uploads and classifies a few photos: they become the known ones. */
  private void warmUp(ImageClient client, long first) throws IOException, InterruptedException {
    List<String> hashes = new ArrayList<>();
    for (int i = 0; i < KNOWN; i++) {
      ImageClient.Sent sent = client.send(photos.photo(first + i));
      hashes.add(sent.hash().orElseThrow(() -> new IOException("photo refused: " + sent.status())));
    }
    for (String hash : hashes) {
      awaitFinished(client, hash, System.nanoTime() + DRAIN.toNanos());
    }
  }

  private void sendAll(
      ImageClient client, AtomicInteger next, long firstNumber, long begin, long end)
      throws IOException, InterruptedException {
    while (true) {
      int index = next.getAndIncrement();
      long due = rate == 0 ? System.nanoTime() : begin + (long) (index * 1e9 / rate);
      if (index >= count || due - end > 0) {
        return;
      }
      byte[] photo = photos.photo(known ? index % KNOWN : firstNumber + index);
      for (long left = due - System.nanoTime(); rate != 0 && left > 0; ) {
        LockSupport.parkNanos(left);
        left = due - System.nanoTime();
      }
      long from = rate == 0 ? System.nanoTime() : due;
      Instant dueAt = Instant.now().minusNanos(System.nanoTime() - from);
      ImageClient.Sent sent = client.send(photo);
      long micros = TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - from);
      answers.recordValue(Math.min(micros, MAX_MICROS));
      if (sent.isTaken()) {
        taken.incrementAndGet();
      }
      synchronized (statuses) {
        statuses.merge(sent.status(), 1, Integer::sum);
        sent.hash().ifPresent(hash -> dueByHash.put(hash, dueAt));
      }
    }
  }

  private static void await(List<Future<?>> running) throws IOException, InterruptedException {
    for (Future<?> one : running) {
      try {
        one.get();
      } catch (ExecutionException e) {
        throw new IOException("a sender failed", e.getCause());
      }
    }
  }

  private void print(double seconds) {
    Report.line(
        "%s, %s images: %d answers in %.1f s, %.1f images taken a second, statuses %s",
        rate == 0 ? "closed loop of " + connections : "open loop at " + rate + "/s",
        known ? "known" : "new",
        answers.getTotalCount(),
        seconds,
        taken.get() / seconds,
        statuses);
    Report.percentiles("time to the answer", answers);
  }

  /**
   * Reads the results after the load: reading them earlier would take processor time from the
   * server.
   */
  private void printResults(ImageClient client) throws IOException, InterruptedException {
    Histogram results = new Histogram(MAX_MICROS, DIGITS);
    long deadline = System.nanoTime() + DRAIN.toNanos();
    Instant first = Instant.MAX;
    Instant last = Instant.MIN;
    Deque<Map.Entry<String, Instant>> left = new ArrayDeque<>(dueByHash.entrySet());
    while (!left.isEmpty()) {
      Map.Entry<String, Instant> one = left.poll();
      Instant finished = awaitFinished(client, one.getKey(), deadline);
      // The server's clock is this machine's.
      long micros = Duration.between(one.getValue(), finished).toNanos() / 1000;
      results.recordValue(Math.max(0, Math.min(micros, MAX_MICROS)));
      first = finished.isBefore(first) ? finished : first;
      last = finished.isAfter(last) ? finished : last;
    }
    Report.percentiles("time to the result", results);
    if (results.getTotalCount() > 1) {
      double seconds = Duration.between(first, last).toNanos() / 1e9;
      Report.line(
          "  classified %.1f a second, uploads included", (results.getTotalCount() - 1) / seconds);
    }
  }

  private static Instant awaitFinished(ImageClient client, String hash, long deadline)
      throws IOException, InterruptedException {
    while (true) {
      var finished = client.finishedAt(hash);
      if (finished.isPresent()) {
        return finished.get();
      }
      if (System.nanoTime() - deadline > 0) {
        throw new IOException("no result within " + DRAIN.toMinutes() + " min for " + hash);
      }
      Thread.sleep(LOOK_MILLIS);
    }
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "load");
    thread.setDaemon(true);
    return thread;
  }
}
