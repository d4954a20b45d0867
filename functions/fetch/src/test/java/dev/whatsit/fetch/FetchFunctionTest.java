package dev.whatsit.fetch;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.sun.net.httpserver.HttpServer;
import dev.whatsit.contracts.PortCalls;
import dev.whatsit.domain.batch.Batch;
import dev.whatsit.domain.batch.BatchId;
import dev.whatsit.domain.batch.BatchItem;
import dev.whatsit.domain.batch.FetchMessage;
import dev.whatsit.domain.batch.ItemKey;
import dev.whatsit.domain.batch.ItemStatus;
import dev.whatsit.domain.callback.ResultMessage;
import dev.whatsit.domain.failure.FailureCodes;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.queue.WorkMessage;
import dev.whatsit.domain.record.Claim;
import dev.whatsit.domain.record.ClaimResult;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.Outcome;
import dev.whatsit.domain.record.Status;
import dev.whatsit.domain.record.WorkError;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.embedded.Delivery;
import dev.whatsit.embedded.EmbeddedBackend;
import dev.whatsit.embedded.EmbeddedStores;
import dev.whatsit.invoker.FunctionServer;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Both entry points over HTTP, by the framework's invoker; images come from a real server. */
class FetchFunctionTest {
  private static final Instant T0 = Instant.parse("2026-11-21T08:19:44.497123Z");
  private static final Outcome FAILED =
      new Outcome.Failed(new WorkError("CORRUPT_IMAGE", "Broken.", false));

  @TempDir Path data;

  private final HttpClient client = HttpClient.newHttpClient();
  private final EmbeddedBackend embedded = new EmbeddedBackend();
  private final PortCalls ports = new PortCalls(embedded);
  private final Instant now = Instant.now();
  private final AtomicInteger fetches = new AtomicInteger();
  private HttpServer source;
  private volatile int status = 200;
  private volatile Runnable onRequest = () -> {};
  private volatile byte[] content = new byte[0];
  private volatile int missing;
  private volatile String location = "";
  private final Map<String, String> settings = new HashMap<>();
  private EmbeddedStores stores;
  private FetchFunction events;
  private FetchPushFunction pushes;
  private FunctionServer eventServer;
  private FunctionServer pushServer;

  @BeforeEach
  void start() throws IOException {
    source = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    source.createContext(
        "/",
        exchange -> {
          fetches.incrementAndGet();
          onRequest.run();
          if (!location.isEmpty()) {
            exchange.getResponseHeaders().set("Location", location);
          }
          exchange.sendResponseHeaders(status, content.length == 0 ? -1 : content.length + missing);
          try (OutputStream body = exchange.getResponseBody()) {
            body.write(content);
            body.flush();
          }
        });
    source.start();
    content = picture(7);
    settings.put("WHATSIT_DATA", data.toString());
    settings.put("OUTBOUND_ALLOW", "127.0.0.0/8");
    settings.put("OUTBOUND_PORTS", "1," + source.getAddress().getPort());
    stores = embedded.stores(Settings.of(settings));
    serve();
  }

  @AfterEach
  void stop() throws IOException {
    eventServer.close();
    pushServer.close();
    events.close();
    pushes.close();
    embedded.close();
    source.stop(0);
  }

  @Test
  void fetch_newImage_isSubmittedAndWaitedFor() throws Exception {
    ItemKey item = itemFrom(url());

    assertThat(event("m-1", item)).isEqualTo(200);

    ImageHash hash = hash(content);
    BatchItem waiting = item(item);
    assertThat(waiting.status()).isEqualTo(ItemStatus.WAITING);
    assertThat(waiting.imageHash()).isEqualTo(hash);
    assertThat(waiting.run()).isEqualTo(1);
    assertThat(waiting.fetches()).isEqualTo(1);
    ImageRecord record = record(hash);
    assertThat(record.status()).isEqualTo(Status.QUEUED);
    assertThat(record.watch()).isNotNull();
    List<Delivery> work =
        stores.workSubscription().receive(10, Duration.ofMinutes(1), Instant.now());
    assertThat(work)
        .singleElement()
        .satisfies(
            delivery ->
                assertThat(WorkMessage.fromAttributes(delivery.attributes()).image().hash())
                    .isEqualTo(hash));
    assertThat(ports.take())
        .containsExactly(
            "get batch_items",
            "commit batch_items",
            "get images",
            "putIfAbsent",
            "publish",
            "commit images",
            "get batch_items",
            "commit batch_items",
            "get images",
            "commit images");
  }

  @Test
  void fetch_push_isTheSame() throws Exception {
    ItemKey item = itemFrom(url());

    assertThat(push("m-1", item)).isEqualTo(204);

    assertThat(item(item).status()).isEqualTo(ItemStatus.WAITING);
  }

  @Test
  void fetch_imageThatIsFinal_completesTheItemAndItsBatch() throws Exception {
    ImageHash hash = queued(content);
    end(hash, FAILED);
    ItemKey item = itemFrom(url(), "https://example.org/done");

    assertThat(push("m-1", item)).isEqualTo(204);

    assertThat(item(item).status()).isEqualTo(ItemStatus.ERROR);
    assertThat(error(item).code()).isEqualTo("CORRUPT_IMAGE");
    assertThat(item(item).imageHash()).isEqualTo(hash);
    assertThat(batch(item).completedAt()).isNotNull();
    assertThat(announced()).containsExactly(item.batch().text());
  }

  @Test
  void fetch_deliveredAgain_changesNothing() throws Exception {
    ItemKey item = itemFrom(url());
    push("m-1", item);
    BatchItem before = item(item);

    assertThat(push("m-1", item)).isEqualTo(204);
    assertThat(push("m-2", item)).isEqualTo(204);

    assertThat(item(item)).isEqualTo(before);
    assertThat(fetches).hasValue(1);
  }

  @ParameterizedTest
  @CsvSource({
    "404,SOURCE_STATUS,false",
    "401,SOURCE_STATUS,false",
    "500,SOURCE_STATUS,true",
    "503,SOURCE_STATUS,true",
    "429,SOURCE_STATUS,true",
  })
  void fetch_otherStatus_isRetriedOnlyIfTemporary(int answer, String code, boolean temporary)
      throws Exception {
    status = answer;
    ItemKey item = itemFrom(url());

    int deliveries = 1;
    while (push("m-1", item) != 204) {
      deliveries++;
    }

    assertThat(deliveries).isEqualTo(temporary ? 5 : 1);
    assertThat(item(item).status()).isEqualTo(ItemStatus.ERROR);
    assertThat(error(item).code()).isEqualTo(code);
    assertThat(error(item).detail()).contains(Integer.toString(answer));
    assertThat(error(item).retryable()).isEqualTo(temporary);
    assertThat(batch(item).completedAt()).isNotNull();
  }

  @Test
  void fetch_sourceComesBack_isFetched() throws Exception {
    status = 503;
    ItemKey item = itemFrom(url());
    assertThat(push("m-1", item)).isEqualTo(503);
    assertThat(event("m-1", item)).isEqualTo(500);
    status = 200;

    assertThat(push("m-1", item)).isEqualTo(204);

    assertThat(item(item).status()).isEqualTo(ItemStatus.WAITING);
    assertThat(item(item).fetches()).isEqualTo(3);
  }

  @Test
  void fetch_serverThatNeverResponds_opensItsCircuitAndItsItemsFailInTheEnd() throws Exception {
    String dead = "http://127.0.0.1:1/";
    for (int i = 0; i < 3; i++) {
      assertThat(push("m-" + i, itemFrom(dead + i))).isEqualTo(503);
    }
    ItemKey item = itemFrom(dead + "deferred");

    // Acked: the message blocks nothing, and the sweep publishes another one.
    assertThat(push("m-4", item)).isEqualTo(204);

    assertThat(item(item).status()).isEqualTo(ItemStatus.FETCHING);
    assertThat(item(item).fetches()).isEqualTo(1);
    assertThat(requireNonNull(item(item).overdueAt()))
        .isBetween(now.plusSeconds(25), now.plusSeconds(100));
    ItemKey other = itemFrom(url());
    assertThat(push("m-5", other)).isEqualTo(204);
    assertThat(item(other).status()).isEqualTo(ItemStatus.WAITING);
    for (int i = 0; i < 4; i++) {
      assertThat(push("m-6", item)).isEqualTo(204);
    }
    assertThat(error(item).code()).isEqualTo("SOURCE_UNREACHABLE");
    assertThat(error(item).retryable()).isTrue();
    assertThat(batch(item).completedAt()).isNotNull();
  }

  @Test
  void fetch_serverThatRespondsWithErrors_keepsItsCircuitClosed() throws Exception {
    status = 503;

    for (int i = 0; i < 5; i++) {
      assertThat(push("m-" + i, itemFrom(url()))).isEqualTo(503);
    }

    assertThat(fetches).hasValue(5);
  }

  @Test
  void fetch_serverThatBreaksOffABody_keepsItsCircuitClosed() throws Exception {
    missing = 1;

    for (int i = 0; i < 5; i++) {
      assertThat(push("m-" + i, itemFrom(url()))).isEqualTo(503);
    }

    assertThat(fetches).hasValue(5);
  }

  @Test
  void fetch_serverThatRedirectsToADeadOne_keepsItsCircuitClosed() throws Exception {
    status = 302;
    location = "http://127.0.0.1:1/";

    for (int i = 0; i < 5; i++) {
      assertThat(push("m-" + i, itemFrom(url()))).isEqualTo(503);
    }

    assertThat(fetches).hasValue(5);
  }

  @Test
  void fetch_noImage_isTheItemsErrorAtOnce() throws Exception {
    content = "<html>Sign in</html>".getBytes(StandardCharsets.UTF_8);
    ItemKey item = itemFrom(url());

    assertThat(push("m-1", item)).isEqualTo(204);

    assertThat(error(item).code()).isEqualTo("SOURCE_UNSUPPORTED_FORMAT");
    assertThat(error(item).retryable()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "http://169.254.169.254/computeMetadata/v1/,SOURCE_FORBIDDEN",
    "ftp://example.org/a.jpg,SOURCE_FORBIDDEN",
  })
  void fetch_forbiddenAddress_isTheItemsErrorAtOnce(String url, String code) throws Exception {
    ItemKey item = itemFrom(url);

    assertThat(push("m-1", item)).isEqualTo(204);

    assertThat(error(item).code()).isEqualTo(code);
    assertThat(fetches).hasValue(0);
  }

  @Test
  void fetch_startedTooOften_fails() throws Exception {
    ItemKey item = itemFrom(url());
    for (int i = 0; i < 50; i++) {
      stores.batches().change(item, found -> found.fetchStarted(T0.plusSeconds(300), T0));
    }

    assertThat(push("m-1", item)).isEqualTo(204);

    assertThat(error(item).code()).isEqualTo(FailureCodes.GIVEN_UP);
    assertThat(fetches).hasValue(0);
  }

  @Test
  void fetch_refusedAfterAnotherDeliverySucceeded_itemKeepsWaiting() throws Exception {
    ImageHash hash = queued(content);
    ItemKey item = itemFrom(url());
    status = 403;
    onRequest = () -> stores.batches().change(item, found -> found.followed(record(hash), now));

    assertThat(push("m-1", item)).isEqualTo(204);

    assertThat(item(item).status()).isEqualTo(ItemStatus.WAITING);
    assertThat(batch(item).completedAt()).isNull();
  }

  @ParameterizedTest
  @CsvSource({"putIfAbsent", "publish", "commit images"})
  void fetch_portUnavailableManyTimes_isNotCountedAsAttempts(String call) throws Exception {
    ItemKey item = itemFrom(url());
    ports.failBefore(call);
    for (int i = 0; i < 60; i++) {
      assertThat(push("m-1", item)).isEqualTo(503);
    }
    ports.failBefore("");
    status = 503;
    assertThat(push("m-1", item)).isEqualTo(503);
    status = 200;

    assertThat(push("m-1", item)).isEqualTo(204);

    assertThat(item(item).status()).isEqualTo(ItemStatus.WAITING);
    assertThat(item(item).fetches()).isEqualTo(2);
  }

  @Test
  void fetch_portUnavailableForSevenDays_fails() throws Exception {
    ItemKey item = new ItemKey(BatchId.random(), 0);
    create(BatchItem.toFetch(item, "a", url(), now.minus(Duration.ofDays(7))), null);
    ports.failBefore("putIfAbsent");

    assertThat(push("m-1", item)).isEqualTo(204);

    assertThat(error(item).code()).isEqualTo(FailureCodes.GIVEN_UP);
    assertThat(error(item).retryable()).isTrue();
    assertThat(batch(item).completedAt()).isNotNull();
  }

  @Test
  void await_namedImageUnderWay_isWatched() throws Exception {
    ImageHash hash = queued(content);
    ItemKey item = itemAbout(hash);

    assertThat(push("m-1", item)).isEqualTo(204);

    assertThat(record(hash).watch()).isNotNull();
    assertThat(item(item).status()).isEqualTo(ItemStatus.WAITING);
    assertThat(ports.take()).containsExactly("get batch_items", "get images", "commit images");
  }

  @Test
  void await_imageRetriedMeanwhile_isWatchedInThatRun() throws Exception {
    ImageHash hash = queued(content);
    ItemKey item = itemAbout(hash);
    ports.before(
        "commit images",
        () -> {
          end(hash, FAILED);
          stores.records().retry(hash, T0);
        });

    assertThat(push("m-1", item)).isEqualTo(204);

    assertThat(record(hash).run()).isEqualTo(2);
    assertThat(record(hash).watch()).isNotNull();
    assertThat(item(item).status()).isEqualTo(ItemStatus.WAITING);
  }

  @Test
  void await_namedImageFinalMeanwhile_completesTheItem() throws Exception {
    ImageHash hash = queued(content);
    ItemKey item = itemAbout(hash);
    end(hash, FAILED);

    assertThat(push("m-1", item)).isEqualTo(204);

    assertThat(error(item).code()).isEqualTo("CORRUPT_IMAGE");
    assertThat(batch(item).completedAt()).isNotNull();
    assertThat(announced()).isEmpty();
  }

  @Test
  void handle_crashAfterTheLastItem_completesTheBatch() throws Exception {
    ItemKey item = itemFrom(url(), "https://example.org/done");
    stores.batches().change(item, found -> found.failed(new WorkError("X", "X.", false), T0));

    assertThat(push("m-1", item)).isEqualTo(204);

    assertThat(batch(item).completedAt()).isNotNull();
    assertThat(announced()).containsExactly(item.batch().text());
    assertThat(fetches).hasValue(0);
  }

  @ParameterizedTest
  @CsvSource({
    "get batch_items, 1",
    "commit batch_items, 1",
    "putIfAbsent, 1",
    "publish, 1",
    "commit images, 1",
    "commit images, 2"
  })
  void handle_portUnavailable_isRedeliveredAndDone(String call, int nth) throws Exception {
    ItemKey item = itemFrom(url());
    ports.failBefore(call, nth);
    assertThat(push("m-1", item)).isEqualTo(503);
    ports.failBefore("");

    assertThat(push("m-1", item)).isEqualTo(204);

    assertThat(item(item).status()).isEqualTo(ItemStatus.WAITING);
    assertThat(record(hash(content)).watch()).isNotNull();
  }

  @Test
  void handle_unknownItem_isAcknowledged() throws Exception {
    assertThat(push("m-1", new ItemKey(BatchId.random(), 0))).isEqualTo(204);
  }

  @Test
  void handle_unreadable_isDeadLettered() throws Exception {
    assertThat(push("m-9", Map.of("batch_id", "none", "item", "0"))).isEqualTo(204);

    assertThat(stores.messages().deadLetters(10))
        .singleElement()
        .satisfies(
            letter -> {
              assertThat(letter.messageId()).isEqualTo("m-9");
              assertThat(letter.reason()).contains("batch_id");
            });
  }

  @Test
  void construct_wrongSettings_namesEachOfThem() {
    assertThatThrownBy(
            () ->
                new FetchFunction(
                    Map.of(
                        "WHATSIT_DATA",
                        data.toString(),
                        "FETCH_ATTEMPTS",
                        "0",
                        "OUTBOUND_PORTS",
                        "no"),
                    embedded))
        .isInstanceOf(InvalidSettings.class)
        .hasMessageContaining("FETCH_ATTEMPTS")
        .hasMessageContaining("OUTBOUND_PORTS");
  }

  @Test
  void fetch_queueFull_waitsWithoutAskingTheSource() throws Exception {
    ImageHash first = queued(picture(1));
    ItemKey item = itemFrom(url());
    restart(Map.of("MAX_QUEUED", "1"));

    assertThat(event("m-1", item)).isEqualTo(500);
    assertThat(fetches).hasValue(0);
    assertThat(item(item).status()).isEqualTo(ItemStatus.FETCHING);
    assertThat(item(item).fetches()).isZero();

    end(first, FAILED);
    restart(Map.of());
    assertThat(event("m-1", item)).isEqualTo(200);
    assertThat(item(item).status()).isEqualTo(ItemStatus.WAITING);
  }

  // Helpers.

  private void restart(Map<String, String> more) throws IOException {
    eventServer.close();
    pushServer.close();
    events.close();
    pushes.close();
    settings.putAll(more);
    serve();
  }

  private void serve() {
    events = new FetchFunction(settings, ports);
    pushes = new FetchPushFunction(settings, ports);
    eventServer = FunctionServer.serve(events);
    pushServer = FunctionServer.serve(pushes);
  }

  private String url() {
    return "http://127.0.0.1:" + source.getAddress().getPort() + "/a.png";
  }

  private ItemKey itemFrom(String url) {
    return itemFrom(url, null);
  }

  private ItemKey itemFrom(String url, @Nullable String callbackUrl) {
    ItemKey key = new ItemKey(BatchId.random(), 0);
    create(BatchItem.toFetch(key, "a", url, now), callbackUrl);
    return key;
  }

  private ItemKey itemAbout(ImageHash hash) {
    ItemKey key = new ItemKey(BatchId.random(), 0);
    create(BatchItem.about(key, "a", hash, record(hash), T0), null);
    return key;
  }

  private void create(BatchItem item, @Nullable String callbackUrl) {
    Batch batch = Batch.of(item.key().batch(), List.of(item), callbackUrl, T0);
    stores.batches().create(batch, List.of(item), null, T0);
  }

  private BatchItem item(ItemKey key) {
    return stores.batches().item(key).orElseThrow();
  }

  private Batch batch(ItemKey key) {
    return stores.batches().find(key.batch()).orElseThrow();
  }

  private WorkError error(ItemKey key) {
    return requireNonNull(item(key).error());
  }

  private ImageRecord record(ImageHash hash) {
    return stores.records().find(hash, T0).orElseThrow();
  }

  private List<String> announced() {
    List<String> subjects = new ArrayList<>();
    for (Delivery delivery :
        stores.resultSubscription().receive(10, Duration.ofMinutes(1), Instant.now())) {
      subjects.add(ResultMessage.fromAttributes(delivery.attributes()).subject().id());
    }
    return subjects;
  }

  private ImageHash queued(byte[] bytes) {
    ImageDescription image = new ImageDescription(hash(bytes), ImageFormat.PNG, bytes.length, 8, 8);
    stores.records().createIfAbsent(ImageRecord.queued(image, "m", T0), T0);
    return image.hash();
  }

  private void end(ImageHash hash, Outcome outcome) {
    Claim claim = new Claim(record(hash).message(), "m", "t", T0, T0.plusSeconds(150));
    stores.records().finish((ClaimResult.Granted) stores.records().claim(claim), outcome, T0);
  }

  private static ImageHash hash(byte[] bytes) {
    return ImageHash.ofDigest(ImageHash.newDigest().digest(bytes));
  }

  private static byte[] picture(int colour) throws IOException {
    BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
    image.setRGB(0, 0, colour);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(image, "png", bytes);
    return bytes.toByteArray();
  }

  private int event(String id, ItemKey item) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(eventServer.uri())
            .header("Content-Type", "application/json")
            .header("ce-id", id)
            .header("ce-specversion", "1.0")
            .header("ce-type", "google.cloud.pubsub.topic.v1.messagePublished")
            .header("ce-source", "//pubsub.googleapis.com/projects/p/topics/fetches")
            .POST(
                BodyPublishers.ofString(
                    body(id, new FetchMessage(item, null).toMessage().attributes())))
            .build();
    return client.send(request, BodyHandlers.discarding()).statusCode();
  }

  private int push(String id, ItemKey item) throws Exception {
    return push(id, new FetchMessage(item, null).toMessage().attributes());
  }

  private int push(String id, Map<String, String> attributes) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + pushServer.port() + "/"))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body(id, attributes)))
            .build();
    HttpResponse<Void> response = client.send(request, BodyHandlers.discarding());
    return response.statusCode();
  }

  private static String body(String id, Map<String, String> attributes) {
    JsonObject message = new JsonObject();
    message.addProperty("messageId", id);
    message.add("attributes", new Gson().toJsonTree(attributes));
    JsonObject body = new JsonObject();
    body.add("message", message);
    return body.toString();
  }
}
