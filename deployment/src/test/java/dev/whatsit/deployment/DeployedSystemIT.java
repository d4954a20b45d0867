package dev.whatsit.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.sun.net.httpserver.HttpServer;
import dev.whatsit.emulators.Emulator;
import dev.whatsit.emulators.junit.EmulatorExtension;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The deployed functions together, each in its own process, on Google's emulators of Pub/Sub and
 * Firestore and the fake of Cloud Storage. Pub/Sub itself delivers the work. {@link TerraformIT}
 * starts every other function.
 */
@ParameterizedClass
@MethodSource("platforms")
@SuppressWarnings("NullAway.Init") // NullAway does not know that start() runs before every test.
class DeployedSystemIT {
  @RegisterExtension static final EmulatorExtension PUBSUB = EmulatorExtension.of(Emulator.PUB_SUB);

  @RegisterExtension
  static final EmulatorExtension FIRESTORE = EmulatorExtension.of(Emulator.FIRESTORE);

  private static final String HEAP = "-Xmx384m";
  private static final Path PHOTO = Path.of("..", "local", "samples", "cat.jpg");
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(30);
  private static final int TERMINATED = 128 + 15;

  private static HttpServer source;
  private static DeployedSystem system;
  private static FunctionProcess upload;
  private static FunctionProcess status;
  private static FunctionProcess classify;
  private static FunctionProcess classifyEvents;
  private static FunctionProcess thumbnail;

  private final Platform platform;

  DeployedSystemIT(Platform platform) {
    this.platform = platform;
  }

  static List<Platform> platforms() {
    return Platform.all();
  }

  @BeforeParameterizedClassInvocation
  static void start(Platform platform, @TempDir Path folder) throws Exception {
    system =
        DeployedSystem.open(
            platform.machine(HEAP), PUBSUB.hostPort(), FIRESTORE.hostPort(), folder);
    source = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    source.start();
    upload =
        system.run(
            "upload",
            "dev.whatsit.upload.UploadFunction",
            "http",
            Map.of(
                "OUTBOUND_ALLOW",
                "127.0.0.0/8",
                "OUTBOUND_PORTS",
                String.valueOf(source.getAddress().getPort())));
    status = system.runStatus();
    classify = system.runClassify();
    classifyEvents = system.run("classify", "dev.whatsit.classify.ClassifyFunction", "cloudevent");
    thumbnail = system.run("thumbnail", "dev.whatsit.thumbnail.ThumbnailPushFunction", "http");
    system.push("work", "work-push", classify.at("/"));
    system.push("work", "thumbnail-push", thumbnail.at("/"));
  }

  @AfterParameterizedClassInvocation
  static void stop() throws Exception {
    source.stop(0);
    system.close();
  }

  @Test
  void upload_photo_isClassifiedAndHasThumbnails() throws Exception {
    byte[] photo = Files.readAllBytes(PHOTO);

    JsonObject finished =
        DeployedSystem.await(status, submit(photo), image -> image.has("thumbnails"));

    assertThat(finished.get("status").getAsString()).isEqualTo("success");
    assertThat(finished.getAsJsonArray("annotations").get(0).getAsJsonObject().get("label"))
        .hasToString("\"cat\"");
    HttpResponse<byte[]> content =
        Http.download(URI.create(finished.get("image_url").getAsString()));
    assertThat(content.statusCode()).isEqualTo(200);
    assertThat(content.body()).isEqualTo(photo);
    JsonObject small = finished.getAsJsonArray("thumbnails").get(0).getAsJsonObject();
    HttpResponse<byte[]> smallContent = Http.download(URI.create(small.get("url").getAsString()));
    assertThat(smallContent.statusCode()).isEqualTo(200);
    assertThat(smallContent.body()).hasSize(small.get("size_bytes").getAsInt());
    assertThat(Http.post(upload.at("/v1/images"), "image/jpeg", photo).statusCode()).isEqualTo(200);
  }

  /** Without a Content-Type, curl declares a form. */
  @Test
  void upload_photoUnderTheTypeOfAForm_isAccepted() throws Exception {
    byte[] photo = GeneratedImage.bytes(1);

    HttpResponse<String> accepted =
        Http.post(upload.at("/v1/images?unknown=1"), "application/x-www-form-urlencoded", photo);

    assertThat(accepted.statusCode()).as(accepted.body() + upload.printed()).isEqualTo(202);
    assertThat(Http.json(accepted).get("size_bytes").getAsInt()).isEqualTo(photo.length);
  }

  @Test
  void upload_form_isAccepted() throws Exception {
    byte[] photo = GeneratedImage.bytes(2);
    ByteArrayOutputStream form = new ByteArrayOutputStream();
    String head = "--b\r\nContent-Disposition: form-data; name=\"img\"; filename=\"a.png\"\r\n\r\n";
    form.writeBytes(head.getBytes(StandardCharsets.US_ASCII));
    form.writeBytes(photo);
    form.writeBytes("\r\n--b--\r\n".getBytes(StandardCharsets.US_ASCII));

    HttpResponse<String> accepted =
        Http.post(upload.at("/v1/images"), "multipart/form-data; boundary=b", form.toByteArray());

    assertThat(accepted.statusCode()).as(accepted.body() + upload.printed()).isEqualTo(202);
    assertThat(Http.json(accepted).get("size_bytes").getAsInt()).isEqualTo(photo.length);
  }

  @Test
  void upload_urlOfAPhoto_isFetched() throws Exception {
    byte[] photo = GeneratedImage.bytes(4);
    source.createContext(
        "/",
        request -> {
          request.sendResponseHeaders(200, photo.length);
          request.getResponseBody().write(photo);
          request.close();
        });
    JsonObject body = new JsonObject();
    body.addProperty("source_url", "http://127.0.0.1:" + source.getAddress().getPort() + "/a.jpg");

    HttpResponse<String> accepted =
        Http.post(
            upload.at("/v1/images"),
            "application/json",
            body.toString().getBytes(StandardCharsets.UTF_8));

    assertThat(accepted.statusCode()).as(accepted.body() + upload.printed()).isEqualTo(202);
    assertThat(Http.json(accepted).get("size_bytes").getAsInt()).isEqualTo(photo.length);
  }

  @Test
  void classify_duplicateEventOfEventarc_changesNothing() throws Exception {
    JsonObject finished = DeployedSystem.await(status, submit(GeneratedImage.bytes(3)));

    HttpResponse<String> answer =
        Http.sendEvent(classifyEvents, "repeated", DeployedSystem.attributesOf(finished));

    assertThat(answer.statusCode()).as(classifyEvents.printed()).isBetween(200, 204);
    String hash = finished.get("image_hash").getAsString();
    assertThat(DeployedSystem.await(status, hash).get("attempts").getAsInt()).isEqualTo(1);
  }

  @Test
  void classify_eventOfEventarc_createsTheRecordThatIsMissing() throws Exception {
    // Its record is in another database, and nothing is subscribed to this topic.
    FunctionProcess elsewhere =
        system.run(
            "upload",
            "dev.whatsit.upload.UploadFunction",
            "http",
            Map.of("FIRESTORE_DATABASE", "another", "WORK_TOPIC", "fetches"));
    HttpResponse<String> accepted =
        Http.post(elsewhere.at("/v1/images"), Http.BYTES, GeneratedImage.bytes(5));
    assertThat(accepted.statusCode()).as(accepted.body()).isEqualTo(202);
    JsonObject attributes = DeployedSystem.attributesOf(Http.json(accepted));
    String hash = attributes.get("image_hash").getAsString();
    assertThat(Http.get(status.at("/v1/images/" + hash)).statusCode()).isEqualTo(404);

    HttpResponse<String> answer = Http.sendEvent(classifyEvents, "first", attributes);

    assertThat(answer.statusCode()).as(classifyEvents.printed()).isBetween(200, 204);
    JsonObject finished = DeployedSystem.await(status, hash);
    assertThat(finished.get("status").getAsString()).isEqualTo("success");
    assertThat(finished.get("attempts").getAsInt()).isEqualTo(1);
  }

  @Test
  void ready_everyFunction_reachesItsParts() throws Exception {
    for (FunctionProcess function : List.of(upload, status, classify, thumbnail)) {
      HttpResponse<String> ready = Http.get(function.at("/health/ready"));
      assertThat(ready.statusCode()).as(ready.body()).isEqualTo(200);
    }
  }

  /** Regression: ONNX Runtime released its environment during inference: exit code 134. */
  @Test
  void terminate_duringTheFirstClassifications_finishesThem() throws Exception {
    // Nothing is subscribed to this topic: the test itself delivers the messages.
    FunctionProcess upload =
        system.run(
            "upload", "dev.whatsit.upload.UploadFunction", "http", Map.of("WORK_TOPIC", "fetches"));
    List<String> pushes = new ArrayList<>();
    List<URI> images = new ArrayList<>();
    for (int i = 10; i < 16; i++) {
      byte[] photo = GeneratedImage.bytes(i);
      HttpResponse<String> accepted = Http.post(upload.at("/v1/images"), Http.BYTES, photo);
      assertThat(accepted.statusCode()).as(accepted.body()).isEqualTo(202);
      JsonObject attributes = DeployedSystem.attributesOf(Http.json(accepted));
      String hash = attributes.get("image_hash").getAsString();
      images.add(status.at("/v1/images/" + hash));
      JsonObject message = new JsonObject();
      message.addProperty("messageId", hash);
      message.add("attributes", attributes);
      JsonObject push = new JsonObject();
      push.add("message", message);
      push.addProperty("subscription", "projects/p/subscriptions/work-push");
      pushes.add(push.toString());
    }
    FunctionProcess stopped = system.runClassify();
    for (String push : pushes) {
      Http.postAsync(stopped.at("/"), "application/json", push.getBytes(StandardCharsets.UTF_8));
    }
    // Without pauses: the first classifications take less than a second.
    while (statusesOf(images).stream().allMatch("queued"::equals)) {
      assertThat(stopped.isAlive()).isTrue();
    }

    assertThat(stopped.stop(STOP_TIMEOUT)).isTrue();

    assertThat(stopped.exitCode()).as(stopped.printed()).isEqualTo(TERMINATED);
    assertThat(statusesOf(images)).contains("success").isSubsetOf("success", "queued");
  }

  private static List<String> statusesOf(List<URI> images) throws Exception {
    List<String> statuses = new ArrayList<>();
    for (URI image : images) {
      statuses.add(Http.json(Http.get(image)).get("status").getAsString());
    }
    return statuses;
  }

  @Test
  void start_classifyWithoutSettings_namesEverythingThatItNeeds(@TempDir Path folder) {
    assertThatThrownBy(
            () ->
                FunctionProcess.start(
                        platform.machine(HEAP),
                        DeployedFunction.of(DeployedSystem.FUNCTIONS, "classify").directory(),
                        "dev.whatsit.classify.ClassifyFunction",
                        "cloudevent",
                        Map.of(),
                        folder)
                    .close())
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll(
            "GOOGLE_CLOUD_PROJECT is not set",
            "IMAGE_BUCKET is not set",
            "DEAD_LETTER_TOPIC is not set",
            "RESULTS_TOPIC is not set",
            "CLASSIFIER is not set");
  }

  private static String submit(byte[] photo) throws Exception {
    HttpResponse<String> accepted = Http.post(upload.at("/v1/images"), "image/jpeg", photo);
    assertThat(accepted.statusCode()).as(accepted.body() + upload.printed()).isEqualTo(202);
    return Http.json(accepted).get("image_hash").getAsString();
  }
}
