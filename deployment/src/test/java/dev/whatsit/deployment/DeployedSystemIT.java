package dev.whatsit.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import dev.whatsit.emulators.Emulator;
import dev.whatsit.emulators.junit.EmulatorExtension;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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
 * Firestore and the fake of Cloud Storage. Pub/Sub itself delivers the events.
 */
@ParameterizedClass
@MethodSource("platforms")
@SuppressWarnings("NullAway.Init") // NullAway does not know that start() runs before every test.
class DeployedSystemIT {
  @RegisterExtension static final EmulatorExtension PUBSUB = EmulatorExtension.of(Emulator.PUB_SUB);

  @RegisterExtension
  static final EmulatorExtension FIRESTORE = EmulatorExtension.of(Emulator.FIRESTORE);

  private static final List<String> FLAGS = List.of("-Xmx384m");
  private static final Path PHOTO = Path.of("..", "local", "samples", "cat.jpg");

  private static DeployedSystem system;
  private static FunctionProcess upload;
  private static FunctionProcess status;
  private static FunctionProcess classify;
  private static FunctionProcess classifyEvents;
  private static FunctionProcess control;
  private static FunctionProcess sweep;
  private static FunctionProcess thumbnail;
  private static FunctionProcess thumbnailEvents;
  private static FunctionProcess deadLetter;
  private static FunctionProcess deadLetterEvents;

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
            platform.machine(FLAGS), PUBSUB.hostPort(), FIRESTORE.hostPort(), folder);
    upload = system.runUpload();
    status = system.runStatus();
    classify = system.runClassify();
    classifyEvents = system.run("classify", "dev.whatsit.classify.ClassifyFunction", "cloudevent");
    control = system.run("control", "dev.whatsit.control.ControlFunction", "http");
    sweep = system.run("sweep", "dev.whatsit.sweep.SweepFunction", "http");
    thumbnail = system.run("thumbnail", "dev.whatsit.thumbnail.ThumbnailPushFunction", "http");
    thumbnailEvents =
        system.run("thumbnail", "dev.whatsit.thumbnail.ThumbnailFunction", "cloudevent");
    deadLetter = system.run("dead-letter", "dev.whatsit.deadletter.DeadLetterPushFunction", "http");
    deadLetterEvents =
        system.run("dead-letter", "dev.whatsit.deadletter.DeadLetterFunction", "cloudevent");
    system.push("work", "work-push", classify.at("/"));
    system.push("work", "thumbnail-push", thumbnail.at("/"));
    system.push("dead-letters", "dead-letters-push", deadLetter.at("/"));
  }

  @AfterParameterizedClassInvocation
  static void stop() throws Exception {
    system.close();
  }

  @Test
  void upload_photo_isClassifiedByTheDeliveryOfPubSub() throws Exception {
    byte[] photo = Files.readAllBytes(PHOTO);

    JsonObject finished = await(submit(photo));

    assertThat(finished.get("status").getAsString()).isEqualTo("success");
    assertThat(finished.getAsJsonArray("annotations").get(0).getAsJsonObject().get("label"))
        .hasToString("\"cat\"");
    HttpResponse<byte[]> content =
        Http.download(URI.create(finished.get("image_url").getAsString()));
    assertThat(content.statusCode()).isEqualTo(200);
    assertThat(content.body()).isEqualTo(photo);
  }

  @Test
  void upload_knownPhoto_isAnsweredWithItsResult() throws Exception {
    byte[] photo = withComment("known");
    String hash = submit(photo);
    await(hash);

    HttpResponse<String> again = Http.post(upload.at("/v1/images"), "image/jpeg", photo);

    assertThat(again.statusCode()).isEqualTo(200);
    assertThat(Http.json(again).get("image_hash").getAsString()).isEqualTo(hash);
  }

  @Test
  void upload_urlOfAPhoto_isFetched() throws Exception {
    String hash = submit(withComment("somewhere else"));
    JsonObject body = new JsonObject();
    body.add("source_url", await(hash).get("image_url"));

    HttpResponse<String> fetched =
        Http.post(
            upload.at("/v1/images"),
            "application/json",
            body.toString().getBytes(StandardCharsets.UTF_8));

    assertThat(fetched.statusCode()).as(fetched.body() + upload.printed()).isEqualTo(200);
    assertThat(Http.json(fetched).get("image_hash").getAsString()).isEqualTo(hash);
  }

  @Test
  void upload_photoUnderTheTypeOfAForm_isTakenAsItIs() throws Exception {
    byte[] photo = withComment("as curl sends it");

    HttpResponse<String> accepted =
        Http.post(upload.at("/v1/images?unknown=1"), "application/x-www-form-urlencoded", photo);

    assertThat(accepted.statusCode()).as(accepted.body() + upload.printed()).isEqualTo(202);
    assertThat(Http.json(accepted).get("size_bytes").getAsInt()).isEqualTo(photo.length);
  }

  @Test
  void upload_form_isTakenByItsFile() throws Exception {
    byte[] photo = withComment("in a form");
    ByteArrayOutputStream form = new ByteArrayOutputStream();
    form.writeBytes(ascii("--b\r\nContent-Disposition: form-data; "));
    form.writeBytes(ascii("name=\"img\"; filename=\"cat.jpg\"\r\n\r\n"));
    form.writeBytes(photo);
    form.writeBytes(ascii("\r\n--b--\r\n"));

    HttpResponse<String> accepted =
        Http.post(upload.at("/v1/images"), "multipart/form-data; boundary=b", form.toByteArray());

    assertThat(accepted.statusCode()).as(accepted.body() + upload.printed()).isEqualTo(202);
    assertThat(Http.json(accepted).get("size_bytes").getAsInt()).isEqualTo(photo.length);
  }

  @Test
  void status_knownRevision_isNotSentAgain() throws Exception {
    String hash = submit(withComment("unchanged"));
    awaitIllustrated(hash);
    URI image = status.at("/v1/images/" + hash);
    String etag = Http.get(image).headers().firstValue("ETag").orElseThrow();

    HttpResponse<String> again =
        Http.send(HttpRequest.newBuilder(image).header("If-None-Match", etag));

    assertThat(again.statusCode()).isEqualTo(304);
    assertThat(again.body()).isEmpty();
  }

  @Test
  void upload_noImage_isRefusedWithAProblem() throws Exception {
    HttpResponse<String> refused =
        Http.post(upload.at("/"), "image/jpeg", "no image".getBytes(StandardCharsets.UTF_8));

    assertThat(refused.statusCode()).isEqualTo(415);
    assertThat(refused.headers().firstValue("Content-Type")).hasValue("application/problem+json");
  }

  @Test
  void retry_finishedImage_isClassifiedAgain() throws Exception {
    String hash = submit(withComment("retried"));
    await(hash);

    HttpResponse<String> retried =
        Http.post(control.at("/v1/images/" + hash + ":retry"), "application/json", new byte[0]);

    assertThat(retried.statusCode()).isEqualTo(202);
    assertThat(await(hash).get("status").getAsString()).isEqualTo("success");
  }

  @Test
  void classify_eventOfEventarc_createsTheRecordThatIsMissing() throws Exception {
    JsonObject finished = await(submit(withComment("event")));
    String hash = finished.get("image_hash").getAsString();
    HttpResponse<String> answer =
        sendEvent(classifyEvents, "repeated", DeployedSystem.attributesOf(finished));

    assertThat(answer.statusCode()).as(classifyEvents.printed()).isBetween(200, 204);
    assertThat(await(hash).get("attempts").getAsInt()).isEqualTo(1);
  }

  @Test
  void thumbnail_deliveryOfPubSub_isMadeAndCanBeSeen() throws Exception {
    JsonObject image = awaitIllustrated(submit(withComment("thumbnail")));

    JsonObject small = image.getAsJsonArray("thumbnails").get(0).getAsJsonObject();
    assertThat(small.get("width").getAsInt()).isEqualTo(256);
    HttpResponse<byte[]> content = Http.download(URI.create(small.get("url").getAsString()));
    assertThat(content.statusCode()).isEqualTo(200);
    assertThat(content.headers().firstValue("Content-Type")).hasValue("image/jpeg");
    assertThat(content.body()).hasSize(small.get("size_bytes").getAsInt());
  }

  @Test
  void thumbnail_eventOfEventarc_leavesTheSame() throws Exception {
    JsonObject image = awaitIllustrated(submit(withComment("thumbnail event")));

    HttpResponse<String> answer =
        sendEvent(thumbnailEvents, "repeated", DeployedSystem.attributesOf(image));

    assertThat(answer.statusCode()).as(thumbnailEvents.printed()).isBetween(200, 204);
    assertThat(thumbnailEvents.printed()).contains("\"message\":\"thumbnails made\"");
    String hash = image.get("image_hash").getAsString();
    assertThat(awaitIllustrated(hash).getAsJsonArray("thumbnails")).hasSize(2);
  }

  @Test
  void deadLetter_ofFinishedWork_changesNothingThroughEitherDoor() throws Exception {
    JsonObject finished = await(submit(withComment("dead letter")));
    JsonObject letter = DeployedSystem.attributesOf(finished);

    system.publish("dead-letters", letter);
    HttpResponse<String> answer = sendEvent(deadLetterEvents, "late", letter);

    assertThat(answer.statusCode()).as(deadLetterEvents.printed()).isBetween(200, 204);
    String hash = finished.get("image_hash").getAsString();
    String line = "\"message\":\"dead letter of work that is over or goes on\"";
    DeployedSystem.awaitPrinted(deadLetter, line);
    assertThat(deadLetterEvents.printed()).contains(line);
    assertThat(await(hash).get("status").getAsString()).isEqualTo("success");
  }

  @Test
  void sweep_called_answersWithWhatItFound() throws Exception {
    HttpResponse<String> swept = Http.post(sweep.at("/"), "application/json", new byte[0]);

    assertThat(swept.statusCode()).as(sweep.printed()).isEqualTo(200);
    assertThat(Http.json(swept).get("failed").getAsInt()).isZero();
  }

  @Test
  void ready_everyFunction_reachesItsParts() throws Exception {
    for (FunctionProcess function :
        new FunctionProcess[] {upload, status, classify, thumbnail, control, sweep, deadLetter}) {
      HttpResponse<String> ready = Http.get(function.at("/health/ready"));
      assertThat(ready.statusCode()).as(ready.body()).isEqualTo(200);
    }
  }

  @Test
  void start_classifyThatWasToldNothing_namesEverythingThatItNeeds(@TempDir Path folder) {
    assertThatThrownBy(
            () ->
                FunctionProcess.start(
                        platform.machine(FLAGS),
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

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** As Eventarc does. */
  private static HttpResponse<String> sendEvent(
      FunctionProcess function, String id, JsonObject attributes) throws Exception {
    JsonObject message = new JsonObject();
    message.addProperty("messageId", id);
    message.add("attributes", attributes);
    JsonObject data = new JsonObject();
    data.add("message", message);
    return Http.send(
        HttpRequest.newBuilder(function.at("/"))
            .header("ce-id", id)
            .header("ce-specversion", "1.0")
            .header("ce-type", "google.cloud.pubsub.topic.v1.messagePublished")
            .header("ce-source", "//pubsub.googleapis.com/projects/p/topics/work")
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(data.toString())));
  }

  private static String submit(byte[] photo) throws Exception {
    HttpResponse<String> accepted = Http.post(upload.at("/v1/images"), "image/jpeg", photo);
    assertThat(accepted.statusCode()).as(accepted.body() + upload.printed()).isEqualTo(202);
    return Http.json(accepted).get("image_hash").getAsString();
  }

  private static JsonObject await(String hash) throws Exception {
    return DeployedSystem.await(status, hash);
  }

  /** Polls until the image is finished and has its thumbnails. */
  private static JsonObject awaitIllustrated(String hash) throws Exception {
    return DeployedSystem.await(status, hash, image -> image.has("thumbnails"));
  }

  /** The photo with a comment segment, which changes its bytes. */
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
}
