package dev.whatsit.benchmarks.load;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * Sends images and reads their status, one request at a time per calling thread. The server must be
 * on this machine: another server may not be prepared for this load, and the driver compares
 * instants of its own and the server's clock.
 */
final class ImageClient {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final int POLL_MILLIS = 50;

  private final URI images;
  private final HttpClient client;

  /**
   * Creates a client.
   *
   * @param url for example {@code http://localhost:8080}
   * @throws IllegalArgumentException if it is not http on a loopback address
   */
  ImageClient(String url, Executor executor) throws IOException {
    URI base = URI.create(url);
    if (!"http".equals(base.getScheme())
        || base.getHost() == null
        || !InetAddress.getByName(base.getHost()).isLoopbackAddress()) {
      throw new IllegalArgumentException(
          url + " is not http on a loopback address, and nothing else is loaded");
    }
    this.images = base.resolve("/v1/images");
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
  record Sent(int status, Optional<String> hash) {}

  /** Sends an image. */
  Sent send(byte[] photo) throws IOException, InterruptedException {
    HttpResponse<String> response =
        client.send(
            HttpRequest.newBuilder(images)
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
   * Waits until an image is finished, and returns when that was.
   *
   * @throws IOException if it was finished without a result, is unknown, or on a timeout
   */
  Instant awaitFinished(String hash, Duration timeout) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    URI image = URI.create(images + "/" + hash);
    while (System.nanoTime() - deadline < 0) {
      HttpResponse<String> response =
          client.send(
              HttpRequest.newBuilder(image).timeout(TIMEOUT).build(),
              HttpResponse.BodyHandlers.ofString());
      if (response.statusCode() != 202) {
        JsonObject resource = resource(response);
        if (response.statusCode() == 200
            && resource.get("status").getAsString().equals("success")) {
          return Instant.parse(resource.get("updated_at").getAsString());
        }
        throw new IOException("no result for " + hash + ": " + response.body());
      }
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
    }
    throw new IOException("no result within " + timeout + " for " + hash);
  }

  private static JsonObject resource(HttpResponse<String> response) {
    return JsonParser.parseString(response.body()).getAsJsonObject();
  }
}
