package dev.whatsit.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.whatsit.deployment.Memory.Sample;
import dev.whatsit.emulators.Emulator;
import dev.whatsit.emulators.junit.EmulatorExtension;
import dev.whatsit.storage.fake.Call;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Sends many images through the deployed functions: new ones, known ones, the same one twice at the
 * same moment, and every message more than once. Every image is generated, so that none must be
 * kept. The measurements are written to {@code target/soak.txt}.
 */
class SoakIT {
  @RegisterExtension static final EmulatorExtension PUBSUB = EmulatorExtension.of(Emulator.PUB_SUB);

  @RegisterExtension
  static final EmulatorExtension FIRESTORE = EmulatorExtension.of(Emulator.FIRESTORE);

  private static final int IMAGES = Integer.getInteger("soak.images", 500);

  /** After each round the system is idle and its memory is measured. */
  private static final int ROUNDS = 12;

  private static final int SENDERS = 4;

  /** The number of images that one sender sends before it waits for the results. */
  private static final int BATCH = 8;

  private static final String TYPE = "application/octet-stream";

  private static final double MEBIBYTE = 1024 * 1024;

  /**
   * The whole heap is allocated and touched at the start, so that later growth of a process is
   * outside the heap. The collector is the one that a JVM chooses on one processor.
   */
  private static final List<String> FLAGS =
      List.of("-Xms256m", "-Xmx256m", "-XX:+AlwaysPreTouch", "-XX:+UseSerialGC");

  /** The maximum number of attempts to send an image that gets a retryable refusal. */
  private static final int MAX_SENDINGS = 20;

  private static final Map<String, Finished> FINISHED = new ConcurrentHashMap<>();
  private static final Map<String, Integer> DOWNLOADS = new HashMap<>();
  private static final Map<String, List<Sample>> CURVES = new LinkedHashMap<>();
  private static DeployedSystem system;
  private static FunctionProcess upload;
  private static FunctionProcess status;
  private static FunctionProcess classify;

  private record Finished(String status, int run, int attempts) {}

  /** The log lines of classify about one image. */
  private record Told(int classified, int triedAgain, int nothingToDo) {
    static final Told NOTHING = new Told(0, 0, 0);

    Told plus(Told other) {
      return new Told(
          classified + other.classified,
          triedAgain + other.triedAgain,
          nothingToDo + other.nothingToDo);
    }
  }

  @BeforeAll
  static void sendEverything(@TempDir Path folder) throws Exception {
    system =
        DeployedSystem.open(
            Platform.standard().machine(FLAGS), PUBSUB.hostPort(), FIRESTORE.hostPort(), folder);
    upload = system.runUpload();
    status = system.runStatus();
    classify = system.runClassify();
    // Two subscriptions, so that every message is delivered twice at nearly the same moment.
    system.push("work", "work-push", classify.at("/"));
    system.push("work", "work-push-again", classify.at("/"));
    system.keep("dead-letters", "dead-letters-kept");
    Map<String, Memory> memories = new LinkedHashMap<>();
    memories.put("upload", Memory.of(upload));
    memories.put("classify", Memory.of(classify));
    memories.put("status", Memory.of(status));
    ExecutorService senders = Executors.newFixedThreadPool(SENDERS);
    long begun = System.nanoTime();
    try (SoakReport report = SoakReport.open(memories.keySet())) {
      for (int round = 0; round < ROUNDS; round++) {
        int from = imagesAfter(round);
        int to = imagesAfter(round + 1);
        sendRound(senders, from, to);
        countDownloads();
        Map<String, Sample> samples = new LinkedHashMap<>();
        for (Map.Entry<String, Memory> memory : memories.entrySet()) {
          Sample sample = memory.getValue().sample();
          samples.put(memory.getKey(), sample);
          CURVES.computeIfAbsent(memory.getKey(), name -> new ArrayList<>()).add(sample);
        }
        report.add(to, TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begun), samples);
      }
    } finally {
      senders.shutdownNow();
      for (Memory memory : memories.values()) {
        memory.close();
      }
    }
  }

  @AfterAll
  static void stop() throws Exception {
    if (system != null) {
      system.close();
    }
  }

  @Test
  void images_all_endInASuccessOfTheirFirstRun() {
    assertThat(FINISHED).hasSize(IMAGES);
    assertThat(FINISHED.values())
        .allSatisfy(
            finished -> {
              assertThat(finished.status()).isEqualTo("success");
              assertThat(finished.run()).isEqualTo(1);
            });
  }

  @Test
  void images_all_areClassifiedOnce() throws Exception {
    Map<String, Told> told = told();

    for (Map.Entry<String, Finished> finished : FINISHED.entrySet()) {
      String hash = finished.getKey();
      Told of = told.getOrDefault(hash, Told.NOTHING);
      assertThat(of.classified()).as("how often " + hash + " was classified").isEqualTo(1);
      // The first attempt, and one more for each failure in the log of classify.
      int attempts = 1 + of.triedAgain();
      assertThat(finished.getValue().attempts()).as("attempts of " + hash).isEqualTo(attempts);
      assertThat(DOWNLOADS.getOrDefault(hash, 0))
          .as("how often the bytes of " + hash + " were read")
          .isBetween(1, attempts);
    }
  }

  @Test
  void messages_thatComeAgain_doNothing() throws Exception {
    Set<String> missing = new TreeSet<>(FINISHED.keySet());
    long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
    while (!missing.isEmpty() && System.nanoTime() < deadline) {
      TimeUnit.MILLISECONDS.sleep(500);
      Map<String, Told> told = told();
      missing.removeIf(hash -> told.getOrDefault(hash, Told.NOTHING).nothingToDo() > 0);
    }

    assertThat(missing).as("images whose second messages nobody has seen").isEmpty();
  }

  @Test
  void messages_all_stayOutOfTheDeadLetters() throws Exception {
    assertThat(system.pull("dead-letters-kept")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"upload", "classify", "status"})
  void heap_ofEachFunction_staysLevel(String function) {
    // Status caches its latest 4096 links by design, about 3 KiB each.
    double allowed = function.equals("status") ? 4 + 12 : 4;

    assertThat(growth(function, Sample::liveBytes) / MEBIBYTE)
        .as("MiB more at the end than after a third; see target/soak.txt")
        .isLessThan(allowed);
  }

  @ParameterizedTest
  @ValueSource(strings = {"upload", "classify", "status"})
  void memoryOutsideTheHeap_ofEachFunction_staysLevel(String function) {
    assertThat(growth(function, Sample::residentBytes) / MEBIBYTE)
        .as("MiB more at the end than after a third; see target/soak.txt")
        .isLessThan(64);
  }

  @ParameterizedTest
  @ValueSource(strings = {"upload", "classify", "status"})
  void threads_ofEachFunction_stayAsMany(String function) {
    assertThat(growth(function, Sample::threads)).isLessThan(16);
  }

  /**
   * From the maximum in the first third to the minimum in the last third. So temporary use does not
   * count as growth, and neither does a single allocation.
   */
  private static double growth(String function, ToLongFunction<Sample> what) {
    List<Sample> curve = CURVES.getOrDefault(function, List.of());
    assertThat(curve).hasSize(ROUNDS);
    int third = ROUNDS / 3;
    long before = curve.subList(0, third).stream().mapToLong(what).max().orElseThrow();
    long after = curve.subList(ROUNDS - third, ROUNDS).stream().mapToLong(what).min().orElseThrow();
    return after - before;
  }

  private static int imagesAfter(int rounds) {
    return (int) ((long) IMAGES * rounds / ROUNDS);
  }

  private static void sendRound(ExecutorService senders, int from, int to) throws Exception {
    List<Callable<Void>> batches = new ArrayList<>();
    for (int first = from; first < to; first += BATCH) {
      int begin = first;
      int end = Math.min(first + BATCH, to);
      batches.add(
          () -> {
            sendBatch(begin, end);
            return null;
          });
    }
    for (Future<Void> batch : senders.invokeAll(batches)) {
      batch.get();
    }
  }

  private static void sendBatch(int from, int to) throws Exception {
    List<String> sent = new ArrayList<>();
    for (int i = from; i < to; i++) {
      byte[] bytes = GeneratedImage.bytes(i);
      List<CompletableFuture<HttpResponse<String>>> twins = new ArrayList<>();
      if (i % 7 == 6) {
        twins.add(Http.postAsync(upload.at("/v1/images"), TYPE, bytes));
      }
      JsonObject image = send(bytes);
      for (CompletableFuture<HttpResponse<String>> twin : twins) {
        assertThat(twin.get().statusCode()).isIn(200, 202, 503);
      }
      String hash = image.get("image_hash").getAsString();
      sent.add(hash);
      if (i % 10 == 3) {
        system.publish("work", DeployedSystem.attributesOf(image));
      }
      if (i % 5 == 4) {
        // One that is finished or, at the beginning, in progress.
        send(GeneratedImage.bytes(i / 2));
      }
    }
    for (String hash : sent) {
      JsonObject image = DeployedSystem.await(status, hash);
      Finished finished =
          new Finished(
              image.get("status").getAsString(),
              image.get("run").getAsInt(),
              image.get("attempts").getAsInt());
      assertThat(FINISHED.put(hash, finished)).as("two images with one hash").isNull();
    }
  }

  /** Sends an image until it is accepted; a client that gets a retryable refusal does so. */
  private static JsonObject send(byte[] bytes) throws Exception {
    String hash = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    HttpResponse<String> answer = Http.post(upload.at("/v1/images"), TYPE, bytes);
    for (int i = 1; answer.statusCode() == 503 && i < MAX_SENDINGS; i++) {
      TimeUnit.SECONDS.sleep(answer.headers().firstValueAsLong("Retry-After").orElse(1));
      answer = Http.post(upload.at("/v1/images"), TYPE, bytes);
    }
    assertThat(answer.statusCode()).as(answer.body()).isIn(200, 202);
    JsonObject image = Http.json(answer);
    assertThat(image.get("image_hash").getAsString()).isEqualTo(hash);
    return image;
  }

  private static void countDownloads() {
    for (Call call : system.storage().calls()) {
      if (call.action() == Call.Action.DOWNLOAD) {
        String name = call.target().substring(call.target().length() - 64);
        DOWNLOADS.merge(name, 1, Integer::sum);
      }
    }
    system.storage().forgetCalls();
  }

  private static Map<String, Told> told() throws Exception {
    Map<String, Told> told = new HashMap<>();
    for (String line : classify.printed().lines().toList()) {
      if (!line.startsWith("{")) {
        continue;
      }
      JsonObject entry = JsonParser.parseString(line).getAsJsonObject();
      JsonObject labels = entry.getAsJsonObject("logging.googleapis.com/labels");
      if (labels == null || !labels.has("image_hash")) {
        continue;
      }
      Told one =
          switch (entry.get("message").getAsString()) {
            case "classified" -> new Told(1, 0, 0);
            case "will be tried again" -> new Told(0, 1, 0);
            case "held", "nothing to do" -> new Told(0, 0, 1);
            default -> throw new AssertionError("classify had trouble: " + line);
          };
      told.merge(labels.get("image_hash").getAsString(), one, Told::plus);
    }
    return told;
  }
}
