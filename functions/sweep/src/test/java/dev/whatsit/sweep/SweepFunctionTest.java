package dev.whatsit.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.whatsit.contracts.PortCalls;
import dev.whatsit.domain.batch.Batch;
import dev.whatsit.domain.batch.BatchId;
import dev.whatsit.domain.batch.BatchItem;
import dev.whatsit.domain.batch.FetchMessage;
import dev.whatsit.domain.batch.ItemKey;
import dev.whatsit.domain.callback.Callback;
import dev.whatsit.domain.callback.CallbackKind;
import dev.whatsit.domain.callback.ResultMessage;
import dev.whatsit.domain.callback.Subject;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.queue.WorkMessage;
import dev.whatsit.domain.record.Claim;
import dev.whatsit.domain.record.ClaimResult;
import dev.whatsit.domain.record.Deferral;
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
import java.io.IOException;
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
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Over HTTP, through the framework's own invoker. */
class SweepFunctionTest {
  private static final Instant LONG_AGO = Instant.parse("2026-01-02T08:00:00Z");
  private static final Outcome FAILED =
      new Outcome.Failed(new WorkError("ATTEMPTS_EXHAUSTED", "No result.", true));

  private static final WorkError BROKEN = new WorkError("BROKEN", "Broken.", false);

  @TempDir Path data;

  private final HttpClient client = HttpClient.newHttpClient();
  private final EmbeddedBackend embedded = new EmbeddedBackend();
  private final PortCalls ports = new PortCalls(embedded);
  private EmbeddedStores stores;
  private SweepFunction function;
  private FunctionServer server;

  @BeforeEach
  void start() {
    Map<String, String> settings = Map.of("WHATSIT_DATA", data.toString(), "SWEEP_LIMIT", "3");
    stores = embedded.stores(Settings.of(settings));
    function = new SweepFunction(settings, ports);
    server = FunctionServer.serve(function);
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
    function.close();
    embedded.close();
  }

  @Test
  void sweep_nothingOverdue_saysSo() throws Exception {
    ImageDescription fresh = image("fresh");
    stores.records().createIfAbsent(ImageRecord.queued(fresh, "m", Instant.now()), Instant.now());

    assertSwept(0, 0, 0, false);

    assertThat(deliveries()).isEmpty();
    // Image work and completions, callbacks, batches, items.
    assertThat(ports.take())
        .containsExactly("query images", "query callbacks", "query batches", "query batch_items");
  }

  @Test
  void sweep_pendingRunWhoseMessageWasNeverPublished_isPublishedAsThatRun() throws Exception {
    ImageDescription image = queued("pending");
    ClaimResult claim = claim(image, 1, "t1", LONG_AGO);
    stores.records().finish((ClaimResult.Granted) claim, FAILED, LONG_AGO);
    stores.records().retry(image.hash(), Instant.now().minus(Duration.ofSeconds(61)));

    assertSwept(1, 1, 0, false);

    Delivery delivery = deliveries().get(0);
    assertThat(WorkMessage.fromAttributes(delivery.attributes()))
        .isEqualTo(new WorkMessage(image, 2, LONG_AGO));
    assertThat(record(image).status()).isEqualTo(Status.QUEUED);
    assertThat(record(image).messageId()).isEqualTo(delivery.messageId());
    assertSwept(0, 0, 0, false);
  }

  @Test
  void sweep_processingWithAnExpiredLease_canBeClaimedAgainWithTheAttemptsCounted()
      throws Exception {
    ImageDescription image = queued("died");
    claim(image, 1, "t1", Instant.now().minus(Duration.ofMinutes(7)));

    assertSwept(1, 1, 0, false);

    ClaimResult again = claim(image, 1, "t2", Instant.now());
    assertThat(((ClaimResult.Granted) again).record().attempts()).isEqualTo(2);
  }

  @Test
  void sweep_deferredWorkThatIsDue_canBeClaimedAndKeepsSinceWhenItWaits() throws Exception {
    ImageDescription image = queued("deferred");
    ClaimResult claim = claim(image, 1, "t1", LONG_AGO);
    Instant due = Instant.now().minusSeconds(2);
    stores.records().defer((ClaimResult.Granted) claim, "QUOTA", due, LONG_AGO);

    assertSwept(1, 1, 0, false);

    assertThat(record(image).dueAt()).isNull();
    assertThat(record(image).deferral()).isEqualTo(new Deferral("QUOTA", LONG_AGO));
    assertThat(claim(image, 1, "t2", Instant.now())).isInstanceOf(ClaimResult.Granted.class);
  }

  @Test
  void sweep_moreThanItsLimit_takesTheLongestOverdueAndSaysThatThereIsMore() throws Exception {
    for (int i = 0; i < 5; i++) {
      queued("many-" + i, LONG_AGO.plusSeconds(i));
    }

    assertSwept(3, 3, 0, true);
    assertSwept(2, 2, 0, false);
    assertSwept(0, 0, 0, false);

    assertThat(deliveries()).hasSize(5);
  }

  @Test
  void sweep_queueFails_changesNothingAndTheNextSweepFindsIt() throws Exception {
    ImageDescription image = queued("unpublished");
    ImageRecord before = record(image);
    ports.failBefore("publish");
    assertSwept(1, 0, 1, false);
    assertThat(record(image)).isEqualTo(before);

    ports.failBefore("");
    assertSwept(1, 1, 0, false);
  }

  /** A crash between the two steps has the same effect: a duplicate message, and none lost. */
  @Test
  void sweep_notNotedOncePublished_isPublishedOnceMore() throws Exception {
    queued("unnoted");
    ports.failBefore("commit images");
    assertSwept(1, 0, 1, false);

    ports.failBefore("");
    assertSwept(1, 1, 0, false);

    assertThat(deliveries()).hasSize(2);
    assertThat(ports.take())
        .containsSubsequence(
            "query images", "publish", "commit images", "query images", "publish", "commit images");
  }

  @Test
  void sweep_recordStoreFails_is503() throws Exception {
    queued("unreadable");
    ports.failBefore("query images");

    HttpResponse<String> response = send("POST", "/");

    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(response.headers().firstValue("Content-Type")).contains("application/problem+json");
    assertThat(json(response).get("code").getAsString()).isEqualTo("TEMPORARILY_UNAVAILABLE");
    assertThat(deliveries()).isEmpty();
  }

  /** Regression: a failure to read one kind stopped the sweeps of all others. */
  @Test
  void sweep_recordsCannotBeRead_batchesAreTakenUpAllTheSame() throws Exception {
    ItemKey item = batch(null);
    ports.failBefore("query images");

    assertThat(send("POST", "/").statusCode()).isEqualTo(503);

    assertThat(fetches()).containsExactly(item);
  }

  @Test
  void sweep_stalledItem_isRequeuedOnce() throws Exception {
    ItemKey item = batch(null);

    send("POST", "/");
    send("POST", "/");

    assertThat(fetches()).containsExactly(item);
    Instant overdueAt = stores.batches().item(item).orElseThrow().overdueAt();
    assertThat(overdueAt).isAfter(Instant.now().plus(Duration.ofMinutes(50)));
  }

  @Test
  void sweep_batchOfWhichNoItemIsOpen_isCompletedAndAnnounced() throws Exception {
    ItemKey item = batch("https://example.org/done");
    stores.batches().change(item, found -> found.failed(BROKEN, LONG_AGO));

    send("POST", "/");

    assertThat(stores.batches().find(item.batch()).orElseThrow().completedAt()).isNotNull();
    assertThat(announced()).containsExactly(item.batch().text());
    assertThat(fetches()).isEmpty();
  }

  @Test
  void sweep_batchCompletionNotAnnounced_isAnnouncedOnce() throws Exception {
    ItemKey item = batch("https://example.org/done");
    stores.batches().change(item, found -> found.failed(BROKEN, LONG_AGO));
    stores.batches().change(item.batch(), found -> found.completed(LONG_AGO));

    send("POST", "/");
    send("POST", "/");

    assertThat(announced()).containsExactly(item.batch().text());
    assertThat(stores.batches().find(item.batch()).orElseThrow().announceDue()).isTrue();
  }

  @Test
  void sweep_fetchQueueAway_saysThatItFailedAndFindsTheItemAgain() throws Exception {
    ItemKey item = batch(null);
    ports.failBefore("publish");
    JsonObject failed = json(send("POST", "/")).getAsJsonObject("batches");
    ports.failBefore("");

    JsonObject done = json(send("POST", "/")).getAsJsonObject("batches");

    assertThat(failed.get("failed").getAsInt()).isEqualTo(1);
    assertThat(done.get("failed").getAsInt()).isZero();
    assertThat(fetches()).containsExactly(item);
  }

  private ItemKey batch(@Nullable String callbackUrl) {
    ItemKey key = new ItemKey(BatchId.random(), 0);
    BatchItem item = BatchItem.toFetch(key, "a", "https://example.org/a.jpg", LONG_AGO);
    stores
        .batches()
        .create(
            Batch.of(key.batch(), List.of(item), callbackUrl, LONG_AGO),
            List.of(item),
            null,
            LONG_AGO);
    return key;
  }

  private List<ItemKey> fetches() {
    return stores.fetchSubscription().receive(100, Duration.ofMinutes(1), Instant.now()).stream()
        .map(delivery -> FetchMessage.fromAttributes(delivery.attributes()).item())
        .toList();
  }

  private List<String> announced() {
    return stores.resultSubscription().receive(100, Duration.ofMinutes(1), Instant.now()).stream()
        .map(delivery -> String.valueOf(delivery.attributes().get("subject")))
        .toList();
  }

  @Test
  void construction_boundsOutOfRange_namesEachOfThem() {
    Map<String, String> wrong = Map.of("SWEEP_LIMIT", "0", "SWEEP_TIME_SECONDS", "0");
    assertThatThrownBy(() -> new SweepFunction(wrong, embedded))
        .isInstanceOf(InvalidSettings.class)
        .hasMessageContaining("SWEEP_LIMIT")
        .hasMessageContaining("SWEEP_TIME_SECONDS");
  }

  private void assertSwept(int found, int republished, int failed, boolean more) throws Exception {
    HttpResponse<String> response = send("POST", "/");
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    JsonObject expected = swept(found, republished, failed, more);
    expected.add("callbacks", swept(0, 0, 0, false));
    expected.add("batches", swept(0, 0, 0, false));
    assertThat(json(response)).isEqualTo(expected);
  }

  private static JsonObject swept(int found, int republished, int failed, boolean more) {
    JsonObject swept = new JsonObject();
    swept.addProperty("found", found);
    swept.addProperty("republished", republished);
    swept.addProperty("failed", failed);
    swept.addProperty("more", more);
    return swept;
  }

  @Test
  void sweep_completionNotAnnounced_isAnnouncedOnce() throws Exception {
    ImageDescription image = queued("watched");
    stores.records().watch(image.hash(), 1, LONG_AGO);
    stores.records().cancel(image.hash(), LONG_AGO);

    assertSwept(1, 1, 0, false);

    assertThat(results()).containsExactly(ResultMessage.toAll(Subject.of(image.hash(), 1)));
    assertSwept(0, 0, 0, false);
  }

  @Test
  void sweep_stalledCallback_isRequeuedOnce() throws Exception {
    Subject subject = new Subject("some", 1);
    Callback callback =
        Callback.waiting(subject, CallbackKind.WEBHOOK, "https://example.org/", LONG_AGO);
    stores.callbacks().register(callback, 20, LONG_AGO);
    stores.callbacks().announce(callback.id(), "{}", LONG_AGO);

    JsonObject answer = json(send("POST", "/"));

    assertThat(answer.get("callbacks")).isEqualTo(swept(1, 1, 0, false));
    assertThat(results()).containsExactly(new ResultMessage(subject, callback.id(), null));
    assertSwept(0, 0, 0, false);
  }

  private List<ResultMessage> results() {
    return stores
        .resultSubscription()
        .receive(10, Duration.ofDays(1), Instant.now().plus(Duration.ofDays(1)))
        .stream()
        .map(delivery -> ResultMessage.fromAttributes(delivery.attributes()))
        .toList();
  }

  private ImageDescription queued(String name) {
    return queued(name, LONG_AGO);
  }

  private ImageDescription queued(String name, Instant then) {
    ImageDescription image = image(name);
    stores.records().createIfAbsent(ImageRecord.queued(image, "message-" + name, then), then);
    return image;
  }

  private static ImageDescription image(String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    ImageHash hash = ImageHash.ofDigest(ImageHash.newDigest().digest(bytes));
    return new ImageDescription(hash, ImageFormat.JPEG, 184_213, 1024, 683);
  }

  private ClaimResult claim(ImageDescription image, int run, String token, Instant now) {
    WorkMessage message = new WorkMessage(image, run, LONG_AGO);
    return stores.records().claim(new Claim(message, "m", token, now, now.plusSeconds(60)));
  }

  private ImageRecord record(ImageDescription image) {
    return stores.records().find(image.hash(), Instant.now()).orElseThrow();
  }

  private List<Delivery> deliveries() {
    return stores.workSubscription().receive(100, Duration.ofMinutes(1), Instant.now());
  }

  private HttpResponse<String> send(String method, String path) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(server.uri() + path))
            .method(method, BodyPublishers.noBody())
            .build();
    return client.send(request, BodyHandlers.ofString());
  }

  private static JsonObject json(HttpResponse<String> response) {
    return JsonParser.parseString(response.body()).getAsJsonObject();
  }
}
