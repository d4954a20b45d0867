package dev.whatsit.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.domain.document.Document;
import dev.whatsit.domain.document.DocumentKey;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.domain.document.Version;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.http.CompletionWaiter.Result;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CompletionWaiterTest {
  private static final Instant NOW = Instant.parse("2026-11-21T08:00:00Z");
  private static final ImageRecord QUEUED =
      ImageRecord.queued(
          new ImageDescription(new ImageHash("ab".repeat(32)), ImageFormat.PNG, 9, 4, 3), "m", NOW);
  private static final ImageRecord CANCELED = QUEUED.canceled(NOW).orElseThrow();

  /** The pauses that were requested; no time passes. */
  private final List<Duration> pauses = new ArrayList<>();

  /** The simulated duration of all reads. */
  private Duration readFor = Duration.ZERO;

  private Supplier<Optional<ImageRecord>> stored = () -> Optional.of(QUEUED);

  private CompletionWaiter waiter(int maxWaiters) {
    return new CompletionWaiter(
        records(),
        Clock.systemUTC(),
        maxWaiters,
        () -> waitedFor().plus(readFor).toNanos(),
        length -> {
          pauses.add(length);
          return false;
        });
  }

  private RecordStore records() {
    DocumentStore documents =
        (DocumentStore)
            Proxy.newProxyInstance(
                DocumentStore.class.getClassLoader(),
                new Class<?>[] {DocumentStore.class},
                (proxy, method, arguments) -> {
                  assertThat(method.getName()).isEqualTo("get");
                  return stored.get().map(CompletionWaiterTest::document);
                });
    return new RecordStore(documents);
  }

  private static Document document(ImageRecord record) {
    return new Document(
        new DocumentKey(RecordStore.CODEC.collection(), record.hash().hex()),
        RecordStore.CODEC.write(record),
        new Version() {});
  }

  private static ApiRequest asking(String... prefer) {
    return Get.request("/", Map.of("prefer", List.of(prefer)));
  }

  private Duration waitedFor() {
    return pauses.stream().reduce(Duration.ZERO, Duration::plus);
  }

  @Test
  void await_workEndsMeanwhile_isAnsweredThen() {
    stored = () -> Optional.of(pauses.size() < 3 ? QUEUED : CANCELED);

    assertThat(waiter(1).await(asking("wait=10"), QUEUED)).isEqualTo(new Result(CANCELED, 10));

    assertThat(pauses)
        .containsExactly(
            CompletionWaiter.FIRST_PAUSE, Duration.ofMillis(75), Duration.ofNanos(112_500_000));
  }

  @Test
  void await_readsTakeLong_isAnsweredInTimeAllTheSame() {
    stored =
        () -> {
          readFor = readFor.plusMillis(800);
          return Optional.of(QUEUED);
        };

    assertThat(waiter(1).await(asking("wait=5"), QUEUED)).isEqualTo(new Result(QUEUED, 5));

    assertThat(waitedFor().plus(readFor))
        .isBetween(Duration.ofSeconds(5), Duration.ofMillis(5_800));
  }

  @Test
  void await_workDoesNotEnd_isAnsweredAfterTheTimeWithFewReads() {
    assertThat(waiter(1).await(asking("wait=30"), QUEUED)).isEqualTo(new Result(QUEUED, 30));

    assertThat(waitedFor()).isEqualTo(Duration.ofSeconds(30));
    assertThat(pauses).hasSizeLessThan(40);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          wait=1                 | 1
          wait="5"               | 5
          Wait = 7               | 7
          respond-async, wait=3  | 3
          wait=2, wait=9         | 2
          wait=4; foo=bar        | 4
          wait=31                | 30
          wait=99999999999999999 | 30
          wait=0                 | 0
          wait                   | 0
          wait=-1                | 0
          wait=1.5               | 0
          wait=x                 | 0
          awaiting=5             | 0
          """)
  void await_preference_isReadAsTheRfcWritesIt(String prefer, int seconds) {
    Result waited = waiter(1).await(asking(prefer), QUEUED);

    assertThat(waited.applied()).isEqualTo(seconds);
    assertThat(waitedFor()).isEqualTo(Duration.ofSeconds(seconds));
    assertThat(waited.mark(ApiResponse.empty(204)).headers().get("Preference-Applied"))
        .isEqualTo(seconds == 0 ? null : "wait=" + seconds);
  }

  @Test
  void await_finished_doesNotReadAgain() {
    assertThat(waiter(1).await(asking("wait=9"), CANCELED)).isEqualTo(new Result(CANCELED, 9));

    assertThat(pauses).isEmpty();
  }

  @Test
  void await_noRoom_isAnsweredAtOnceAndSaysSo() {
    assertThat(waiter(0).await(asking("wait=9"), QUEUED)).isEqualTo(new Result(QUEUED, 0));
  }

  @Test
  void await_storeFailsAfterTheWorkWasAccepted_isAnsweredWithWhatIsKnown() {
    stored =
        () -> {
          throw new TransientFailure("gone");
        };

    assertThat(waiter(1).await(asking("wait=9"), QUEUED)).isEqualTo(new Result(QUEUED, 9));
  }

  @Test
  void await_recordExpires_isAnsweredWithWhatIsKnown() {
    stored = Optional::empty;

    assertThat(waiter(1).await(asking("wait=9"), QUEUED)).isEqualTo(new Result(QUEUED, 9));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void stop_waitersInFlight_areAnsweredAtOnce(int waiters) throws Exception {
    CountDownLatch reading = new CountDownLatch(waiters);
    stored =
        () -> {
          reading.countDown();
          return Optional.of(QUEUED);
        };
    CompletionWaiter real = new CompletionWaiter(records(), Clock.systemUTC(), waiters);
    List<CompletableFuture<Result>> answers = new ArrayList<>();
    for (int i = 0; i < waiters; i++) {
      answers.add(
          CompletableFuture.supplyAsync(
              () -> real.await(asking("wait=30"), QUEUED), command -> new Thread(command).start()));
    }
    assertThat(reading.await(60, TimeUnit.SECONDS)).isTrue();

    real.stop();

    for (CompletableFuture<Result> answer : answers) {
      assertThat(answer.get(20, TimeUnit.SECONDS).record()).isEqualTo(QUEUED);
    }
  }
}
