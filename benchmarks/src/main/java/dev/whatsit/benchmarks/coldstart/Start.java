package dev.whatsit.benchmarks.coldstart;

import dev.whatsit.deployment.DeployedFunction;
import java.io.IOException;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A measured cold start: a function and its first request. */
enum Start {
  /** The baseline of the others. */
  HELLO("hello", null, Hello.class.getName(), "http", "vision", 200),
  /** An upload of an image that is stored already. */
  UPLOAD_KNOWN(
      "upload, known image", "upload", "dev.whatsit.upload.UploadFunction", "http", "vision", 200),
  /** An image that was not uploaded yet. */
  UPLOAD_NEW(
      "upload, new image", "upload", "dev.whatsit.upload.UploadFunction", "http", "vision", 202),
  /** A finished image; its link is signed too. */
  STATUS(
      "status, known image", "status", "dev.whatsit.status.StatusFunction", "http", "vision", 200),
  /** With Vision, the default of the deployment. */
  CLASSIFY_VISION(
      "classify, one event, Vision",
      "classify",
      "dev.whatsit.classify.ClassifyFunction",
      "cloudevent",
      "vision",
      200),
  /** With ONNX Runtime, which loads the model into the process. */
  CLASSIFY_ONNX(
      "classify, one event, ONNX",
      "classify",
      "dev.whatsit.classify.ClassifyFunction",
      "cloudevent",
      "onnx",
      200),
  /** One photo. */
  THUMBNAIL(
      "thumbnail, one event",
      "thumbnail",
      "dev.whatsit.thumbnail.ThumbnailFunction",
      "cloudevent",
      "vision",
      200),
  /** A retry. */
  CONTROL(
      "control, retry", "control", "dev.whatsit.control.ControlFunction", "http", "vision", 202),
  /** One call. */
  SWEEP("sweep", "sweep", "dev.whatsit.sweep.SweepFunction", "http", "vision", 200),
  /** One event. */
  DEAD_LETTER(
      "dead-letter, one event",
      "dead-letter",
      "dev.whatsit.deadletter.DeadLetterFunction",
      "cloudevent",
      "vision",
      200);

  private final String title;
  private final @Nullable String function;
  private final String target;
  private final String signature;
  private final String classifier;
  private final int status;

  Start(
      String title,
      @Nullable String function,
      String target,
      String signature,
      String classifier,
      int status) {
    this.title = title;
    this.function = function;
    this.target = target;
    this.signature = signature;
    this.classifier = classifier;
    this.status = status;
  }

  /** For the table. */
  String title() {
    return title;
  }

  /** For options, for example {@code upload-known}. */
  String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static List<String> words() {
    return List.of(values()).stream().map(Start::word).toList();
  }

  static Start of(String word) {
    return List.of(values()).stream()
        .filter(start -> start.word().equals(word))
        .findAny()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there is no start " + word + ", there are " + String.join(", ", words())));
  }

  /** The name of the deployed function. */
  String functionName() {
    return function == null ? "hello" : function;
  }

  /** The deployed function. */
  DeployedFunction function(Map<String, DeployedFunction> functions) {
    DeployedFunction found = functions.get(functionName());
    if (found == null || !Files.isDirectory(found.directory())) {
      throw new IllegalStateException(
          functionName() + " is not packaged: run this in the phase package, with -DskipTests");
    }
    return found;
  }

  String target() {
    return target;
  }

  String signature() {
    return signature;
  }

  /** The expected status of the response. */
  int status() {
    return status;
  }

  Map<String, String> settings(Map<String, String> common) {
    Map<String, String> all = new HashMap<>(common);
    all.put("CLASSIFIER", classifier);
    return all;
  }

  /** Creates the request, after creating the image or event that it needs. */
  FirstRequest request(Services services) throws IOException, InterruptedException {
    return switch (this) {
      case HELLO -> FirstRequest.get("/");
      case UPLOAD_KNOWN -> upload(services.finished().photo());
      case UPLOAD_NEW -> upload(services.photo());
      case STATUS -> FirstRequest.get("/v1/images/" + services.finished().hash());
      case CLASSIFY_VISION, CLASSIFY_ONNX, THUMBNAIL, DEAD_LETTER -> services.queued().event();
      case CONTROL ->
          FirstRequest.post(
              "/v1/images/" + services.finished().hash() + ":retry", Map.of(), new byte[0]);
      case SWEEP -> FirstRequest.post("/", Map.of(), new byte[0]);
    };
  }

  private static FirstRequest upload(byte[] photo) {
    return FirstRequest.post("/v1/images", Map.of("Content-Type", "image/jpeg"), photo);
  }
}
