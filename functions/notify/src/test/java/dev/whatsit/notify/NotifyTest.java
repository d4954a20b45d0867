package dev.whatsit.notify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.standardwebhooks.Webhook;
import com.sun.net.httpserver.HttpServer;
import dev.whatsit.contracts.PortCalls;
import dev.whatsit.domain.batch.AnnounceBatch;
import dev.whatsit.domain.batch.Batch;
import dev.whatsit.domain.batch.BatchId;
import dev.whatsit.domain.batch.BatchItem;
import dev.whatsit.domain.batch.ItemKey;
import dev.whatsit.domain.callback.Callback;
import dev.whatsit.domain.callback.CallbackAttempt;
import dev.whatsit.domain.callback.CallbackId;
import dev.whatsit.domain.callback.CallbackKind;
import dev.whatsit.domain.callback.CallbackStatus;
import dev.whatsit.domain.callback.CallbackStore;
import dev.whatsit.domain.callback.ResultMessage;
import dev.whatsit.domain.callback.Subject;
import dev.whatsit.domain.document.Document;
import dev.whatsit.domain.document.DocumentKey;
import dev.whatsit.domain.document.Write;
import dev.whatsit.domain.failure.CircuitBreaker;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.queue.Message;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.embedded.Delivery;
import dev.whatsit.embedded.EmbeddedBackend;
import dev.whatsit.embedded.EmbeddedStores;
import dev.whatsit.events.AckResult;
import dev.whatsit.events.ReceivedMessage;
import dev.whatsit.logging.Labels;
import dev.whatsit.outbound.AddressGuard;
import dev.whatsit.outbound.OutboundClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The whole of notify over real HTTP to receivers on this machine, with a clock of its own. */
class NotifyTest {
  private static final int FAILURE_THRESHOLD = CircuitBreaker.DEFAULT_FAILURE_THRESHOLD;
  private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

  private static final Duration RETENTION = Duration.ofDays(30);

  @TempDir Path data;

  private final EmbeddedBackend embedded = new EmbeddedBackend();
  private final PortCalls ports = new PortCalls(embedded);

  /** Advanced by the tests; starts at the real time, which the verifying library checks. */
  private Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);

  private final Clock clock = ((InstantSource) () -> now).withZone(ZoneOffset.UTC);
  private final List<Request> requests = new CopyOnWriteArrayList<>();
  private final Map<String, String> answerHeaders = new HashMap<>();
  private volatile IntSupplier answer = () -> 204;
  private HttpServer receiver;
  private EmbeddedStores stores;
  private CallbackStore callbacks;
  private RecordStore records;
  private final CircuitBreaker servers =
      new CircuitBreaker(
          FAILURE_THRESHOLD, CircuitBreaker.DEFAULT_OPEN_TIMEOUT, 3, new Random(20_261_121));
  private OutboundClient client;

  /** Resolves every name to an internal address; once it is closed, nothing can be sent. */
  private OutboundClient brokenClient;

  private DeliverCallback broken;
  private MessageQueue queue;
  private ImageCompletedHandler imageCompletedHandler;
  private int images;

  private record Request(Map<String, List<String>> headers, String body) {
    String id() {
      return Objects.requireNonNull(headers.get("webhook-id")).get(0);
    }
  }

  @BeforeEach
  void start() throws IOException {
    receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    receiver.createContext(
        "/",
        exchange -> {
          String body =
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          Map<String, List<String>> headers = new HashMap<>();
          exchange
              .getRequestHeaders()
              .forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), values));
          requests.add(new Request(headers, body));
          answerHeaders.forEach(exchange.getResponseHeaders()::set);
          exchange.sendResponseHeaders(answer.getAsInt(), -1);
          exchange.close();
        });
    receiver.setExecutor(Executors.newCachedThreadPool());
    receiver.start();
    Settings settings =
        Settings.of(
            Map.of(
                "WHATSIT_DATA",
                data.toString(),
                "CALLBACK_SECRETS",
                SECRET,
                "OUTBOUND_ALLOW",
                "127.0.0.0/8",
                "OUTBOUND_PORTS",
                "1,80,443," + receiver.getAddress().getPort()));
    stores = embedded.stores(settings);
    records = new RecordStore(ports.documents(settings).orElseThrow());
    callbacks = new CallbackStore(ports.documents(settings).orElseThrow());
    queue = new WithoutScheduler(ports.messages(settings, Set.of(Topic.RESULTS)).orElseThrow());
    client = OutboundClient.of(settings);
    Signatures signatures = Signatures.of(settings);
    settings.verify();
    brokenClient =
        new OutboundClient(
            AddressGuard.of(settings),
            Duration.ofSeconds(15),
            host -> List.of(InetAddress.getByAddress(host, new byte[] {10, 0, 0, 1})),
            () -> {
              throw new IllegalStateException("the test uses no TLS");
            });
    DeliverCallback deliver = delivery(client, signatures);
    broken = delivery(brokenClient, signatures);
    imageCompletedHandler =
        new ImageCompletedHandler(
            records,
            callbacks,
            queue,
            deliver,
            new BatchCompletedHandler(stores.batches(), callbacks, deliver),
            clock);
  }

  /** A queue that drops scheduled messages. The tests publish due messages, as the sweep does. */
  private record WithoutScheduler(MessageQueue queue) implements MessageQueue {
    @Override
    public List<String> publish(Topic topic, List<Message> messages, @Nullable Instant notBefore) {
      return notBefore == null ? queue.publish(topic, messages, null) : List.of();
    }

    @Override
    public boolean schedules() {
      return false;
    }

    @Override
    public void check(Topic topic) {
      queue.check(topic);
    }
  }

  private DeliverCallback delivery(OutboundClient by, Signatures signatures) {
    return new DeliverCallback(
        callbacks,
        new WebhookSender(by, signatures),
        servers,
        new RetrySchedule(new Random(20_261_121)),
        queue,
        RETENTION,
        clock);
  }

  @AfterEach
  void stop() throws IOException {
    client.close();
    brokenClient.close();
    receiver.stop(0);
    embedded.close();
  }

  @Test
  void completed_oneSubscriber_isNotifiedSignedAndRecorded() throws Exception {
    ImageRecord ended = endedWith(url("/hook?token=secret"));

    announce(ended);

    Request request = requests.get(0);
    assertThat(requests).hasSize(1);
    new Webhook(SECRET).verify(request.body(), request.headers());
    JsonObject payload = JsonParser.parseString(request.body()).getAsJsonObject();
    assertThat(payload.get("image_hash").getAsString()).isEqualTo(ended.hash().hex());
    assertThat(payload.get("type").getAsString()).isEqualTo("image.canceled");
    Callback callback = only(ended);
    assertThat(callback.status()).isEqualTo(CallbackStatus.DELIVERED);
    assertThat(callback.messageId()).isEqualTo(request.id());
    assertThat(callback.attempts())
        .singleElement()
        .satisfies(attempt -> assertThat(attempt.httpStatus()).isEqualTo(204));
    assertThat(records.find(ended.hash(), clock.instant()).orElseThrow().watch()).isNull();
  }

  @Test
  void completed_announcedAgain_isNotifiedOnce() {
    ImageRecord ended = endedWith(url("/hook"));
    announce(ended);

    announce(ended);
    deliver(only(ended));

    assertThat(requests).hasSize(1);
  }

  @Test
  void batchCompleted_withACallback_isNotifiedSignedAndOnce() throws Exception {
    BatchId id = BatchId.random();
    BatchItem item =
        BatchItem.about(new ItemKey(id, 0), "a", new ImageHash("ab".repeat(32)), null, now);
    Batch batch = Batch.of(id, List.of(item), url("/batch"), now);
    stores.batches().create(batch, List.of(item), null, now);
    ReceivedMessage message =
        new ReceivedMessage(
            "m-1", ResultMessage.toAll(AnnounceBatch.subject(id)).toMessage().attributes());

    imageCompletedHandler.handle(message);
    imageCompletedHandler.handle(message);
    drain();

    assertThat(requests).hasSize(1);
    new Webhook(SECRET).verify(requests.get(0).body(), requests.get(0).headers());
    JsonObject payload = JsonParser.parseString(requests.get(0).body()).getAsJsonObject();
    assertThat(payload.get("type").getAsString()).isEqualTo("batch.complete");
    assertThat(payload.get("batch_id").getAsString()).isEqualTo(id.text());
    assertThat(payload.getAsJsonArray("errors")).hasSize(1);
    assertThat(stores.batches().find(id).orElseThrow().announceDue()).isFalse();
  }

  @Test
  void batchCompleted_crashAfterTheClaim_isNotifiedAgainWithTheSameId() {
    BatchId id = BatchId.random();
    BatchItem item =
        BatchItem.about(new ItemKey(id, 0), "a", new ImageHash("ab".repeat(32)), null, now);
    Batch batch = Batch.of(id, List.of(item), url("/batch"), now);
    stores.batches().create(batch, List.of(item), null, now);
    ReceivedMessage message =
        new ReceivedMessage(
            "m-1", ResultMessage.toAll(AnnounceBatch.subject(id)).toMessage().attributes());
    // The fourth write fails, after the callback was registered, announced and claimed.
    ports.failBefore("commit callbacks", 4);
    assertThatThrownBy(() -> imageCompletedHandler.handle(message))
        .isInstanceOf(TransientFailure.class);
    ports.failBefore("");
    now = now.plus(DeliverCallback.LEASE);

    List<Callback> callbacksOfBatch =
        callbacks.list(AnnounceBatch.subject(id), CallbackKind.WEBHOOK, 10, clock.instant());
    deliver(callbacksOfBatch.get(0));

    assertThat(callbacksOfBatch).hasSize(1);
    assertThat(requests).hasSize(2).extracting(Request::id).containsOnly(requests.get(0).id());
  }

  @Test
  void completed_severalSubscribers_eachIsNotifiedOnceByItsOwnMessage() {
    ImageRecord ended = endedWith(url("/a"), url("/b"), url("/c"));
    ports.take();

    announce(ended);

    assertThat(ports.take())
        .containsExactly(
            "get images",
            "query callbacks",
            "get callbacks",
            "commit callbacks",
            "get callbacks",
            "commit callbacks",
            "get callbacks",
            "commit callbacks",
            "publish",
            "publish",
            "get images",
            "commit images",
            "get callbacks",
            "commit callbacks",
            "commit callbacks");
    drain();
    assertThat(requests).hasSize(3).extracting(Request::id).doesNotHaveDuplicates();
    assertThat(list(ended)).allMatch(each -> each.status() == CallbackStatus.DELIVERED);
  }

  /** It was marked as announced, and the subscriber never notified after the repair. */
  @Test
  void completed_unreadableCallback_staysDueUntilItIsReadable() {
    ImageRecord ended = endedWith(url("/a"), url("/b"));
    Subject subject = Subject.of(ended.hash(), ended.run());
    CallbackId id = CallbackId.of(subject, CallbackKind.WEBHOOK, url("/b"));
    DocumentKey key = new DocumentKey(CallbackStore.CODEC.collection(), id.text());
    setKind(key, "of_a_later_version");

    announce(ended);
    drain();

    assertThat(requests).hasSize(1);
    setKind(key, "webhook");
    announce(ended);
    drain();
    assertThat(requests).hasSize(2).extracting(Request::id).doesNotHaveDuplicates();
    ImageRecord announced = records.find(ended.hash(), clock.instant()).orElseThrow();
    assertThat(announced.announceDue()).isEmpty();
  }

  private void setKind(DocumentKey key, String kind) {
    Document document = stores.documents().get(key).orElseThrow();
    document.fields().addProperty("kind", kind);
    assertThat(
            stores
                .documents()
                .commit(List.of(new Write.Put(key, document.fields(), document.version()))))
        .isPresent();
  }

  @Test
  void completed_runThatWasRetried_isAnnouncedWithTheNextRun() {
    ImageRecord ended = endedWith(url("/hook"));
    records.retry(ended.hash(), clock.instant());

    announce(ended);
    assertThat(requests).isEmpty();

    ImageRecord again = cancel(ended);
    announce(again);
    assertThat(requests).hasSize(1);
  }

  @Test
  void completed_oneUrlInTwoRuns_isNotifiedOnceAndListedUnderTheLater() {
    ImageRecord ended = endedWith(url("/hook"));
    records.retry(ended.hash(), clock.instant());
    register(new Subject(ended.hash().hex(), 2), url("/hook"));
    ImageRecord again = cancel(ended);

    announce(again);
    drain();

    assertThat(requests).hasSize(1);
    assertThat(only(again).status()).isEqualTo(CallbackStatus.DELIVERED);
    assertThat(only(again).messageId()).isEqualTo(requests.get(0).id());
  }

  @Test
  void completed_callbackMovedByARetry_isListedAndRedeliveredUnderTheLaterRun() {
    ImageRecord ended = endedWith(url("/hook"));
    records.retry(ended.hash(), clock.instant());
    ImageRecord again = cancel(ended);
    final Callback waiting = only(again);
    announce(again);

    Callback told = only(again);
    callbacks.redeliver(told.id(), clock.instant());
    deliver(told);

    assertThat(told.subject().run()).isEqualTo(2);
    assertThat(requests).hasSize(2).extracting(Request::id).containsOnly(waiting.messageId());
  }

  @Test
  void completed_crashAfterMovingACallback_isNotifiedNextTime() {
    ImageRecord ended = endedWith(url("/hook"));
    records.retry(ended.hash(), clock.instant());
    ImageRecord again = cancel(ended);
    ports.failBefore("get callbacks");
    assertThatThrownBy(() -> announce(again)).isInstanceOf(TransientFailure.class);
    ports.failBefore("");

    announce(again);
    announce(again);

    assertThat(requests).hasSize(1);
    assertThat(only(again).status()).isEqualTo(CallbackStatus.DELIVERED);
  }

  @Test
  void completed_crashAfterPublishing_isNotifiedNextTime() {
    ImageRecord ended = endedWith(url("/a"), url("/b"));
    ports.failAfter("publish");
    assertThatThrownBy(() -> announce(ended)).isInstanceOf(TransientFailure.class);
    ports.failAfter("");
    assertThat(requests).isEmpty();

    // Both are due by now; the sweep would find them by their documents.
    announce(ended);
    list(ended).forEach(this::deliver);

    assertThat(requests).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 201, 202, 204, 299})
  void deliver_any2xx_isReceived(int status) {
    answer = () -> status;
    ImageRecord ended = endedWith(url("/hook"));

    announce(ended);

    assertThat(only(ended).status()).isEqualTo(CallbackStatus.DELIVERED);
  }

  @Test
  void deliver_settled_expiresAfterItsRetention() {
    ImageRecord ended = endedWith(url("/hook"));
    announce(ended);
    Callback told = only(ended);

    assertThat(told.expireAt()).isEqualTo(clock.instant().plus(RETENTION));
    now = Objects.requireNonNull(told.expireAt());
    assertThat(list(ended)).isEmpty();
  }

  @Test
  void deliver_gone_isStoppedForGood() {
    answer = () -> 410;
    ImageRecord ended = endedWith(url("/hook"));

    announce(ended);
    deliver(only(ended));

    assertThat(only(ended).status()).isEqualTo(CallbackStatus.STOPPED);
    assertThat(requests).hasSize(1);
  }

  @Test
  void deliver_redirect_isAFailureAndNotFollowed() {
    answerHeaders.put("Location", url("/elsewhere"));
    answer = () -> 307;
    ImageRecord ended = endedWith(url("/hook"));

    announce(ended);

    assertThat(requests).hasSize(1);
    assertThat(only(ended).status()).isEqualTo(CallbackStatus.PENDING);
  }

  /** The first wait is 5 s without {@code Retry-After}; a longer one is honoured up to a day. */
  @ParameterizedTest
  @CsvSource({
    "429, 3600, 3600",
    "503, 3600, 3600",
    "503, 99999999999, 86400",
    "503, 0, 4",
    "500, 3600, 4",
  })
  void deliver_retryAfter_isHonouredUpToADay(int status, String retryAfter, int seconds) {
    answerHeaders.put("Retry-After", retryAfter);
    answer = () -> status;
    ImageRecord ended = endedWith(url("/hook"));

    announce(ended);

    assertThat(only(ended).dueAt())
        .isBetween(clock.instant().plusSeconds(seconds), clock.instant().plusSeconds(seconds + 4));
  }

  @Test
  void deliver_retryAfterOfADayEachTime_failsAfterFiveDays() {
    answerHeaders.put("Retry-After", "86400");
    answer = () -> 503;
    ImageRecord ended = endedWith(url("/hook"));
    announce(ended);

    while (only(ended).status() == CallbackStatus.PENDING) {
      now = Objects.requireNonNull(only(ended).dueAt());
      deliver(only(ended));
    }

    assertThat(only(ended).status()).isEqualTo(CallbackStatus.FAILED);
    assertThat(requests).hasSize(5);
  }

  @Test
  void deliver_downForThreeDays_isTriedTenTimesWithOneIdAndFails() {
    answer = () -> 500;
    ImageRecord ended = endedWith(url("/hook"));
    announce(ended);

    Instant begun = clock.instant();
    while (only(ended).status() == CallbackStatus.PENDING) {
      // A delivery before the due time does nothing.
      deliver(only(ended));
      now = Objects.requireNonNull(only(ended).dueAt());
      deliver(only(ended));
    }

    assertThat(requests).hasSize(10).extracting(Request::id).containsOnly(only(ended).messageId());
    assertThat(requests).extracting(Request::body).containsOnly(requests.get(0).body());
    assertThat(only(ended).status()).isEqualTo(CallbackStatus.FAILED);
    assertThat(only(ended).attempts()).hasSize(10);
    assertThat(Duration.between(begun, clock.instant()).toHours()).isBetween(57L, 92L);
  }

  @Test
  void deliver_receiverComesBack_isReceived() {
    answer = () -> 500;
    ImageRecord ended = endedWith(url("/hook"));
    announce(ended);
    answer = () -> 200;
    now = Objects.requireNonNull(only(ended).dueAt());

    deliver(only(ended));

    assertThat(only(ended).status()).isEqualTo(CallbackStatus.DELIVERED);
    assertThat(only(ended).attempts())
        .extracting(CallbackAttempt::httpStatus)
        .containsExactly(500, 200);
  }

  @Test
  void deliver_outcomeNotWritten_isSentAgainWithTheSameId() {
    ImageRecord ended = endedWith(url("/hook"));
    // The third write fails, after the callback was announced and claimed.
    ports.failBefore("commit callbacks", 3);
    assertThatThrownBy(() -> announce(ended)).isInstanceOf(TransientFailure.class);
    ports.failBefore("");
    now = now.plus(DeliverCallback.LEASE);

    deliver(only(ended));

    assertThat(requests).hasSize(2).extracting(Request::id).containsOnly(only(ended).messageId());
    assertThat(only(ended).status()).isEqualTo(CallbackStatus.DELIVERED);
  }

  @Test
  void deliver_deadServer_opensItsCircuitAndOthersGoOn() {
    List<String> urls = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      urls.add("http://127.0.0.1:1/" + i);
    }
    urls.add(url("/alive"));
    ImageRecord ended = endedWith(urls.toArray(String[]::new));

    announce(ended);
    drain();

    assertThat(requests).hasSize(1);
    assertThat(list(ended).stream().mapToInt(Callback::tries).sum())
        .isEqualTo(FAILURE_THRESHOLD + 1);
  }

  /** Regression: a manual redelivery waited for the circuit, up to ten minutes. */
  @Test
  void redeliver_whileTheCircuitIsOpen_isTriedAtOnce() {
    ImageRecord ended = endedWith(url("/hook"));
    for (int i = 0; i < FAILURE_THRESHOLD; i++) {
      try (CircuitBreaker.Permit permit = servers.acquire(url(""), clock.instant())) {
        permit.failed(clock.instant());
      }
    }
    announce(ended);
    assertThat(requests).isEmpty();

    callbacks.redeliver(only(ended).id(), clock.instant());
    deliver(only(ended));

    assertThat(requests).hasSize(1);
    assertThat(only(ended).status()).isEqualTo(CallbackStatus.DELIVERED);
    assertThat(servers.acquire(url(""), clock.instant()).refusedUntil()).isEmpty();
  }

  /** Regression: the redelivery was ignored. */
  @Test
  void redeliver_duringAnAttempt_isAttemptedOnceMore() {
    ImageRecord ended = endedWith(url("/hook"));
    answer =
        () -> {
          if (requests.size() == 1) {
            callbacks.redeliver(only(ended).id(), clock.instant());
            deliver(only(ended));
            return 410;
          }
          return 204;
        };

    announce(ended);

    assertThat(requests).hasSize(2).extracting(Request::id).containsOnly(only(ended).messageId());
    assertThat(only(ended).status()).isEqualTo(CallbackStatus.DELIVERED);
    assertThat(only(ended).attempts())
        .extracting(CallbackAttempt::httpStatus)
        .containsExactly(410, 204);
  }

  /**
   * Two attempts of half a minute each exceed the function's minute; the sweep makes the second.
   */
  @Test
  void redeliver_duringASlowAttempt_isLeftToTheSweep() {
    ImageRecord ended = endedWith(url("/hook"));
    answer =
        () -> {
          callbacks.redeliver(only(ended).id(), clock.instant());
          now = now.plusSeconds(26);
          return 410;
        };

    announce(ended);

    assertThat(requests).hasSize(1);
    assertThat(callbacks.overdue(now.plusSeconds(60), 10)).containsExactly(only(ended));
  }

  @Test
  void deliver_internalError_leavesTheCircuitClosedAndReleasesTheCallback() {
    ImageRecord ended = endedWith(url("/hook"));
    callbacks.announce(only(ended).id(), "{}", clock.instant());
    brokenClient.close();
    for (int i = 0; i < FAILURE_THRESHOLD; i++) {
      assertThatThrownBy(() -> broken.deliver(only(ended).id(), Labels.NONE))
          .isInstanceOf(TransientFailure.class)
          .hasMessageContaining("closed");
    }

    deliver(only(ended));

    assertThat(requests).hasSize(1);
    assertThat(only(ended).attempts()).extracting(CallbackAttempt::httpStatus).containsExactly(204);
  }

  @Test
  void deliver_internalErrorAndStoreUnavailable_throwsTheFirst() {
    ImageRecord ended = endedWith(url("/hook"));
    callbacks.announce(only(ended).id(), "{}", clock.instant());
    brokenClient.close();
    // The second write fails, after the callback was claimed.
    ports.failBefore("commit callbacks", 2);

    assertThatThrownBy(() -> broken.deliver(only(ended).id(), Labels.NONE))
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("closed")
        .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
  }

  @Test
  void deliver_internalName_opensNoCircuit() {
    List<String> urls = new ArrayList<>();
    for (int i = 0; i <= FAILURE_THRESHOLD; i++) {
      urls.add("http://inside.example/" + i);
    }
    ImageRecord ended = endedWith(urls.toArray(String[]::new));

    for (Callback each : list(ended)) {
      callbacks.announce(each.id(), "{}", clock.instant());
      broken.deliver(each.id(), Labels.NONE);
    }

    assertThat(list(ended))
        .allSatisfy(
            each ->
                assertThat(each.attempts())
                    .extracting(CallbackAttempt::code)
                    .containsExactly("FORBIDDEN"));
  }

  @Test
  void deliver_internalAddress_isNeverConnectedTo() {
    ImageRecord ended = endedWith("http://10.0.0.1/hook", "http://[::1]/hook");

    announce(ended);
    drain();

    assertThat(list(ended))
        .allSatisfy(
            each ->
                assertThat(each.attempts())
                    .extracting(CallbackAttempt::code)
                    .containsExactly("FORBIDDEN"));
  }

  @Test
  void message_unreadable_isAcknowledged() {
    assertThat(imageCompletedHandler.handle(new ReceivedMessage("m", Map.of("run", "x"))))
        .isEqualTo(AckResult.ACKNOWLEDGE);
  }

  private ImageRecord endedWith(String... urls) {
    images++;
    ImageDescription image =
        new ImageDescription(
            ImageHash.ofDigest(ImageHash.newDigest().digest(new byte[] {(byte) images})),
            ImageFormat.PNG,
            17,
            4,
            3);
    ImageRecord queued = ImageRecord.queued(image, "message", clock.instant());
    records.createIfAbsent(queued, clock.instant());
    for (String url : urls) {
      register(Subject.of(image.hash(), 1), url);
    }
    records.watch(image.hash(), 1, clock.instant());
    return cancel(queued);
  }

  private void register(Subject subject, String url) {
    callbacks.register(
        Callback.waiting(subject, CallbackKind.WEBHOOK, url, clock.instant()), 20, clock.instant());
  }

  private ImageRecord cancel(ImageRecord record) {
    records.cancel(record.hash(), clock.instant());
    return records.find(record.hash(), clock.instant()).orElseThrow();
  }

  private void announce(ImageRecord ended) {
    handle(ResultMessage.toAll(Subject.of(ended.hash(), ended.run())));
  }

  private void deliver(Callback callback) {
    handle(new ResultMessage(callback.subject(), callback.id(), null));
  }

  private void handle(ResultMessage message) {
    assertThat(
            imageCompletedHandler.handle(
                new ReceivedMessage("m", message.toMessage().attributes())))
        .isEqualTo(AckResult.ACKNOWLEDGE);
  }

  /** Handles each published message once. */
  private void drain() {
    // The queue uses the system clock.
    List<Delivery> deliveries =
        stores
            .resultSubscription()
            .receive(100, Duration.ofDays(1), Instant.now().plus(Duration.ofDays(1)));
    for (Delivery delivery : deliveries) {
      imageCompletedHandler.handle(
          new ReceivedMessage(delivery.messageId(), delivery.attributes()));
      stores.resultSubscription().acknowledge(delivery);
    }
  }

  private List<Callback> list(ImageRecord record) {
    return callbacks.list(
        Subject.of(record.hash(), record.run()), CallbackKind.WEBHOOK, 100, clock.instant());
  }

  private Callback only(ImageRecord record) {
    assertThat(list(record)).hasSize(1);
    return list(record).get(0);
  }

  private String url(String path) {
    return "http://127.0.0.1:" + receiver.getAddress().getPort() + path;
  }
}
