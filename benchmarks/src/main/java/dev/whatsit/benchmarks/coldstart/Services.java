package dev.whatsit.benchmarks.coldstart;

import com.google.cloud.vision.v1.AnnotateImageResponse;
import com.google.cloud.vision.v1.EntityAnnotation;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.whatsit.benchmarks.Photos;
import dev.whatsit.deployment.DeployedFunction;
import dev.whatsit.deployment.FunctionProcess;
import dev.whatsit.emulators.Emulator;
import dev.whatsit.emulators.RunningEmulator;
import dev.whatsit.storage.fake.FakeStorage;
import dev.whatsit.vision.fake.FakeVision;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Runs what the functions need: Google's emulators, the fakes of Cloud Storage and Vision, and
 * images in any state, which warm upload and classify functions create.
 */
final class Services implements AutoCloseable {
  private static final String PROJECT = "cold-" + UUID.randomUUID().toString().substring(0, 8);
  private static final int MAX_TRIES = 5;

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();
  private final Photos photos = Photos.ofSample();
  private final Map<String, String> settings = new HashMap<>();
  private final FunctionProcess upload;
  private final FunctionProcess classify;
  private long number;

  /**
   * Starts all of them.
   *
   * @param folder for their data and logs
   * @throws IllegalStateException if an emulator is not installed
   */
  Services(Path folder, Map<String, DeployedFunction> functions, FunctionProcess.Machine machine)
      throws IOException, InterruptedException {
    try {
      RunningEmulator pubsub = emulator(Emulator.PUB_SUB);
      RunningEmulator firestore = emulator(Emulator.FIRESTORE);
      FakeStorage storage =
          FakeStorage.start(folder.resolve("storage"), 0, InstantSource.system(), Set.of("images"));
      opened.push(storage);
      FakeVision vision = FakeVision.start();
      opened.push(vision);
      vision.respondWith(
          FakeVision.response(
              AnnotateImageResponse.newBuilder()
                  .addLabelAnnotations(
                      EntityAnnotation.newBuilder().setDescription("cat").setScore(0.9f))));
      settings.put("GOOGLE_CLOUD_PROJECT", PROJECT);
      settings.put("PUBSUB_EMULATOR_HOST", pubsub.hostPort());
      settings.put("FIRESTORE_EMULATOR_HOST", firestore.hostPort());
      settings.put("STORAGE_EMULATOR_HOST", storage.endpoint().toString());
      settings.put("VISION_ENDPOINT", vision.endpoint());
      settings.put("VISION_MONTHLY_LIMIT", "1000000");
      settings.put("IMAGE_BUCKET", "images");
      // As on the platform; without it, the JVM would look for a terminal.
      settings.put("LOG_FORMAT", "json");
      for (String topic : List.of("WORK", "DEAD_LETTER", "RESULTS", "FETCH")) {
        settings.put(topic + "_TOPIC", topic);
        createTopic(pubsub, topic);
      }
      upload = start(Start.UPLOAD_NEW, functions, machine, folder);
      classify = start(Start.CLASSIFY_VISION, functions, machine, folder);
    } catch (IOException | InterruptedException | RuntimeException e) {
      close();
      throw e;
    }
  }

  private FunctionProcess start(
      Start start,
      Map<String, DeployedFunction> functions,
      FunctionProcess.Machine machine,
      Path folder)
      throws IOException, InterruptedException {
    DeployedFunction function = start.function(functions);
    FunctionProcess process =
        FunctionProcess.start(
            machine,
            function.directory(),
            start.target(),
            start.signature(),
            start.settings(settings),
            folder);
    opened.push(process);
    return process;
  }

  private RunningEmulator emulator(Emulator emulator) {
    RunningEmulator running =
        emulator
            .start(System.getenv())
            .orElseThrow(
                () -> new IllegalStateException(emulator.component() + " is not installed"));
    opened.push(running);
    return running;
  }

  private void createTopic(RunningEmulator pubsub, String topic)
      throws IOException, InterruptedException {
    URI uri =
        URI.create("http://" + pubsub.hostPort() + "/v1/projects/" + PROJECT + "/topics/" + topic);
    HttpRequest request =
        HttpRequest.newBuilder(uri)
            .header("Content-Type", "application/json")
            .PUT(BodyPublishers.ofString("{}"))
            .build();
    expect(200, request);
  }

  /** The settings of the functions. */
  Map<String, String> settings() {
    return Map.copyOf(settings);
  }

  /** A photo that was not uploaded yet. */
  byte[] photo() {
    number++;
    return photos.photo(number);
  }

  /** Uploads a photo; its work is queued. */
  Work queued() throws IOException, InterruptedException {
    byte[] photo = photo();
    HttpRequest request =
        HttpRequest.newBuilder(upload.at("/v1/images"))
            .header("Content-Type", "image/jpeg")
            .POST(BodyPublishers.ofByteArray(photo))
            .build();
    HttpResponse<String> response = expect(202, request);
    return new Work(photo, JsonParser.parseString(response.body()).getAsJsonObject());
  }

  /** Uploads a photo and classifies it. */
  Work finished() throws IOException, InterruptedException {
    Work work = queued();
    FirstRequest event = work.event();
    HttpRequest.Builder request =
        HttpRequest.newBuilder(classify.at("/")).POST(BodyPublishers.ofByteArray(event.body()));
    event.headers().forEach(request::header);
    expect(200, request.build());
    return work;
  }

  /** Retries while an emulator on a busy machine times out. */
  private HttpResponse<String> expect(int status, HttpRequest request)
      throws IOException, InterruptedException {
    for (int tries = 1; ; tries++) {
      HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
      if (response.statusCode() == status) {
        return response;
      }
      if (response.statusCode() < 500 || tries == MAX_TRIES) {
        throw new IOException(
            request.uri() + " responded " + response.statusCode() + ": " + response.body());
      }
    }
  }

  @Override
  public void close() throws IOException {
    while (!opened.isEmpty()) {
      try {
        opened.pop().close();
      } catch (Exception e) {
        throw new IOException("not closed", e);
      }
    }
  }

  /** An image that upload has accepted. */
  static final class Work {
    private final byte[] photo;
    private final JsonObject resource;

    private Work(byte[] photo, JsonObject resource) {
      this.photo = photo;
      this.resource = resource;
    }

    byte[] photo() {
      return photo.clone();
    }

    String hash() {
      return resource.get("image_hash").getAsString();
    }

    /** Its message as Eventarc delivers it. */
    FirstRequest event() {
      JsonObject attributes = new JsonObject();
      attributes.addProperty("run", "1");
      attributes.addProperty("submitted_at", Instant.now().toString());
      for (String name : List.of("image_hash", "content_type", "size_bytes", "width", "height")) {
        attributes.addProperty(name, resource.get(name).getAsString());
      }
      String id = UUID.randomUUID().toString();
      JsonObject message = new JsonObject();
      message.addProperty("messageId", id);
      message.add("attributes", attributes);
      JsonObject data = new JsonObject();
      data.add("message", message);
      return new FirstRequest(
          "POST",
          "/",
          Map.of(
              "ce-id", id,
              "ce-specversion", "1.0",
              "ce-type", "google.cloud.pubsub.topic.v1.messagePublished",
              "ce-source", "//pubsub.googleapis.com/projects/" + PROJECT + "/topics/WORK",
              "Content-Type", "application/json"),
          data.toString().getBytes(StandardCharsets.UTF_8));
    }
  }
}
