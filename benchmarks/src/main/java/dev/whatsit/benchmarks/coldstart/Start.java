package dev.whatsit.benchmarks.coldstart;

import dev.whatsit.deployment.DeployedFunction;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** A measured cold start: a function and its first request. */
enum Start {
  /** The baseline of the others. */
  HELLO("hello", "dev.whatsit.benchmarks.coldstart.Hello", "http", 200),
  /** An upload of an image that is stored already. */
  UPLOAD_KNOWN("upload", "dev.whatsit.upload.UploadFunction", "http", 200),
  /** An image that was not uploaded yet. */
  UPLOAD_NEW("upload", "dev.whatsit.upload.UploadFunction", "http", 202),
  /** A finished image; its link is signed too. */
  STATUS("status", "dev.whatsit.status.StatusFunction", "http", 200),
  /** With Vision, the default of the deployment. */
  CLASSIFY_VISION("classify", "dev.whatsit.classify.ClassifyFunction", "cloudevent", 200),
  /** With ONNX Runtime, which loads the model into the process. */
  CLASSIFY_ONNX("classify", "dev.whatsit.classify.ClassifyFunction", "cloudevent", 200),
  /** One photo. */
  THUMBNAIL("thumbnail", "dev.whatsit.thumbnail.ThumbnailFunction", "cloudevent", 200),
  /** A retry. */
  CONTROL("control", "dev.whatsit.control.ControlFunction", "http", 202),
  /** One call. */
  SWEEP("sweep", "dev.whatsit.sweep.SweepFunction", "http", 200),
  /** One event. */
  DEAD_LETTER("dead-letter", "dev.whatsit.deadletter.DeadLetterFunction", "cloudevent", 200);

  private final String function;
  private final String target;
  private final String signature;
  private final int status;

  Start(String function, String target, String signature, int status) {
    this.function = function;
    this.target = target;
    this.signature = signature;
    this.status = status;
  }

  /** The name in options and in the table, for example {@code upload-known}. */
  String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static Start of(String word) {
    return Arrays.stream(values())
        .filter(start -> start.word().equals(word))
        .findAny()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there is no start "
                        + word
                        + ", there are "
                        + Arrays.stream(values())
                            .map(Start::word)
                            .collect(Collectors.joining(", "))));
  }

  /** The name of the deployed function. */
  String functionName() {
    return function;
  }

  /** The deployed function. */
  DeployedFunction function(Map<String, DeployedFunction> functions) {
    DeployedFunction found = functions.get(function);
    if (found == null || !Files.isDirectory(found.directory())) {
      throw new IllegalStateException(
          function + " is not packaged: run this in the phase package, with -DskipTests");
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
    all.put("CLASSIFIER", this == CLASSIFY_ONNX ? "onnx" : "vision");
    return all;
  }

  /** Creates the request, after creating the image or event that it needs. */
  FirstRequest request(Services services) throws IOException, InterruptedException {
    return switch (this) {
      case HELLO -> new FirstRequest("GET", "/", Map.of(), new byte[0]);
      case UPLOAD_KNOWN -> upload(services.finished().photo());
      case UPLOAD_NEW -> upload(services.photo());
      case STATUS ->
          new FirstRequest(
              "GET", "/v1/images/" + services.finished().hash(), Map.of(), new byte[0]);
      case CLASSIFY_VISION, CLASSIFY_ONNX, THUMBNAIL, DEAD_LETTER -> services.queued().event();
      case CONTROL ->
          new FirstRequest(
              "POST", "/v1/images/" + services.finished().hash() + ":retry", Map.of(), new byte[0]);
      case SWEEP -> new FirstRequest("POST", "/", Map.of(), new byte[0]);
    };
  }

  private static FirstRequest upload(byte[] photo) {
    return new FirstRequest("POST", "/v1/images", Map.of("Content-Type", "image/jpeg"), photo);
  }
}
