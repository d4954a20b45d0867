package dev.whatsit.progress;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import dev.whatsit.contracts.PortCalls;
import dev.whatsit.domain.batch.AnnounceBatch;
import dev.whatsit.domain.batch.Batch;
import dev.whatsit.domain.batch.BatchId;
import dev.whatsit.domain.batch.BatchItem;
import dev.whatsit.domain.batch.BatchProgress;
import dev.whatsit.domain.batch.ItemKey;
import dev.whatsit.domain.batch.ItemStatus;
import dev.whatsit.domain.callback.CallbackId;
import dev.whatsit.domain.callback.CallbackKind;
import dev.whatsit.domain.callback.ResultMessage;
import dev.whatsit.domain.callback.Subject;
import dev.whatsit.domain.classification.Annotation;
import dev.whatsit.domain.classification.Classification;
import dev.whatsit.domain.classification.ClassifierIdentity;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.record.Claim;
import dev.whatsit.domain.record.ClaimResult;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.Outcome;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.embedded.Delivery;
import dev.whatsit.embedded.EmbeddedBackend;
import dev.whatsit.embedded.EmbeddedStores;
import dev.whatsit.invoker.FunctionServer;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Both entry points over HTTP, through the framework's own invoker. */
class ProgressFunctionTest {
  private static final Instant T0 = Instant.parse("2026-11-21T08:19:44.497123Z");
  private static final List<Annotation> CAT = List.of(new Annotation("cat", 0.93));
  private static final Outcome CLASSIFIED =
      new Outcome.Classified(
          new Classification(CAT, List.of(), new ClassifierIdentity("test", "1")));

  @TempDir Path data;

  private final HttpClient client = HttpClient.newHttpClient();
  private final EmbeddedBackend embedded = new EmbeddedBackend();
  private final PortCalls ports = new PortCalls(embedded);
  private EmbeddedStores stores;
  private ProgressPushFunction function;
  private FunctionServer server;

  @BeforeEach
  void start() {
    Map<String, String> settings = Map.of("WHATSIT_DATA", data.toString());
    stores = embedded.stores(Settings.of(settings));
    function = new ProgressPushFunction(settings, ports);
    server = FunctionServer.serve(function);
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
    function.close();
    embedded.close();
  }

  @Test
  void result_imageOfOneItem_endsItAndItsBatch() throws Exception {
    ImageRecord record = queued("a");
    ItemKey item = batchAbout("https://example.org/done", record).get(0);
    end(record);

    assertThat(push(toAll(record))).isEqualTo(204);

    BatchItem ended = item(item);
    assertThat(ended.status()).isEqualTo(ItemStatus.SUCCESS);
    assertThat(ended.annotations()).isEqualTo(CAT);
    assertThat(batch(item).completedAt()).isNotNull();
    assertThat(announced()).containsExactly(item.batch().text());
    assertThat(ports.take())
        .containsExactly(
            "get images",
            "query batch_items",
            "get batch_items",
            "commit batch_items",
            "query batch_items",
            "get batches",
            "commit batches",
            "publish");
  }

  @Test
  void result_otherItemsOpen_endsTheItemAlone() throws Exception {
    ImageRecord record = queued("a");
    List<ItemKey> items = batchAbout("https://example.org/done", record, queued("b"));
    end(record);

    assertThat(push(toAll(record))).isEqualTo(204);

    assertThat(item(items.get(0)).status()).isEqualTo(ItemStatus.SUCCESS);
    assertThat(item(items.get(1)).status()).isEqualTo(ItemStatus.WAITING);
    assertThat(batch(items.get(0)).completedAt()).isNull();
    assertThat(announced()).isEmpty();
  }

  @Test
  void result_deliveredTwice_announcesOnce() throws Exception {
    ImageRecord record = queued("a");
    ItemKey item = batchAbout("https://example.org/done", record).get(0);
    end(record);

    push(toAll(record));
    assertThat(push(toAll(record))).isEqualTo(204);

    assertThat(announced()).containsExactly(item.batch().text());
  }

  @Test
  void result_canceledImage_cancelsItsItem() throws Exception {
    ImageRecord record = queued("a");
    ItemKey item = batchAbout(null, record).get(0);
    stores.records().cancel(record.hash(), T0);

    push(toAll(record));

    assertThat(item(item).status()).isEqualTo(ItemStatus.CANCELED);
  }

  @Test
  void follow_fullPageThatWaitsForALaterRun_endsThoseBehindItToo() {
    ImageRecord first = queued("a");
    end(first);
    ImageRecord ended = record(first.hash());
    stores.records().retry(first.hash(), T0);
    // Items are read in the order of their batch ids.
    ImageRecord[] later = new ImageRecord[500];
    Arrays.fill(later, record(first.hash()));
    batchAbout(new BatchId("0".repeat(32)), null, later);
    ItemKey mine = batchAbout(new BatchId("f".repeat(32)), null, first).get(0);

    List<Batch> completed = new BatchProgress(stores.batches()).follow(ended, T0);

    assertThat(completed).extracting(Batch::id).containsExactly(mine.batch());
    assertThat(stores.batches().waitingFor(first.hash(), 1000)).hasSize(500);
  }

  @Test
  void result_oldMessageWhileALaterRunGoesOn_changesNothing() throws Exception {
    ImageRecord record = queued("a");
    stores.records().cancel(record.hash(), T0);
    stores.records().retry(record.hash(), T0);
    ItemKey item = batchAbout(null, record(record.hash())).get(0);

    assertThat(push(toAll(record))).isEqualTo(204);

    assertThat(item(item).status()).isEqualTo(ItemStatus.WAITING);
  }

  @Test
  void result_imageRunAgainBeforeItsItemWasTold_endsTheItemAtTheEndOfThatRun() throws Exception {
    ImageRecord record = watched("a");
    ItemKey item = batchAbout(null, record).get(0);
    end(record);
    // Notify delivers the callbacks and marks the record as announced.
    stores.records().announced(record(record.hash()), T0);
    stores.records().retry(record.hash(), T0);

    assertThat(push(toAll(record))).isEqualTo(204);

    assertThat(item(item).status()).isEqualTo(ItemStatus.WAITING);
    ImageRecord again = record(record.hash());
    end(again);
    assertThat(record(record.hash()).announceDue()).isPresent();
    assertThat(push(toAll(again))).isEqualTo(204);
    assertThat(item(item).status()).isEqualTo(ItemStatus.SUCCESS);
  }

  @Test
  void result_imageRunAgainAndNoItemWaits_leavesTheRecordAlone() throws Exception {
    ImageRecord record = queued("a");
    stores.records().cancel(record.hash(), T0);
    stores.records().retry(record.hash(), T0);

    assertThat(push(toAll(record))).isEqualTo(204);

    assertThat(record(record.hash()).watch()).isNull();
    assertThat(ports.take()).containsExactly("get images", "query batch_items");
  }

  @Test
  void result_runAgainEndsWhileItIsLookedAt_endsTheItem() throws Exception {
    ImageRecord record = watched("a");
    ItemKey item = batchAbout(null, record).get(0);
    end(record);
    stores.records().announced(record(record.hash()), T0);
    stores.records().retry(record.hash(), T0);
    ports.before("commit images", () -> end(record(record.hash())));

    assertThat(push(toAll(record))).isEqualTo(204);

    assertThat(item(item).status()).isEqualTo(ItemStatus.SUCCESS);
  }

  @Test
  void result_notForBatches_isAcknowledgedAndReadsNothing() throws Exception {
    ImageRecord record = queued("a");
    CallbackId callback =
        CallbackId.of(Subject.of(record.hash(), 1), CallbackKind.WEBHOOK, "https://x.example/");

    assertThat(push(new ResultMessage(Subject.of(record.hash(), 1), callback, null)))
        .isEqualTo(204);
    assertThat(push(ResultMessage.toAll(AnnounceBatch.subject(BatchId.random())))).isEqualTo(204);

    assertThat(ports.take()).isEmpty();
  }

  @Test
  void result_unreadableOrUnknown_isAcknowledged() throws Exception {
    assertThat(push(Map.of("subject", "?"))).isEqualTo(204);
    assertThat(push(ResultMessage.toAll(Subject.of(hash("unrelated"), 1)))).isEqualTo(204);
  }

  @Test
  void result_portAway_isRedelivered() throws Exception {
    ImageRecord record = queued("a");
    ItemKey item = batchAbout(null, record).get(0);
    end(record);

    for (String call :
        List.of("get images", "query batch_items", "get batch_items", "commit batch_items")) {
      ports.failBefore(call);
      assertThat(push(toAll(record))).as(call).isEqualTo(503);
    }
    ports.failBefore("");
    assertThat(push(toAll(record))).isEqualTo(204);

    assertThat(batch(item).completedAt()).isNotNull();
  }

  // Helpers.

  private List<ItemKey> batchAbout(@Nullable String callbackUrl, ImageRecord... records) {
    return batchAbout(BatchId.random(), callbackUrl, records);
  }

  private List<ItemKey> batchAbout(
      BatchId id, @Nullable String callbackUrl, ImageRecord... records) {
    List<BatchItem> items = new ArrayList<>();
    for (ImageRecord record : records) {
      ItemKey key = new ItemKey(id, items.size());
      items.add(BatchItem.about(key, "" + items.size(), record.hash(), record, T0));
    }
    stores.batches().create(Batch.of(id, items, callbackUrl, T0), items, null, T0);
    return items.stream().map(BatchItem::key).toList();
  }

  private ImageRecord queued(String content) {
    ImageDescription image = new ImageDescription(hash(content), ImageFormat.PNG, 100, 8, 8);
    return stores.records().createIfAbsent(ImageRecord.queued(image, "m-" + content, T0), T0);
  }

  private ImageRecord watched(String content) {
    return stores.records().watch(queued(content).hash(), 1, T0).orElseThrow();
  }

  private void end(ImageRecord record) {
    Claim claim = new Claim(record.message(), "m", "t", T0, T0.plusSeconds(150));
    stores.records().finish((ClaimResult.Granted) stores.records().claim(claim), CLASSIFIED, T0);
  }

  private ImageRecord record(ImageHash hash) {
    return stores.records().find(hash, T0).orElseThrow();
  }

  private BatchItem item(ItemKey key) {
    return stores.batches().item(key).orElseThrow();
  }

  private Batch batch(ItemKey key) {
    return stores.batches().find(key.batch()).orElseThrow();
  }

  private List<String> announced() {
    List<String> subjects = new ArrayList<>();
    for (Delivery delivery :
        stores.resultSubscription().receive(10, Duration.ofMinutes(1), Instant.now())) {
      subjects.add(ResultMessage.fromAttributes(delivery.attributes()).subject().id());
    }
    return subjects;
  }

  private static ImageHash hash(String content) {
    return ImageHash.ofDigest(
        ImageHash.newDigest().digest(content.getBytes(StandardCharsets.UTF_8)));
  }

  private static ResultMessage toAll(ImageRecord record) {
    return ResultMessage.toAll(Subject.of(record.hash(), record.run()));
  }

  private int push(ResultMessage message) throws Exception {
    return push(message.toMessage().attributes());
  }

  private int push(Map<String, String> attributes) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(server.uri())
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body(attributes)))
            .build();
    return client.send(request, BodyHandlers.discarding()).statusCode();
  }

  private static String body(Map<String, String> attributes) {
    JsonObject message = new JsonObject();
    message.addProperty("messageId", "m-1");
    message.add("attributes", new Gson().toJsonTree(attributes));
    JsonObject body = new JsonObject();
    body.add("message", message);
    return body.toString();
  }
}
