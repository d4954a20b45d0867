package dev.whatsit.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.whatsit.emulators.Emulator;
import dev.whatsit.emulators.junit.EmulatorExtension;
import dev.whatsit.storage.fake.FakeStorage;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * The deployed functions together, each a process of its own, on Google's emulators of Pub/Sub and
 * Firestore and the fake of Cloud Storage. Pub/Sub itself delivers the events.
 */
class DeployedSystemIT {
  @RegisterExtension static final EmulatorExtension PUBSUB = EmulatorExtension.of(Emulator.PUB_SUB);

  @RegisterExtension
  static final EmulatorExtension FIRESTORE = EmulatorExtension.of(Emulator.FIRESTORE);

  private static final String PROJECT = "deployed-" + UUID.randomUUID().toString().substring(0, 8);
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private static final Path PHOTO = Path.of("..", "local", "samples", "cat.jpg");

  private static final FunctionProcess.Platform PLATFORM =
      FunctionProcess.Platform.running(Path.of("target", "invoker", "java-function-invoker.jar"));

  private static final Deque<AutoCloseable> OPENED = new ArrayDeque<>();
  private static FunctionProcess upload;
  private static FunctionProcess status;
  private static FunctionProcess classify;
  private static FunctionProcess classifyEvents;
  private static FunctionProcess control;
  private static FunctionProcess sweep;

  @BeforeAll
  static void start(@TempDir Path folder) throws Exception {
    FakeStorage storage =
        FakeStorage.start(folder.resolve("storage"), 0, InstantSource.system(), Set.of("images"));
    OPENED.push(storage);
    Map<String, String> settings = new HashMap<>();
    settings.put("GOOGLE_CLOUD_PROJECT", PROJECT);
    settings.put("PUBSUB_EMULATOR_HOST", PUBSUB.hostPort());
    settings.put("FIRESTORE_EMULATOR_HOST", FIRESTORE.hostPort());
    settings.put("STORAGE_EMULATOR_HOST", storage.endpoint().toString());
    settings.put("IMAGE_BUCKET", "images");
    settings.put("WORK_TOPIC", "work");
    settings.put("DEAD_LETTER_TOPIC", "dead-letters");
    settings.put("CLASSIFIER", "onnx");
    create("topics/work", new JsonObject());
    create("topics/dead-letters", new JsonObject());
    upload = run("upload", "dev.whatsit.upload.UploadFunction", "http", settings, folder);
    status = run("status", "dev.whatsit.status.StatusFunction", "http", settings, folder);
    classify =
        run("classify", "dev.whatsit.classify.ClassifyPushFunction", "http", settings, folder);
    classifyEvents =
        run("classify", "dev.whatsit.classify.ClassifyFunction", "cloudevent", settings, folder);
    control = run("control", "dev.whatsit.control.ControlFunction", "http", settings, folder);
    sweep = run("sweep", "dev.whatsit.sweep.SweepFunction", "http", settings, folder);
    FunctionProcess deadLetter =
        run(
            "dead-letter",
            "dev.whatsit.deadletter.DeadLetterPushFunction",
            "http",
            settings,
            folder);
    subscribe("work", classify.at("/"));
    subscribe("dead-letters", deadLetter.at("/"));
  }

  @AfterAll
  static void stop() throws Exception {
    while (!OPENED.isEmpty()) {
      OPENED.pop().close();
    }
  }

  @Test
  void upload_photo_isClassifiedByTheDeliveryOfPubSub() throws Exception {
    byte[] photo = Files.readAllBytes(PHOTO);

    JsonObject finished = await(submit(photo));

    assertThat(finished.get("status").getAsString()).isEqualTo("success");
    assertThat(finished.getAsJsonArray("annotations").get(0).getAsJsonObject().get("label"))
        .hasToString("\"cat\"");
    HttpResponse<byte[]> content =
        CLIENT.send(
            HttpRequest.newBuilder(URI.create(finished.get("image_url").getAsString())).build(),
            HttpResponse.BodyHandlers.ofByteArray());
    assertThat(content.statusCode()).isEqualTo(200);
    assertThat(content.body()).isEqualTo(photo);
  }

  @Test
  void upload_knownPhoto_isAnsweredWithItsResult() throws Exception {
    byte[] photo = withComment("known");
    String hash = submit(photo);
    await(hash);

    HttpResponse<String> again = post(upload.at("/v1/images"), "image/jpeg", photo);

    assertThat(again.statusCode()).isEqualTo(200);
    assertThat(json(again).get("image_hash").getAsString()).isEqualTo(hash);
  }

  @Test
  void upload_noImage_isRefusedWithAProblem() throws Exception {
    HttpResponse<String> refused =
        post(upload.at("/"), "image/jpeg", "no image".getBytes(StandardCharsets.UTF_8));

    assertThat(refused.statusCode()).isEqualTo(415);
    assertThat(refused.headers().firstValue("Content-Type")).hasValue("application/problem+json");
  }

  @Test
  void retry_finishedImage_isClassifiedAgain() throws Exception {
    String hash = submit(withComment("retried"));
    await(hash);

    HttpResponse<String> retried =
        post(control.at("/v1/images/" + hash + ":retry"), "application/json", new byte[0]);

    assertThat(retried.statusCode()).isEqualTo(202);
    assertThat(await(hash).get("status").getAsString()).isEqualTo("success");
  }

  @Test
  void classify_eventOfEventarc_createsTheRecordThatIsMissing() throws Exception {
    JsonObject finished = await(submit(withComment("event")));
    String hash = finished.get("image_hash").getAsString();
    JsonObject attributes = new JsonObject();
    attributes.addProperty("image_hash", hash);
    attributes.addProperty("run", "1");
    attributes.addProperty("content_type", finished.get("content_type").getAsString());
    attributes.addProperty("size_bytes", finished.get("size_bytes").getAsString());
    attributes.addProperty("width", finished.get("width").getAsString());
    attributes.addProperty("height", finished.get("height").getAsString());
    attributes.addProperty("submitted_at", finished.get("created_at").getAsString());
    JsonObject message = new JsonObject();
    message.addProperty("messageId", "repeated");
    message.add("attributes", attributes);
    JsonObject data = new JsonObject();
    data.add("message", message);

    HttpResponse<String> answer =
        CLIENT.send(
            HttpRequest.newBuilder(classifyEvents.at("/"))
                .header("ce-id", "repeated")
                .header("ce-specversion", "1.0")
                .header("ce-type", "google.cloud.pubsub.topic.v1.messagePublished")
                .header("ce-source", "//pubsub.googleapis.com/projects/p/topics/work")
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(data.toString()))
                .build(),
            HttpResponse.BodyHandlers.ofString());

    assertThat(answer.statusCode()).as(classifyEvents.printed()).isBetween(200, 204);
    assertThat(await(hash).get("attempts").getAsInt()).isEqualTo(1);
  }

  @Test
  void sweep_called_answersWithWhatItFound() throws Exception {
    HttpResponse<String> swept = post(sweep.at("/"), "application/json", new byte[0]);

    assertThat(swept.statusCode()).as(sweep.printed()).isEqualTo(200);
    assertThat(json(swept).get("failed").getAsInt()).isZero();
  }

  @Test
  void ready_everyFunction_reachesItsParts() throws Exception {
    for (FunctionProcess function :
        new FunctionProcess[] {upload, status, classify, control, sweep}) {
      HttpResponse<String> ready = get(function.at("/health/ready"));
      assertThat(ready.statusCode()).as(ready.body()).isEqualTo(200);
    }
  }

  @Test
  void start_classifyThatWasToldNothing_namesEverythingThatItNeeds(@TempDir Path folder) {
    DeployedFunction function =
        DeployedFunction.allIn(Path.of("..", "functions"))
            .filter(f -> f.name().equals("classify"))
            .findAny()
            .orElseThrow();

    assertThatThrownBy(
            () ->
                FunctionProcess.start(
                        PLATFORM,
                        function.directory(),
                        "dev.whatsit.classify.ClassifyFunction",
                        "cloudevent",
                        Map.of(),
                        folder)
                    .close())
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll(
            "GOOGLE_CLOUD_PROJECT is not set",
            "IMAGE_BUCKET is not set",
            "WORK_TOPIC is not set",
            "DEAD_LETTER_TOPIC is not set",
            "CLASSIFIER is not set");
  }

  private static FunctionProcess run(
      String name, String target, String signature, Map<String, String> settings, Path folder)
      throws IOException, InterruptedException {
    DeployedFunction function =
        DeployedFunction.allIn(Path.of("..", "functions"))
            .filter(f -> f.name().equals(name))
            .findAny()
            .orElseThrow();
    FunctionProcess process =
        FunctionProcess.start(PLATFORM, function.directory(), target, signature, settings, folder);
    OPENED.push(process);
    return process;
  }

  private static void subscribe(String topic, URI endpoint) throws Exception {
    JsonObject push = new JsonObject();
    push.addProperty("pushEndpoint", endpoint.toString());
    JsonObject subscription = new JsonObject();
    subscription.addProperty("topic", "projects/" + PROJECT + "/topics/" + topic);
    subscription.add("pushConfig", push);
    subscription.addProperty("ackDeadlineSeconds", 180);
    create("subscriptions/" + topic + "-push", subscription);
  }

  /** By the REST API that the emulator serves too. */
  private static void create(String path, JsonObject body) throws Exception {
    URI uri = URI.create("http://" + PUBSUB.hostPort() + "/v1/projects/" + PROJECT + "/" + path);
    HttpResponse<String> made =
        CLIENT.send(
            HttpRequest.newBuilder(uri)
                .header("Content-Type", "application/json")
                .PUT(BodyPublishers.ofString(body.toString()))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(made.statusCode()).as(made.body()).isEqualTo(200);
  }

  private static String submit(byte[] photo) throws Exception {
    HttpResponse<String> accepted = post(upload.at("/v1/images"), "image/jpeg", photo);
    assertThat(accepted.statusCode()).as(accepted.body() + upload.printed()).isEqualTo(202);
    return json(accepted).get("image_hash").getAsString();
  }

  private static JsonObject await(String hash) throws Exception {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      HttpResponse<String> answer = get(status.at("/v1/images/" + hash));
      if (answer.statusCode() == 200) {
        return json(answer);
      }
      if (System.nanoTime() > deadline) {
        throw new AssertionError(
            hash + " is not finished: " + answer.body() + "\n" + classify.printed());
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }

  /** The photo with a comment segment, so that its bytes are others. */
  private static byte[] withComment(String word) throws IOException {
    byte[] photo = Files.readAllBytes(PHOTO);
    byte[] comment = word.getBytes(StandardCharsets.UTF_8);
    byte[] other = new byte[photo.length + 4 + comment.length];
    System.arraycopy(photo, 0, other, 0, 2);
    other[2] = (byte) 0xff;
    other[3] = (byte) 0xfe;
    other[4] = 0;
    other[5] = (byte) (comment.length + 2);
    System.arraycopy(comment, 0, other, 6, comment.length);
    System.arraycopy(photo, 2, other, 6 + comment.length, photo.length - 2);
    return other;
  }

  private static HttpResponse<String> post(URI uri, String type, byte[] body) throws Exception {
    BodyPublisher content = BodyPublishers.ofByteArray(body);
    return CLIENT.send(
        HttpRequest.newBuilder(uri).header("Content-Type", type).POST(content).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private static HttpResponse<String> get(URI uri) throws Exception {
    return CLIENT.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
  }

  private static JsonObject json(HttpResponse<String> answer) {
    return JsonParser.parseString(answer.body()).getAsJsonObject();
  }
}
