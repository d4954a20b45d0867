package dev.whatsit.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.whatsit.emulators.Emulator;
import dev.whatsit.emulators.junit.EmulatorExtension;
import dev.whatsit.storage.fake.Call;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * Sends many images through the deployed functions: new ones, known ones, the same one twice at the
 * same moment, and every message more than once. Every image is generated, so that none must be
 * kept. Runs with {@code -Dsoak.images=500} only; the heaps are written to {@code target/soak.txt}.
 */
@EnabledIfSystemProperty(named = "soak.images", matches = "[1-9][0-9]*")
class SoakIT {
  @RegisterExtension static final EmulatorExtension PUBSUB = EmulatorExtension.of(Emulator.PUB_SUB);

  @RegisterExtension
  static final EmulatorExtension FIRESTORE = EmulatorExtension.of(Emulator.FIRESTORE);

  private static final int IMAGES = Integer.getInteger("soak.images", 0);

  /** After each round the system is idle and its heaps are measured. */
  private static final int ROUNDS = 12;

  private static final int SENDERS = 4;

  /** The maximum number of attempts to send an image that gets a retryable refusal. */
  private static final int MAX_SENDINGS = 20;

  /** Status caches its latest 4096 links, about 3 KiB each. */
  private static final double MAX_GROWTH_MIB = 16;

  private final Map<String, Integer> attempts = new ConcurrentHashMap<>();
  private final Map<String, Integer> downloads = new HashMap<>();

  @Test
  void images_many_areEachClassifiedOnceAndHeapsStayLevel(@TempDir Path folder) throws Exception {
    Map<String, List<Double>> heaps = new TreeMap<>();
    ExecutorService senders = Executors.newFixedThreadPool(SENDERS);
    try (DeployedSystem system =
        DeployedSystem.open(
            Platform.standard().machine("-Xmx256m", "-XX:+UseSerialGC"),
            PUBSUB.hostPort(),
            FIRESTORE.hostPort(),
            folder)) {
      FunctionProcess upload = system.runUpload();
      FunctionProcess status = system.runStatus();
      FunctionProcess classify = system.runClassify();
      // Two subscriptions, so that every message is delivered twice at nearly the same moment.
      system.push("work", "work-push", classify.at("/"));
      system.push("work", "work-push-again", classify.at("/"));
      system.keep("dead-letters", "dead-letters-kept");
      for (int round = 0; round < ROUNDS; round++) {
        List<Callable<Void>> images = new ArrayList<>();
        for (int i = imagesAfter(round); i < imagesAfter(round + 1); i++) {
          int number = i;
          images.add(
              () -> {
                sendAndAwait(system, upload, status, number);
                return null;
              });
        }
        for (Future<Void> image : senders.invokeAll(images)) {
          image.get();
        }
        countDownloads(system);
        for (Map.Entry<String, FunctionProcess> function :
            Map.of("upload", upload, "status", status, "classify", classify).entrySet()) {
          heaps
              .computeIfAbsent(function.getKey(), key -> new ArrayList<>())
              .add(liveHeapBytes(function.getValue()) / 1024.0 / 1024.0);
        }
      }
      assertThat(system.pull("dead-letters-kept")).isEmpty();
    } finally {
      senders.shutdownNow();
    }

    Files.writeString(Path.of("target", "soak.txt"), "MiB of live heap by round: " + heaps + "\n");
    assertThat(attempts).hasSize(IMAGES);
    attempts.forEach((hash, count) -> assertThat(downloads.get(hash)).as(hash).isBetween(1, count));
    heaps.forEach(
        (function, curve) -> assertThat(growth(curve)).as(function).isLessThan(MAX_GROWTH_MIB));
  }

  private static int imagesAfter(int rounds) {
    return (int) ((long) IMAGES * rounds / ROUNDS);
  }

  /** From the maximum in the first third to the minimum in the last third. */
  private static double growth(List<Double> curve) {
    int third = curve.size() / 3;
    return Collections.min(curve.subList(curve.size() - third, curve.size()))
        - Collections.max(curve.subList(0, third));
  }

  /** The bytes of all objects in a function's heap after a full collection. */
  private static long liveHeapBytes(FunctionProcess function) throws IOException {
    String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    Process histogram =
        new ProcessBuilder(jcmd, Long.toString(function.pid()), "GC.class_histogram").start();
    String printed = new String(histogram.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    Matcher total = Pattern.compile("(?m)^Total +[0-9]+ +([0-9]+)").matcher(printed);
    assertThat(total.find()).as(printed).isTrue();
    return Long.parseLong(total.group(1));
  }

  private void sendAndAwait(
      DeployedSystem system, FunctionProcess upload, FunctionProcess status, int number)
      throws Exception {
    byte[] bytes = GeneratedImage.bytes(number);
    CompletableFuture<HttpResponse<String>> twin =
        number % 7 == 6
            ? Http.postAsync(upload.at("/v1/images"), Http.BYTES, bytes)
            : new CompletableFuture<>();
    JsonObject image = send(upload, bytes);
    if (number % 7 == 6) {
      assertThat(twin.get().statusCode()).isIn(200, 202, 503);
    }
    if (number % 10 == 3) {
      system.publish("work", DeployedSystem.attributesOf(image));
    }
    if (number % 5 == 4) {
      // One that is finished or, at the beginning, in progress.
      send(upload, GeneratedImage.bytes(number / 2));
    }
    String hash = image.get("image_hash").getAsString();
    JsonObject finished = DeployedSystem.await(status, hash);
    assertThat(finished.get("status").getAsString()).isEqualTo("success");
    assertThat(finished.get("run").getAsInt()).isEqualTo(1);
    assertThat(attempts.put(hash, finished.get("attempts").getAsInt())).isNull();
  }

  /** Sends an image until it is accepted, as a client does. */
  private static JsonObject send(FunctionProcess upload, byte[] bytes) throws Exception {
    HttpResponse<String> answer = Http.post(upload.at("/v1/images"), Http.BYTES, bytes);
    for (int i = 1; answer.statusCode() == 503 && i < MAX_SENDINGS; i++) {
      TimeUnit.SECONDS.sleep(answer.headers().firstValueAsLong("Retry-After").orElse(1));
      answer = Http.post(upload.at("/v1/images"), Http.BYTES, bytes);
    }
    assertThat(answer.statusCode()).as(answer.body()).isIn(200, 202);
    return Http.json(answer);
  }

  private void countDownloads(DeployedSystem system) {
    for (Call call : system.storage().calls()) {
      if (call.action() == Call.Action.DOWNLOAD) {
        String name = call.target().substring(call.target().length() - 64);
        downloads.merge(name, 1, Integer::sum);
      }
    }
    system.storage().forgetCalls();
  }
}
