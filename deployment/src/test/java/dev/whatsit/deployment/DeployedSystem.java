package dev.whatsit.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.whatsit.storage.fake.FakeStorage;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * Runs the deployed functions upload, status and classify, each in its own process, on Google's
 * emulators of Pub/Sub and Firestore and the fake of Cloud Storage. Pub/Sub itself pushes the work
 * to classify. Tests can start other functions too. Thread-safe after the start.
 */
final class DeployedSystem implements AutoCloseable {
  static final Path FUNCTIONS = Path.of("..", "functions");

  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private final String project = "deployed-" + UUID.randomUUID().toString().substring(0, 8);
  private final FunctionProcess.Machine machine;
  private final String pubsub;
  private final Path folder;
  private final FakeStorage storage;
  private final Map<String, String> settings = new HashMap<>();
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();

  private DeployedSystem(
      FunctionProcess.Machine machine,
      String pubsub,
      String firestore,
      Path folder,
      FakeStorage storage) {
    this.machine = machine;
    this.pubsub = pubsub;
    this.folder = folder;
    this.storage = storage;
    opened.push(storage);
    settings.put("GOOGLE_CLOUD_PROJECT", project);
    settings.put("PUBSUB_EMULATOR_HOST", pubsub);
    settings.put("FIRESTORE_EMULATOR_HOST", firestore);
    settings.put("STORAGE_EMULATOR_HOST", storage.endpoint().toString());
    settings.put("IMAGE_BUCKET", "images");
    settings.put("WORK_TOPIC", "work");
    settings.put("DEAD_LETTER_TOPIC", "dead-letters");
    settings.put("RESULTS_TOPIC", "results");
    settings.put("FETCH_TOPIC", "fetches");
    settings.put("CALLBACK_SECRETS", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    settings.put("CLASSIFIER", "onnx");
  }

  /**
   * Starts the services and topics, without a function.
   *
   * @param machine the JVM of the functions
   * @param pubsub host and port of the emulator
   * @param firestore host and port of the emulator
   * @param folder for objects and logs
   */
  static DeployedSystem open(
      FunctionProcess.Machine machine, String pubsub, String firestore, Path folder)
      throws IOException, InterruptedException {
    FakeStorage storage =
        FakeStorage.start(folder.resolve("storage"), 0, InstantSource.system(), Set.of("images"));
    DeployedSystem system = new DeployedSystem(machine, pubsub, firestore, folder, storage);
    for (String topic : List.of("work", "dead-letters", "results", "fetches")) {
      system.send("PUT", "topics/" + topic, new JsonObject());
    }
    return system;
  }

  /** Starts one function and waits until it responds. */
  FunctionProcess run(String name, String entryPoint, String signature)
      throws IOException, InterruptedException {
    return run(name, entryPoint, signature, Map.of());
  }

  /** Starts one function with some other settings and waits until it responds. */
  FunctionProcess run(
      String name, String entryPoint, String signature, Map<String, String> otherSettings)
      throws IOException, InterruptedException {
    Map<String, String> all = new HashMap<>(settings);
    all.putAll(otherSettings);
    FunctionProcess process =
        FunctionProcess.start(
            machine,
            DeployedFunction.of(FUNCTIONS, name).directory(),
            entryPoint,
            signature,
            all,
            folder);
    opened.push(process);
    return process;
  }

  FunctionProcess runUpload() throws IOException, InterruptedException {
    return run("upload", "dev.whatsit.upload.UploadFunction", "http");
  }

  FunctionProcess runStatus() throws IOException, InterruptedException {
    return run("status", "dev.whatsit.status.StatusFunction", "http");
  }

  /** Starts classify with its entry point for Pub/Sub's push requests. */
  FunctionProcess runClassify() throws IOException, InterruptedException {
    return run("classify", "dev.whatsit.classify.ClassifyPushFunction", "http");
  }

  FakeStorage storage() {
    return storage;
  }

  /** Makes Pub/Sub push the messages of a topic from now on. */
  void push(String topic, String subscription, URI endpoint)
      throws IOException, InterruptedException {
    JsonObject config = new JsonObject();
    config.addProperty("pushEndpoint", endpoint.toString());
    JsonObject wanted = new JsonObject();
    wanted.addProperty("topic", "projects/" + project + "/topics/" + topic);
    wanted.add("pushConfig", config);
    wanted.addProperty("ackDeadlineSeconds", 180);
    send("PUT", "subscriptions/" + subscription, wanted);
  }

  /** Makes Pub/Sub keep the messages of a topic from now on, until they are pulled. */
  void keep(String topic, String subscription) throws IOException, InterruptedException {
    JsonObject wanted = new JsonObject();
    wanted.addProperty("topic", "projects/" + project + "/topics/" + topic);
    send("PUT", "subscriptions/" + subscription, wanted);
  }

  /** Pulls the current messages of a subscription, at most 100. */
  JsonArray pull(String subscription) throws IOException, InterruptedException {
    JsonObject wanted = new JsonObject();
    wanted.addProperty("maxMessages", 100);
    wanted.addProperty("returnImmediately", true);
    JsonArray found =
        send("POST", "subscriptions/" + subscription + ":pull", wanted)
            .getAsJsonArray("receivedMessages");
    return found == null ? new JsonArray() : found;
  }

  void publish(String topic, JsonObject attributes) throws IOException, InterruptedException {
    JsonObject message = new JsonObject();
    message.add("attributes", attributes);
    JsonArray messages = new JsonArray();
    messages.add(message);
    JsonObject wanted = new JsonObject();
    wanted.add("messages", messages);
    send("POST", "topics/" + topic + ":publish", wanted);
  }

  /** Uses the REST API, which the emulator supports too. */
  private JsonObject send(String method, String path, JsonObject body)
      throws IOException, InterruptedException {
    URI uri = URI.create("http://" + pubsub + "/v1/projects/" + project + "/" + path);
    HttpResponse<String> answer =
        Http.send(
            HttpRequest.newBuilder(uri)
                .header("Content-Type", "application/json")
                .method(method, BodyPublishers.ofString(body.toString(), StandardCharsets.UTF_8)));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return Http.json(answer);
  }

  /** The attributes of the message that upload queued for an image, derived from its resource. */
  static JsonObject attributesOf(JsonObject image) {
    JsonObject attributes = new JsonObject();
    for (String same : List.of("image_hash", "content_type", "size_bytes", "width", "height")) {
      attributes.addProperty(same, image.get(same).getAsString());
    }
    attributes.addProperty("run", "1");
    attributes.addProperty("submitted_at", image.get("created_at").getAsString());
    return attributes;
  }

  /** Polls until the image is finished. */
  static JsonObject await(FunctionProcess status, String hash)
      throws IOException, InterruptedException {
    return await(status, hash, image -> true);
  }

  /** Polls until the image is finished and its resource satisfies a condition. */
  static JsonObject await(FunctionProcess status, String hash, Predicate<JsonObject> wanted)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + TIMEOUT.toNanos();
    while (true) {
      HttpResponse<String> answer = Http.get(status.at("/v1/images/" + hash));
      if (answer.statusCode() == 200 && wanted.test(Http.json(answer))) {
        return Http.json(answer);
      }
      if (System.nanoTime() > deadline) {
        throw new AssertionError(hash + " is not finished: " + answer.body());
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }

  /** Stops the functions, then the storage. */
  @Override
  public void close() throws Exception {
    while (!opened.isEmpty()) {
      opened.pop().close();
    }
  }
}
