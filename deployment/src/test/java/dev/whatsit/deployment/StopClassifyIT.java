package dev.whatsit.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.whatsit.emulators.Emulator;
import dev.whatsit.emulators.junit.EmulatorExtension;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Stops deployed classify functions with SIGTERM, each during its first classifications. */
class StopClassifyIT {
  @RegisterExtension static final EmulatorExtension PUBSUB = EmulatorExtension.of(Emulator.PUB_SUB);

  @RegisterExtension
  static final EmulatorExtension FIRESTORE = EmulatorExtension.of(Emulator.FIRESTORE);

  private static final int STOPS = 3;
  private static final int IMAGES = 6;
  private static final int MAX_TRIES = 5;
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration GRACE = Duration.ofSeconds(30);
  private static final int TERMINATED = 128 + 15;

  static List<Platform> platforms() {
    return Platform.all();
  }

  /** ONNX Runtime released its environment during inference, and the process crashed: exit 134. */
  @ParameterizedTest
  @MethodSource("platforms")
  void terminate_duringFirstClassifications_finishesThem(Platform platform, @TempDir Path folder)
      throws Exception {
    try (DeployedSystem system =
        DeployedSystem.open(
            platform.machine(List.of("-Xmx384m")),
            PUBSUB.hostPort(),
            FIRESTORE.hostPort(),
            folder)) {
      FunctionProcess upload = system.runUpload();
      FunctionProcess status = system.runStatus();
      List<String> hashes = new ArrayList<>();
      List<JsonObject> undelivered = new ArrayList<>();
      for (int stop = 0; stop < STOPS; stop++) {
        for (int i = 0; i < IMAGES; i++) {
          byte[] picture = GeneratedImage.bytes(IMAGES * stop + i);
          HttpResponse<String> accepted = upload(upload, picture);
          assertThat(accepted.statusCode()).as(accepted.body()).isEqualTo(202);
          JsonObject image = Http.json(accepted);
          hashes.add(image.get("image_hash").getAsString());
          undelivered.add(DeployedSystem.attributesOf(image));
        }
        FunctionProcess classify = system.runClassify();
        Map<JsonObject, CompletableFuture<HttpResponse<String>>> deliveries =
            deliver(classify, undelivered);
        awaitClaimed(status, hashes.get(hashes.size() - 1));

        assertThat(classify.stop(GRACE)).isTrue();

        assertThat(classify.exitCode()).as(classify.printed()).isEqualTo(TERMINATED);
        deliveries.forEach(
            (attributes, delivery) -> {
              if (isAcknowledged(delivery)) {
                undelivered.remove(attributes);
              }
            });
      }
      deliver(system.runClassify(), undelivered);
      for (String hash : hashes) {
        JsonObject image = DeployedSystem.await(status, hash);
        assertThat(image.get("status").getAsString()).isEqualTo("success");
        assertThat(image.get("attempts").getAsInt()).isEqualTo(1);
      }
    }
  }

  /** Retries while an emulator that has just started exceeds a call's deadline. */
  private static HttpResponse<String> upload(FunctionProcess upload, byte[] picture)
      throws IOException, InterruptedException {
    HttpResponse<String> response;
    int tries = 0;
    do {
      response = Http.post(upload.at("/v1/images"), "application/octet-stream", picture);
      tries++;
    } while (response.statusCode() == 503 && tries < MAX_TRIES);
    return response;
  }

  /** Pushes them as Pub/Sub does, all at the same time. */
  private static Map<JsonObject, CompletableFuture<HttpResponse<String>>> deliver(
      FunctionProcess classify, List<JsonObject> messages) {
    Map<JsonObject, CompletableFuture<HttpResponse<String>>> deliveries = new LinkedHashMap<>();
    for (JsonObject attributes : messages) {
      JsonObject message = new JsonObject();
      message.addProperty("messageId", attributes.get("image_hash").getAsString());
      message.add("attributes", attributes);
      JsonObject push = new JsonObject();
      push.add("message", message);
      push.addProperty("subscription", "projects/p/subscriptions/work-push");
      deliveries.put(
          attributes,
          Http.postAsync(
              classify.at("/"),
              "application/json",
              push.toString().getBytes(StandardCharsets.UTF_8)));
    }
    return deliveries;
  }

  /** Waits until an image's work has begun: its classification comes next. */
  private static void awaitClaimed(FunctionProcess status, String hash)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    // Without pauses: the first classifications take less than a second.
    while (Set.of("pending", "queued").contains(statusOf(status, hash))) {
      assertThat(System.nanoTime()).isLessThan(deadline);
    }
  }

  private static String statusOf(FunctionProcess status, String hash)
      throws IOException, InterruptedException {
    return Http.json(Http.get(status.at("/v1/images/" + hash))).get("status").getAsString();
  }

  private static boolean isAcknowledged(CompletableFuture<HttpResponse<String>> delivery) {
    return delivery
        .handle((answer, failure) -> failure == null && answer.statusCode() < 300)
        .join();
  }
}
