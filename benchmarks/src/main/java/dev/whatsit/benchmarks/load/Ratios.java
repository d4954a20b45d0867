package dev.whatsit.benchmarks.load;

import dev.whatsit.benchmarks.Figures;
import dev.whatsit.benchmarks.Options;
import dev.whatsit.benchmarks.Photos;
import dev.whatsit.benchmarks.ScratchFolder;
import dev.whatsit.domain.image.ImageHash;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Compares the system over HTTP with its lower bound, {@link BareServer}, or with another build. Both
 * sides run the whole time, each in a JVM of its own with the same heap, and are asked in turn.
 * Driver and servers share the processors.
 */
public final class Ratios {
  private static final int MANY = 8;
  private static final int KNOWN = 8;
  private static final int LARGE = 200_000;
  private static final Duration TIMEOUT = Duration.ofMinutes(5);

  /** Keeps classification out of the measurement. */
  private static final String LATER = "/v1/images?delay_seconds=86400";

  private static final Pattern CLASSIFIED =
      Pattern.compile("(?m)^whatsit_deliveries_total\\{function=\"classify\",.*} ([0-9.E]+)$");

  /** Numbers of images that no other request of this process has. */
  private final AtomicLong number = new AtomicLong(System.currentTimeMillis() << 20);

  private final ExecutorService http = Executors.newCachedThreadPool();
  private final HttpClient client = HttpClient.newBuilder().executor(http).build();
  private final int rounds;
  private final Duration time;
  private final Duration warmUp;
  private final String heap;
  private final String otherClassPath;

  private Ratios(Options options) throws IOException {
    rounds = options.number("rounds", 5, 1, 50);
    time = Duration.ofSeconds(options.number("seconds", 4, 1, 60));
    warmUp = Duration.ofSeconds(options.number("warm-up", 40, 0, 120));
    heap = options.text("heap").orElse("512m");
    String file = options.text("before").orElse("");
    otherClassPath = file.isEmpty() ? "" : Files.readString(Path.of(file)).strip();
  }

  /**
   * Measures and prints the figures.
   *
   * @throws IllegalArgumentException saying what is wrong with the arguments
   */
  public static void run(String kind, List<String> arguments)
      throws IOException, InterruptedException {
    Ratios ratios =
        new Ratios(
            new Options(arguments, List.of("rounds", "seconds", "warm-up", "heap", "before")));
    try {
      switch (kind) {
        case "known" -> ratios.known();
        case "status" -> ratios.status();
        case "new" -> ratios.fresh();
        case "mixed" -> ratios.mixed();
        case "start" -> ratios.start();
        default -> throw new IllegalArgumentException("there is no load " + kind);
      }
    } finally {
      ratios.http.shutdown();
    }
  }

  private void known() throws IOException, InterruptedException {
    try (ScratchFolder folder = ScratchFolder.create();
        ScratchFolder other = ScratchFolder.create();
        Child system = Child.startServer(folder.path(), heap);
        Child floor = startFloor(other.path())) {
      URI url = URI.create(system.awaitUrl());
      URI floorUrl = URI.create(floor.awaitUrl());
      for (List<byte[]> known : List.of(small(), large())) {
        seed(url, known);
        compare(
            "known image of " + known.get(0).length + " bytes",
            MANY,
            new Side(url, () -> inTurn(posts("/v1/images", known))),
            new Side(floorUrl, () -> inTurn(posts("/known", known))));
      }
    }
  }

  private void status() throws IOException, InterruptedException {
    try (ScratchFolder folder = ScratchFolder.create();
        ScratchFolder other = ScratchFolder.create();
        Child system = Child.startServer(folder.path(), heap);
        Child second =
            otherClassPath.isEmpty()
                ? startFloor(other.path())
                : Child.startServer(other.path(), heap, otherClassPath)) {
      URI url = URI.create(system.awaitUrl());
      URI otherUrl = URI.create(second.awaitUrl());
      List<String> hashes = new ArrayList<>();
      for (byte[] photo : small()) {
        hashes.add(ImageHash.ofDigest(ImageHash.newDigest().digest(photo)).hex());
      }
      seed(url, small());
      if (!otherClassPath.isEmpty()) {
        seed(otherUrl, small());
      }
      List<byte[]> gets =
          hashes.stream()
              .map(hash -> Connection.request("GET", "/v1/images/" + hash, new byte[0]))
              .toList();
      compare(
          otherClassPath.isEmpty() ? "status" : "status, : the build before",
          MANY,
          new Side(url, () -> inTurn(gets)),
          new Side(otherUrl, () -> inTurn(gets)));
    }
  }

  private void fresh() throws IOException, InterruptedException {
    try (ScratchFolder folder = ScratchFolder.create();
        ScratchFolder other = ScratchFolder.create();
        Child system = Child.startServer(folder.path(), heap);
        Child floor = startFloor(other.path())) {
      Side side = new Side(URI.create(system.awaitUrl()), () -> fresh(LATER));
      Side bare = new Side(URI.create(floor.awaitUrl()), () -> fresh("/new"));
      compare("new image of 30 KB", MANY, side, bare);
      compare("new image of 30 KB", 1, side, bare);
    }
  }

  private void mixed() throws IOException, InterruptedException {
    try (ScratchFolder folder = ScratchFolder.create();
        Child system = Child.startServer(folder.path(), heap)) {
      URI url = URI.create(system.awaitUrl());
      Supplier<Driver.Requests> uploads = () -> fresh(LATER);
      seed(url, large());
      Driver.closed(url, MANY, warmUp, uploads);
      double max = Driver.closed(url, MANY, time, uploads).perSecond();
      queue(url, 2 * warmUp.toSeconds() * 30);
      awaitEmptyQueue(url);
      List<Double> slower = new ArrayList<>();
      List<Double> classified = new ArrayList<>();
      for (int round = 1; round <= rounds; round++) {
        Driver.Result alone = Driver.open(url, 2 * MANY, max / 2, time, uploads);
        queue(url, 3 * time.toSeconds() * 60);
        final double classifiedAlone = classified(url, time);
        long before = deliveries(url);
        long begin = System.nanoTime();
        Driver.Result beside = Driver.open(url, 2 * MANY, max / 2, time, uploads);
        final double classifiedBeside =
            (deliveries(url) - before) / ((System.nanoTime() - begin) / 1e9);
        awaitEmptyQueue(url);
        slower.add(beside.millis(99) / alone.millis(99));
        classified.add(classifiedBeside / classifiedAlone);
        Figures.print(
            "round %d: %.0f of %.0f uploads/s; p50 %.2f ms, p99 %.2f ms alone; p50 %.2f ms, p99 %.2f"
                + " ms beside classification, %.0f uploads/s; %.1f classified a second, %.1f alone",
            round,
            max / 2,
            max,
            alone.millis(50),
            alone.millis(99),
            beside.millis(50),
            beside.millis(99),
            beside.perSecond(),
            classifiedBeside,
            classifiedAlone);
      }
      Figures.printRounds("p99 of uploads beside classification : alone", slower, "");
      Figures.printRounds("classification beside uploads : alone", classified, "");
    }
  }

  private void start() throws IOException, InterruptedException {
    String present = System.getProperty("java.class.path");
    List<Double> now = new ArrayList<>();
    List<Double> before = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      if (round % 2 == 0) {
        now.add(untilAccepted(present));
      }
      if (!otherClassPath.isEmpty()) {
        before.add(untilAccepted(otherClassPath));
      }
      if (round % 2 == 1) {
        now.add(untilAccepted(present));
      }
    }
    Figures.printRounds("start to the first accepted image", now, "s");
    if (!before.isEmpty()) {
      Figures.printRounds("the build before", before, "s");
      Figures.print("ratio of the medians %.2f", Figures.median(now) / Figures.median(before));
    }
  }

  private double untilAccepted(String classPath) throws IOException, InterruptedException {
    byte[] request = fresh("/v1/images").next();
    long begin = System.nanoTime();
    try (ScratchFolder folder = ScratchFolder.create();
        Child system = Child.startServer(folder.path(), heap, classPath);
        Connection connection = new Connection(URI.create(system.awaitUrl()))) {
      int status = connection.send(request);
      if (status != 202) {
        throw new IOException("status " + status);
      }
      return (System.nanoTime() - begin) / 1e9;
    }
  }

  /**
   * One of the servers that are compared.
   *
   * @param requests what is sent to it, for each connection
   */
  private record Side(URI url, Supplier<Driver.Requests> requests) {
    Driver.Result load(int connections, Duration time) throws IOException, InterruptedException {
      return Driver.closed(url, connections, time, requests);
    }
  }

  private void compare(String name, int connections, Side side, Side other)
      throws IOException, InterruptedException {
    if (!warmUp.isZero()) {
      side.load(connections, warmUp);
      other.load(connections, warmUp);
    }
    List<Double> rates = new ArrayList<>();
    List<Double> otherRates = new ArrayList<>();
    List<Double> ratios = new ArrayList<>();
    List<Double> tails = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      Driver.Result first = (round % 2 == 0 ? side : other).load(connections, time);
      Driver.Result second = (round % 2 == 0 ? other : side).load(connections, time);
      Driver.Result ours = round % 2 == 0 ? first : second;
      Driver.Result theirs = round % 2 == 0 ? second : first;
      rates.add(ours.perSecond());
      otherRates.add(theirs.perSecond());
      ratios.add(ours.perSecond() / theirs.perSecond());
      tails.add(tail(ours) / tail(theirs));
      Figures.print(
          "  p50 %.2f ms, p99 %.2f ms; the other side p50 %.2f ms, p99 %.2f ms",
          ours.millis(50), ours.millis(99), theirs.millis(50), theirs.millis(99));
    }
    String of = name + ", " + connections + " connections";
    Figures.printRounds(of, rates, "/s");
    Figures.printRounds("  the other side", otherRates, "/s");
    Figures.printRounds("  ratio of the rates", ratios, "");
    Figures.printRounds("  p99/p50 : that of the other side", tails, "");
  }

  private static double tail(Driver.Result result) {
    return result.millis(99) / result.millis(50);
  }

  private Child startFloor(Path folder) throws IOException {
    return Child.start(
        heap,
        Map.of(),
        folder.resolve("floor.log"),
        BareServer.class.getName(),
        folder.toString());
  }

  private static List<byte[]> small() {
    Photos photos = Photos.small();
    return IntStream.range(0, KNOWN).mapToObj(photos::photo).toList();
  }

  private static List<byte[]> large() {
    Photos photos = Photos.ofSample();
    return IntStream.range(0, KNOWN).mapToObj(i -> photos.photo(i, LARGE)).toList();
  }

  /** Uploads images and waits until they are classified. */
  private void seed(URI url, List<byte[]> photos) throws IOException, InterruptedException {
    ImageClient images = new ImageClient(url.toString(), http);
    for (byte[] photo : photos) {
      images.awaitFinished(images.send(photo).hash().orElseThrow(), TIMEOUT);
    }
  }

  private void queue(URI url, long count) throws IOException {
    byte[] photo = Photos.ofSample().photo(0);
    try (Connection connection = new Connection(url)) {
      for (long i = 0; i < count; i++) {
        Photos.renumber(photo, number.incrementAndGet());
        int status = connection.send(Connection.request("POST", "/v1/images", photo));
        if (status != 202) {
          throw new IOException("status " + status);
        }
      }
    }
  }

  private void awaitEmptyQueue(URI url) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + TIMEOUT.toNanos();
    while (!get(url, "/v1/images?status=queued&page_size=1").contains("\"images\":[]")
        || !get(url, "/v1/images?status=processing&page_size=1").contains("\"images\":[]")) {
      if (System.nanoTime() - deadline > 0) {
        throw new IOException("images still wait after " + TIMEOUT);
      }
      TimeUnit.MILLISECONDS.sleep(100);
    }
  }

  private double classified(URI url, Duration time) throws IOException, InterruptedException {
    long before = deliveries(url);
    long begin = System.nanoTime();
    TimeUnit.NANOSECONDS.sleep(time.toNanos());
    return (deliveries(url) - before) / ((System.nanoTime() - begin) / 1e9);
  }

  private long deliveries(URI url) throws IOException, InterruptedException {
    long all = 0;
    Matcher line = CLASSIFIED.matcher(get(url, "/metrics"));
    while (line.find()) {
      all += (long) Double.parseDouble(line.group(1));
    }
    return all;
  }

  private String get(URI url, String path) throws IOException, InterruptedException {
    return client
        .send(
            HttpRequest.newBuilder(url.resolve(path)).build(), HttpResponse.BodyHandlers.ofString())
        .body();
  }

  private static List<byte[]> posts(String target, List<byte[]> bodies) {
    return bodies.stream().map(body -> Connection.request("POST", target, body)).toList();
  }

  private static Driver.Requests inTurn(List<byte[]> requests) {
    int[] next = {0};
    return () -> requests.get(next[0]++ % requests.size());
  }

  /** Images that no other request has, made in place. */
  private Driver.Requests fresh(String target) {
    byte[] photo = Photos.small().photo(0);
    byte[] request = Connection.request("POST", target, photo);
    return () -> {
      Photos.renumber(request, request.length - photo.length, number.incrementAndGet());
      return request;
    };
  }
}
