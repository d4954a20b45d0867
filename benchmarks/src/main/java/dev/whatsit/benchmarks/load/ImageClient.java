package dev.whatsit.benchmarks.load;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Executor;

/** Sends images and reads their status, one request at a time per calling thread. */
final class ImageClient {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private final Target target;
  private final HttpClient client;

  ImageClient(Target target, Executor executor) {
    this.target = target;
    this.client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(TIMEOUT)
            .executor(executor)
            .build();
  }

  /**
   * The result of an upload.
   *
   * @param status the status code
   * @param hash of the image, if it was accepted
   */
  record Sent(int status, Optional<String> hash) {
    boolean isTaken() {
      return status == 200 || status == 202;
    }
  }

  /** Sends an image. */
  Sent send(byte[] photo) throws IOException, InterruptedException {
    HttpResponse<String> response =
        client.send(
            HttpRequest.newBuilder(target.images())
                .timeout(TIMEOUT)
                .header("Content-Type", "image/jpeg")
                .POST(HttpRequest.BodyPublishers.ofByteArray(photo))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    int status = response.statusCode();
    return new Sent(
        status,
        status == 200 || status == 202
            ? Optional.of(resource(response).get("image_hash").getAsString())
            : Optional.empty());
  }

  /**
   * When an image was finished, or empty when it is not.
   *
   * @throws IOException if it was finished without a result, or is unknown
   */
  Optional<Instant> finishedAt(String hash) throws IOException, InterruptedException {
    HttpResponse<String> response =
        client.send(
            HttpRequest.newBuilder(target.image(hash)).timeout(TIMEOUT).build(),
            HttpResponse.BodyHandlers.ofString());
    if (response.statusCode() == 202) {
      return Optional.empty();
    }
    JsonObject resource = resource(response);
    if (response.statusCode() != 200 || !resource.get("status").getAsString().equals("success")) {
      throw new IOException("no result for " + hash + ": " + response.body());
    }
    return Optional.of(Instant.parse(resource.get("updated_at").getAsString()));
  }

  private static JsonObject resource(HttpResponse<String> response) {
    return JsonParser.parseString(response.body()).getAsJsonObject();
  }
}
