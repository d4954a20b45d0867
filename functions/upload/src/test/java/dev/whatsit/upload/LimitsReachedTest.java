package dev.whatsit.upload;

import static dev.whatsit.upload.Pictures.hash;
import static dev.whatsit.upload.Responses.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.contracts.PortCalls;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.embedded.EmbeddedBackend;
import dev.whatsit.embedded.EmbeddedStores;
import dev.whatsit.invoker.FunctionServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Uploads while the queue or the storage is full, over HTTP. */
class LimitsReachedTest {
  @TempDir Path data;

  private final HttpClient client = HttpClient.newHttpClient();
  private final EmbeddedBackend embedded = new EmbeddedBackend();
  private final PortCalls ports = new PortCalls(embedded);
  private Map<String, String> settings;
  private EmbeddedStores stores;
  private UploadFunction function;
  private FunctionServer server;

  @BeforeEach
  void start() {
    settings = new HashMap<>(Map.of("WHATSIT_DATA", data.toString()));
    start(Map.of());
  }

  private void start(Map<String, String> more) {
    settings.putAll(more);
    stores = embedded.stores(Settings.of(settings));
    function = new UploadFunction(settings, ports);
    server = FunctionServer.serve(function);
  }

  private void restart(Map<String, String> more) throws IOException {
    server.close();
    function.close();
    embedded.close();
    start(more);
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
    function.close();
    embedded.close();
  }

  @Test
  void post_queueFull_is429AndNothingIsStored() throws Exception {
    restart(Map.of("MAX_QUEUED", "1"));
    post(Pictures.png());
    byte[] refused = Pictures.png();

    HttpResponse<String> response = post(refused);

    assertProblem(response, 429, "QUEUE_FULL");
    assertThat(response.headers().firstValue("Retry-After")).contains("5");
    assertThat(stores.images().open(hash(refused))).isEmpty();
    assertThat(stores.records().find(hash(refused), Instant.now())).isEmpty();
  }

  @Test
  void post_knownImageWhileTheQueueIsFull_isAnswered() throws Exception {
    restart(Map.of("MAX_QUEUED", "1"));
    byte[] known = Pictures.png();
    post(known);
    ports.take();

    assertThat(post(known).statusCode()).isEqualTo(202);
    assertThat(ports.take()).containsExactly("get images");

    stores.records().cancel(hash(known), Instant.now());
    assertThat(post(known).statusCode()).isEqualTo(200);
  }

  @Test
  void post_queueHasRoomAgain_isAcceptedWithinTheTimeInRetryAfter() throws Exception {
    restart(Map.of("MAX_QUEUED", "1"));
    byte[] first = Pictures.png();
    post(first);
    byte[] next = Pictures.png();
    assertProblem(post(next), 429, "QUEUE_FULL");

    stores.records().cancel(hash(first), Instant.now());

    HttpResponse<String> response = post(next);
    for (Instant end = Instant.now().plus(Duration.ofSeconds(30));
        response.statusCode() == 429 && Instant.now().isBefore(end);
        response = post(next)) {
      Thread.onSpinWait();
    }
    assertThat(response.statusCode()).isEqualTo(202);
  }

  @Test
  void post_manyNewImagesAtOnce_doNotPassTheLimit() throws Exception {
    restart(Map.of("MAX_QUEUED", "5"));
    List<CompletableFuture<HttpResponse<String>>> sent = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      sent.add(client.sendAsync(request(Pictures.png()), BodyHandlers.ofString()));
    }

    List<Integer> statuses = sent.stream().map(each -> each.join().statusCode()).toList();

    assertThat(Collections.frequency(statuses, 202)).isEqualTo(5);
    assertThat(Collections.frequency(statuses, 429)).isEqualTo(35);
    assertThat(stores.records().queued(40)).isEqualTo(5);
  }

  @Test
  void post_newImagesOneAfterTheOther_countsTheQueueOnce() throws Exception {
    restart(Map.of("MAX_QUEUED", "100"));
    post(Pictures.png());
    post(Pictures.png());

    assertThat(ports.take())
        .containsExactly(
            "get images",
            "count images",
            "putIfAbsent",
            "publish",
            "commit images",
            "get images",
            "putIfAbsent",
            "publish",
            "commit images");
  }

  @Test
  void post_failedUpload_takesNoPlaceInTheQueue() throws Exception {
    restart(Map.of("MAX_QUEUED", "1"));
    byte[] png = Pictures.png();
    ports.failBefore("putIfAbsent", 1);
    assertThat(post(png).statusCode()).isEqualTo(503);

    assertThat(post(png).statusCode()).isEqualTo(202);
  }

  @Test
  void post_scheduledImages_takeNoPlaceInTheQueue() throws Exception {
    restart(Map.of("MAX_QUEUED", "1"));
    String later = "/v1/images?delay_seconds=3600";
    assertThat(post(later, Pictures.png()).statusCode()).isEqualTo(202);
    assertThat(post(later, Pictures.png()).statusCode()).isEqualTo(202);

    assertThat(post(Pictures.png()).statusCode()).isEqualTo(202);

    assertProblem(post(later, Pictures.png()), 429, "QUEUE_FULL");
  }

  @Test
  void post_storageFull_is503AndNothingIsStored() throws Exception {
    byte[] stored = Pictures.png();
    post(stored);
    restart(Map.of("MAX_STORED_BYTES", Integer.toString(stored.length)));
    byte[] refused = Pictures.png();

    HttpResponse<String> response = post(refused);

    assertProblem(response, 503, "STORAGE_FULL");
    assertThat(response.headers().firstValue("Retry-After")).contains("300");
    assertThat(stores.images().open(hash(refused))).isEmpty();
    assertThat(stores.records().find(hash(refused), Instant.now())).isEmpty();
    assertThat(post(stored).statusCode()).isEqualTo(202);
  }

  private HttpRequest request(byte[] body) {
    return request("/v1/images", body);
  }

  private HttpRequest request(String target, byte[] body) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + target))
        .POST(BodyPublishers.ofByteArray(body))
        .build();
  }

  private HttpResponse<String> post(byte[] body) throws Exception {
    return post("/v1/images", body);
  }

  private HttpResponse<String> post(String target, byte[] body) throws Exception {
    return client.send(request(target, body), BodyHandlers.ofString());
  }
}
