package dev.whatsit.deployment;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.concurrent.CompletableFuture;

/** Sends requests as a caller of the functions does. */
final class Http {
  /** The type of an upload that is plain bytes. */
  static final String BYTES = "application/octet-stream";

  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private Http() {}

  static HttpResponse<String> post(URI uri, String type, byte[] body)
      throws IOException, InterruptedException {
    return send(posting(uri, type, body));
  }

  static CompletableFuture<HttpResponse<String>> postAsync(URI uri, String type, byte[] body) {
    return CLIENT.sendAsync(posting(uri, type, body).build(), HttpResponse.BodyHandlers.ofString());
  }

  private static HttpRequest.Builder posting(URI uri, String type, byte[] body) {
    return HttpRequest.newBuilder(uri)
        .header("Content-Type", type)
        .POST(BodyPublishers.ofByteArray(body));
  }

  static HttpResponse<String> get(URI uri) throws IOException, InterruptedException {
    return send(HttpRequest.newBuilder(uri));
  }

  static HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  /** Sends the event of a message as Eventarc does. */
  static HttpResponse<String> sendEvent(FunctionProcess function, String id, JsonObject attributes)
      throws IOException, InterruptedException {
    JsonObject message = new JsonObject();
    message.addProperty("messageId", id);
    message.add("attributes", attributes);
    JsonObject data = new JsonObject();
    data.add("message", message);
    return send(
        HttpRequest.newBuilder(function.at("/"))
            .header("ce-id", id)
            .header("ce-specversion", "1.0")
            .header("ce-type", "google.cloud.pubsub.topic.v1.messagePublished")
            .header("ce-source", "//pubsub.googleapis.com/projects/p/topics/work")
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(data.toString())));
  }

  static HttpResponse<byte[]> download(URI uri) throws IOException, InterruptedException {
    return CLIENT.send(
        HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofByteArray());
  }

  static JsonObject json(HttpResponse<String> answer) {
    return JsonParser.parseString(answer.body()).getAsJsonObject();
  }
}
