package dev.whatsit.storage.gcs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.management.ThreadMXBean;
import dev.whatsit.contracts.ImageStoreContract;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageBytes;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.image.ImageStore.Put;
import dev.whatsit.storage.fake.Call;
import dev.whatsit.storage.fake.Call.Action;
import dev.whatsit.storage.fake.FakeStorage;
import dev.whatsit.storage.fake.Fault;
import dev.whatsit.storage.fake.Fault.Kind;
import dev.whatsit.storage.gcs.StorageClient.Limits;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

// A hang is a failure here; the limit is far beyond what any machine needs.
@Timeout(120)
class GcsImageStoreTest extends ImageStoreContract {
  /** Short enough that a hanging call times out soon, long enough that no other call does. */
  private static final Limits IMPATIENT =
      new Limits(
          Duration.ofSeconds(4),
          Duration.ofSeconds(1),
          Duration.ofSeconds(1),
          Duration.ofNanos(100),
          2);

  private final byte[] content = Samples.bytes(1, 10_000);
  private final ImageDescription image = Samples.image(content);
  private LinkReader reader;
  private FakeStorage storage;
  private GcsImageStore store;
  private GcsImageStore other;

  @BeforeEach
  void start(@TempDir Path folder) throws IOException {
    reader = new LinkReader(folder);
    storage = reader.storage();
    store = store(Samples.BUCKET, Samples.PATIENT);
    other = store(Samples.BUCKET, Samples.PATIENT);
  }

  @AfterEach
  void stop() {
    reader.close();
  }

  @Override
  protected ImageStore store() {
    return store;
  }

  @Override
  protected ImageStore otherStore() {
    return other;
  }

  @Override
  protected Duration linkLifetime() {
    return Samples.LINK_LIFETIME;
  }

  @Override
  protected Optional<String> follow(URI link, Instant now) throws Exception {
    return reader.follow(link, now);
  }

  @Test
  void everyCall_thatSucceeds_isOneRemoteCall() throws IOException {
    store.putIfAbsent(image, ImageBytes.of(content));
    assertThat(actions()).containsExactly(Action.INSERT);

    store.putIfAbsent(image, ImageBytes.of(content));
    assertThat(actions()).containsExactly(Action.INSERT, Action.INSERT);

    storage.forgetCalls();
    try (InputStream stream = store.open(image.hash()).orElseThrow()) {
      assertThat(stream.readAllBytes()).isEqualTo(content);
    }
    assertThat(actions()).containsExactly(Action.DOWNLOAD);

    storage.forgetCalls();
    store.check();
    assertThat(actions()).containsExactly(Action.TEST_PERMISSIONS);

    storage.forgetCalls();
    store.delete(image.hash());
    assertThat(actions()).containsExactly(Action.DELETE);

    storage.forgetCalls();
    assertThat(store.open(image.hash())).isEmpty();
    // A missing bucket must not be taken for a missing image.
    assertThat(actions()).containsExactly(Action.DOWNLOAD, Action.LIST);
  }

  @ParameterizedTest
  @EnumSource(ImageFormat.class)
  void put_newBytes_haveTheirContentTypeAndChecksum(ImageFormat format) throws Exception {
    ImageDescription described = Samples.image(content, format);
    store.putIfAbsent(described, ImageBytes.of(content));

    JsonObject object = metadata(ObjectArea.IMAGES.nameOf(described.hash()));

    assertThat(object.get("contentType").getAsString()).isEqualTo(format.mediaType());
    assertThat(object.get("size").getAsString()).isEqualTo("10000");
    assertThat(object.get("crc32c").getAsString()).hasSize(8);
  }

  @Test
  void put_bytesChangeOnTheWay_areRefusedAndNotStored() {
    failNext(Fault.of(Kind.DAMAGE));

    assertThatThrownBy(() -> store.putIfAbsent(image, ImageBytes.of(content)))
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("store image " + image.hash())
        .hasMessageContaining("CRC32C");

    assertThat(store.open(image.hash())).isEmpty();
    assertThat(store.putIfAbsent(image, ImageBytes.of(content))).isEqualTo(Put.STORED);
  }

  @ParameterizedTest
  @ValueSource(ints = {408, 429, 500, 502, 503, 504})
  void put_errorThatPasses_isTriedAgain(int status) throws IOException {
    failNext(Fault.status(status));

    assertThat(store.putIfAbsent(image, ImageBytes.of(content))).isEqualTo(Put.STORED);

    assertThat(actions()).containsExactly(Action.INSERT, Action.INSERT);
    assertStored();
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 403, 404, 501})
  void put_errorThatStays_isNotTriedAgain(int status) {
    failNext(Fault.status(status), Fault.status(status), Fault.status(status));

    assertThatThrownBy(() -> store.putIfAbsent(image, ImageBytes.of(content)))
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("store image " + image.hash() + " in the bucket whatsit-images")
        .hasMessageContaining(status + " told to fail");

    assertThat(actions()).containsExactly(Action.INSERT);
  }

  /** Only the last error of a service that stays down reaches the caller. */
  @ParameterizedTest
  @CsvSource({"503, 4, ", "429, 4, 10"})
  void everyCall_serviceStaysDown_failsAfterFourAttempts(
      int status, int attempts, Long retryAfter) {
    assertEveryCallFails(Fault.status(status), status, attempts, retryAfter);
  }

  @ParameterizedTest
  @CsvSource({"429, 7", "503, 300"})
  void everyCall_retryAfterHeader_isPassedOnWithoutARetry(int status, int seconds) {
    assertEveryCallFails(new Fault(Kind.STATUS, status, seconds), status, 1, (long) seconds);
  }

  private void assertEveryCallFails(Fault fault, int status, int attempts, Long retryAfter) {
    storage.fail(call -> fault);
    for (ThrowingCallable call : everyCall()) {
      storage.forgetCalls();
      assertThatThrownBy(call)
          .isInstanceOfSatisfying(
              TransientFailure.class,
              failure ->
                  assertThat(failure.retryAfter().map(Duration::toSeconds))
                      .isEqualTo(Optional.ofNullable(retryAfter)))
          .hasMessageContaining(status + " ");
      assertThat(storage.calls()).hasSize(attempts);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "DROP_BEFORE, STORED",
    "HANG_BEFORE, STORED",
    "DROP_AFTER, ALREADY_THERE",
    "HANG_AFTER, ALREADY_THERE"
  })
  void put_requestOrResponseIsLost_isTriedAgain(Kind kind, Put expected) throws IOException {
    failNext(Fault.of(kind));

    assertThat(impatient().putIfAbsent(image, ImageBytes.of(content))).isEqualTo(expected);

    assertThat(storage.calls()).hasSize(2);
    assertStored();
  }

  @Test
  void everyCall_notPermitted_saysSo() {
    storage.allow(Set.of());

    for (ThrowingCallable call : everyCall().subList(0, 3)) {
      assertThatThrownBy(call).isInstanceOf(TransientFailure.class).hasMessageContaining("403");
    }
    assertThatThrownBy(store::check)
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("whatsit-images")
        .hasMessageContaining("roles/storage.objectCreator");
  }

  @Test
  void put_accountThatOnlyCreates_storesAndKnowsWhatIsThere() {
    storage.allow(Set.of("storage.objects.create"));

    assertThat(store.putIfAbsent(image, ImageBytes.of(content))).isEqualTo(Put.STORED);
    assertThat(store.putIfAbsent(image, ImageBytes.of(content))).isEqualTo(Put.ALREADY_THERE);
    store.check();
  }

  @ParameterizedTest
  @EnumSource(
      value = Kind.class,
      names = {"DROP_BEFORE", "DROP_AFTER"})
  void delete_requestOrAnswerIsLost_isTriedAgain(Kind kind) {
    store.putIfAbsent(image, ImageBytes.of(content));
    storage.forgetCalls();
    failNext(Fault.of(kind));

    store.delete(image.hash());

    assertThat(actions()).containsExactly(Action.DELETE, Action.DELETE);
    assertThat(store.open(image.hash())).isEmpty();
  }

  @Test
  void everyCall_bucketIsNotThere_failsForNow() {
    GcsImageStore nowhere = store("no-such-bucket", Samples.PATIENT);

    assertThatThrownBy(() -> nowhere.putIfAbsent(image, ImageBytes.of(content)))
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("bucket does not exist");
    // Not empty, which would mean a missing image.
    assertThatThrownBy(() -> nowhere.open(image.hash()))
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("bucket does not exist");
    assertThatThrownBy(nowhere::check)
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("bucket does not exist");
  }

  @Test
  void open_downloadIsCut_goesOnWhereItWas() throws IOException {
    store.putIfAbsent(image, ImageBytes.of(content));
    storage.forgetCalls();
    failNext(Fault.of(Kind.DAMAGE), Fault.of(Kind.DAMAGE));

    try (InputStream stream = store.open(image.hash()).orElseThrow()) {
      assertThat(stream.readAllBytes()).isEqualTo(content);
    }

    assertThat(actions()).containsExactly(Action.DOWNLOAD, Action.DOWNLOAD, Action.DOWNLOAD);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void open_anythingGoesWrong_neverGivesOtherBytesNorNone(long seed) {
    store.putIfAbsent(image, ImageBytes.of(content));
    Random random = new Random(seed);
    Kind[] kinds = {Kind.NONE, Kind.STATUS, Kind.DROP_BEFORE, Kind.DROP_AFTER, Kind.DAMAGE};
    storage.fail(
        call -> {
          Kind kind = kinds[random.nextInt(kinds.length)];
          return kind == Kind.STATUS ? Fault.status(503) : Fault.of(kind);
        });

    int whole = 0;
    for (int i = 0; i < 50; i++) {
      try (InputStream stream = store.open(image.hash()).orElseThrow()) {
        assertThat(stream.readAllBytes()).isEqualTo(content);
        whole++;
      } catch (TransientFailure e) {
        assertThat(e).hasMessageContaining("open image " + image.hash());
      } catch (IOException e) {
        assertThat(e).as("the end of the connection amid the bytes").isNotNull();
      }
    }
    assertThat(whole).isBetween(1, 49);
  }

  @Test
  void put_largeImageOfOneArray_isNotCopied() {
    byte[] warm = Samples.bytes(3, 1000);
    store.putIfAbsent(Samples.image(warm), ImageBytes.of(warm));
    byte[] large = Samples.bytes(4, 16 << 20);
    ImageDescription described = Samples.image(large);
    Map<Long, Long> before = allocatedByCalls();

    store.putIfAbsent(described, ImageBytes.of(large));

    long overhead =
        allocatedByCalls().entrySet().stream()
            .mapToLong(thread -> thread.getValue() - before.getOrDefault(thread.getKey(), 0L))
            .sum();
    assertThat(overhead).isBetween(1L, 2L << 20);
  }

  private static Map<Long, Long> allocatedByCalls() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    Map<Long, Long> allocated = new HashMap<>();
    for (ThreadInfo thread : threads.getThreadInfo(threads.getAllThreadIds())) {
      if (thread != null && thread.getThreadName().equals("cloud-storage")) {
        long id = thread.getThreadId();
        allocated.put(id, threads.getThreadAllocatedBytes(id));
      }
    }
    return allocated;
  }

  private GcsImageStore impatient() {
    return store(Samples.BUCKET, IMPATIENT);
  }

  private GcsImageStore store(String bucket, Limits limits) {
    return Samples.store(storage.endpoint(), bucket, limits);
  }

  private void failNext(Fault... faults) {
    Queue<Fault> next = new ArrayDeque<>(List.of(faults));
    storage.fail(
        call -> {
          synchronized (next) {
            Fault fault = next.poll();
            return fault == null ? Fault.NONE : fault;
          }
        });
  }

  private List<ThrowingCallable> everyCall() {
    return List.of(
        () -> store.putIfAbsent(image, ImageBytes.of(content)),
        () -> store.open(image.hash()),
        () -> store.delete(image.hash()),
        store::check);
  }

  private List<Action> actions() {
    return storage.calls().stream().map(Call::action).toList();
  }

  private void assertStored() throws IOException {
    storage.fail(call -> Fault.NONE);
    try (InputStream stream = other.open(image.hash()).orElseThrow()) {
      assertThat(stream.readAllBytes()).isEqualTo(content);
    }
  }

  private JsonObject metadata(String object) throws Exception {
    URI uri =
        URI.create(
            storage.endpoint()
                + "/storage/v1/b/"
                + Samples.BUCKET
                + "/o/"
                + object.replace("/", "%2F"));
    String body =
        HttpClient.newHttpClient()
            .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
            .body();
    return JsonParser.parseString(body).getAsJsonObject();
  }
}
