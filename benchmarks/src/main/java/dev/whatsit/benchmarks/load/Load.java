package dev.whatsit.benchmarks.load;

import dev.whatsit.benchmarks.Figures;
import dev.whatsit.benchmarks.Options;
import dev.whatsit.benchmarks.Photos;
import dev.whatsit.benchmarks.ScratchFolder;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
public final class Load {
  private static final long MAX_MICROS = TimeUnit.MINUTES.toMicros(10);
  private static final int DIGITS = 3;
  private static final Duration RESULT_TIMEOUT = Duration.ofMinutes(5);
  private static final int KNOWN = 8;
  private static final int MAX_IMAGES = 100_000;
  private static final int MAX_SECONDS = 600;

  /** So many that a photo finds a free one even if the server stalls for a while. */
  private static final int CONNECTIONS_OF_OPEN_LOOP = 64;

  private final boolean open;
  private final boolean known;
  private final int connections;
  private final int rate;
  private final int count;
  private final Duration maxTime;

  private final Photos photos = Photos.ofSample();
  private final AtomicInteger next = new AtomicInteger();
  private final Histogram responses = new ConcurrentHistogram(MAX_MICROS, DIGITS);
  private final Map<Integer, Integer> statuses = new TreeMap<>();
  private final Map<String, Instant> dueByHash = new TreeMap<>();
  private final AtomicInteger accepted = new AtomicInteger();

  private Load(boolean open, Options options) {
    this.open = open;
    this.known = options.is("images", "new", "known");
    this.count = options.number("count", 300, 1, MAX_IMAGES);
    this.maxTime = Duration.ofSeconds(options.number("seconds", 30, 1, MAX_SECONDS));
    this.rate = options.number("rate", 10, 1, 10_000);
    this.connections = open ? CONNECTIONS_OF_OPEN_LOOP : options.number("connections", 4, 1, 256);
  }

  /**
   * Runs a load against a running server, or starts one, and prints the figures.
   *
   * @param open whether the loop is open
   * @throws IllegalArgumentException saying what is wrong with the arguments
   */
  public static void run(boolean open, List<String> arguments)
      throws IOException, InterruptedException {
    Options options =
        new Options(
            arguments,
            List.of("images", open ? "rate" : "connections", "count", "seconds", "url", "heap"));
    Load load = new Load(open, options);
    Optional<String> url = options.text("url");
    if (url.isPresent()) {
      load.run(url.get());
      return;
    }
    try (ScratchFolder folder = ScratchFolder.create();
        Child server = Child.startServer(folder.path(), options.text("heap").orElse("512m"))) {
      load.run(server.awaitUrl());
    }
  }

  private void run(String url) throws IOException, InterruptedException {
    ExecutorService threads =
        Executors.newCachedThreadPool(
            task -> {
              Thread thread = new Thread(task, "load");
              thread.setDaemon(true);
              return thread;
            });
    try {
      ImageClient client = new ImageClient(url, threads);
      // Numbers that no earlier run used with this server.
      long first = known ? 0 : System.currentTimeMillis() << 20;
      warmUp(client, first);
      long begin = System.nanoTime();
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < connections; i++) {
        running.add(
            threads.submit(
                () -> {
                  sendAll(client, first + KNOWN, begin);
                  return null;
                }));
      }
      for (Future<?> one : running) {
        one.get();
      }
      double seconds = (System.nanoTime() - begin) / 1e9;
      Figures.print(
          "%s, %s images: %d responses in %.1f s, %.1f images accepted a second, statuses %s",
          open ? "open loop at " + rate + "/s" : "closed loop of " + connections,
          known ? "known" : "new",
          responses.getTotalCount(),
          seconds,
          accepted.get() / seconds,
          statuses);
      Figures.printPercentiles("time to the response", responses);
      if (!known) {
        printResults(client);
      }
    } catch (ExecutionException e) {
      throw new IOException("a sender failed", e.getCause());
    } finally {
      threads.shutdownNow();
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
      client.awaitFinished(hash, RESULT_TIMEOUT);
    }
  }

  private void sendAll(ImageClient client, long firstNumber, long begin)
      throws IOException, InterruptedException {
    long end = begin + maxTime.toNanos();
    while (true) {
      int index = next.getAndIncrement();
      long due = open ? begin + (long) (index * 1e9 / rate) : System.nanoTime();
      if (index >= count || due - end > 0) {
        return;
      }
      byte[] photo = photos.photo(known ? index % KNOWN : firstNumber + index);
      while (open && due - System.nanoTime() > 0) {
        LockSupport.parkNanos(due - System.nanoTime());
      }
      long from = open ? due : System.nanoTime();
      Instant dueAt = Instant.now().minusNanos(System.nanoTime() - from);
      ImageClient.Sent sent = client.send(photo);
      long micros = TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - from);
      responses.recordValue(Math.min(micros, MAX_MICROS));
      synchronized (statuses) {
        statuses.merge(sent.status(), 1, Integer::sum);
        sent.hash().ifPresent(hash -> dueByHash.put(hash, dueAt));
      }
      if (sent.hash().isPresent()) {
        accepted.incrementAndGet();
      }
    }
  }

  /**
   * Reads the results after the load: reading them earlier would take processor time from the
   * server.
   */
  private void printResults(ImageClient client) throws IOException, InterruptedException {
    Histogram results = new Histogram(MAX_MICROS, DIGITS);
    Instant first = Instant.MAX;
    Instant last = Instant.MIN;
    for (Map.Entry<String, Instant> one : dueByHash.entrySet()) {
      Instant finished = client.awaitFinished(one.getKey(), RESULT_TIMEOUT);
      // The server's clock is this machine's.
      long micros = Duration.between(one.getValue(), finished).toNanos() / 1000;
      results.recordValue(Math.max(0, Math.min(micros, MAX_MICROS)));
      first = finished.isBefore(first) ? finished : first;
      last = finished.isAfter(last) ? finished : last;
    }
    Figures.printPercentiles("time to the result", results);
    if (results.getTotalCount() > 1) {
      double seconds = Duration.between(first, last).toNanos() / 1e9;
      Figures.print(
          "  classified %.1f a second, uploads included", (results.getTotalCount() - 1) / seconds);
    }
  }
}
