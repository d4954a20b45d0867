package dev.whatsit.storage.fake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.whatsit.storage.fake.Call.Action;
import dev.whatsit.storage.fake.Fault.Kind;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tests the fake with a client that is not Whatsit's own, so that the fake cannot share its
 * mistakes.
 */
class FakeStorageTest {
  private static final String BUCKET = "images";

  /** The checksum of the nine bytes "123456789", in catalogues of CRCs: e3069283. */
  private static final String CHECKSUM = "4waSgw==";

  private final HttpClient client = HttpClient.newHttpClient();
  private Path folder;
  private FakeStorage storage;

  @BeforeEach
  void start(@TempDir Path folder) throws IOException {
    this.folder = folder;
    storage = FakeStorage.start(folder, 0, Clock.systemUTC(), Set.of(BUCKET));
  }

  @AfterEach
  void stop() {
    storage.close();
  }

  @Test
  void insert_newObject_isReadableInEveryWay() throws Exception {
    HttpResponse<String> inserted = insert("a/b", "123456789", "", "");

    assertThat(inserted.statusCode()).isEqualTo(200);
    JsonObject object = json(inserted);
    assertThat(object.get("crc32c").getAsString()).isEqualTo(CHECKSUM);
    assertThat(object.get("contentType").getAsString()).isEqualTo("image/png");
    assertThat(json(get("/storage/v1/b/images/o/a%2Fb"))).isEqualTo(object);
    HttpResponse<String> bytes = get("/download/storage/v1/b/images/o/a%2Fb?alt=media");
    assertThat(bytes.body()).isEqualTo("123456789");
    assertThat(bytes.headers().firstValue("Content-Type")).hasValue("image/png");
    assertThat(bytes.headers().firstValue("X-Goog-Hash")).hasValue("crc32c=" + CHECKSUM);
    assertThat(json(get("/storage/v1/b/images/o?prefix=a%2F")).getAsJsonArray("items")).hasSize(1);
    assertThat(json(get("/storage/v1/b/images/o?prefix=b")).has("items")).isFalse();
  }

  @Test
  void download_range_isTheRest() throws Exception {
    String generation = json(insert("a", "123456789", "", "")).get("generation").getAsString();
    String target = "/storage/v1/b/images/o/a?alt=media&generation=" + generation;

    HttpResponse<String> rest = get(target, "Range", "bytes=6-");

    assertThat(rest.statusCode()).isEqualTo(206);
    assertThat(rest.body()).isEqualTo("789");
    assertThat(rest.headers().firstValue("Content-Range")).hasValue("bytes 6-8/9");
    assertThat(rest.headers().firstValue("X-Goog-Stored-Content-Length")).hasValue("9");
    assertThat(get(target, "Range", "bytes=9-").statusCode()).isEqualTo(416);
    assertThat(get(target, "Range", "bytes=1-2").statusCode()).isEqualTo(501);
    assertThat(get(target + "0", "Range", "bytes=6-").statusCode()).isEqualTo(404);
  }

  @Test
  void delete_object_isGone() throws Exception {
    insert("a", "first", "", "");

    assertThat(delete("a")).isEqualTo(204);

    assertThat(delete("a")).isEqualTo(404);
    assertThat(get("/storage/v1/b/images/o/a").statusCode()).isEqualTo(404);
    assertThat(insert("a", "second", "&ifGenerationMatch=0", "").statusCode()).isEqualTo(200);
    storage.allow(Set.of("storage.objects.create"));
    assertThat(delete("a")).isEqualTo(403);
  }

  @Test
  void insert_onlyWhenNew_doesNotReplace() throws Exception {
    insert("a", "first", "&ifGenerationMatch=0", "");

    assertThat(insert("a", "second", "&ifGenerationMatch=0", "").statusCode()).isEqualTo(412);

    assertThat(get("/storage/v1/b/images/o/a?alt=media").body()).isEqualTo("first");
  }

  @Test
  void insert_withoutACondition_replacesUnderANewGeneration() throws Exception {
    long first = json(insert("a", "first", "", "")).get("generation").getAsLong();

    long second = json(insert("a", "second", "", "")).get("generation").getAsLong();

    assertThat(second).isGreaterThan(first);
    assertThat(get("/storage/v1/b/images/o/a?alt=media").body()).isEqualTo("second");
    assertThat(insert("a", "third", "&ifGenerationMatch=" + first, "").statusCode()).isEqualTo(412);
    assertThat(insert("a", "third", "&ifGenerationMatch=" + second, "").statusCode())
        .isEqualTo(200);
  }

  @Test
  void insert_checksum_isCompared() throws Exception {
    String good = ",\"crc32c\":\"" + CHECKSUM + "\"";

    assertThat(insert("a", "123456780", "", good).statusCode()).isEqualTo(400);
    assertThat(get("/storage/v1/b/images/o/a").statusCode()).isEqualTo(404);
    assertThat(insert("a", "123456789", "", good).statusCode()).isEqualTo(200);
  }

  @Test
  void start_again_hasWhatWasStored() throws Exception {
    long first = json(insert("a", "kept", "", "")).get("generation").getAsLong();
    storage.close();
    storage = FakeStorage.start(folder, 0, Clock.systemUTC(), Set.of(BUCKET, "other"));

    assertThat(get("/storage/v1/b/images/o/a?alt=media").body()).isEqualTo("kept");
    assertThat(get("/storage/v1/b/other/o/a?alt=media").statusCode()).isEqualTo(404);
    assertThat(json(insert("a", "new", "", "")).get("generation").getAsLong()).isGreaterThan(first);
  }

  @Test
  void start_notABucketsName_isRefused() {
    assertThatThrownBy(
            () -> FakeStorage.start(folder, 0, Clock.systemUTC(), Set.of("../elsewhere")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("../elsewhere");
  }

  @ParameterizedTest
  @CsvSource({
    "/storage/v1/b/absent/o/a, 404",
    "/storage/v1/b/images/o/absent?alt=media, 404",
    "/storage/v1/b/images, 501",
    "/, 501",
    "/images/a, 400",
    "/images/a?X-Goog-Signature=00, 400"
  })
  void get_whatIsNotThere_isRefused(String target, int status) throws Exception {
    insert("a", "first", "", "");

    assertThat(get(target).statusCode()).isEqualTo(status);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "--b\r\n",
        "--b\r\n\r\n{}\r\n--b--",
        "--b\r\n\r\nno json\r\n--b\r\n\r\nx\r\n--b--",
        "--b\r\n\r\n{\"name\":\"a\"}\r\n--b\r\nx\r\n--b--",
        "--b\r\n\r\n{\"name\":\"a\"}\r\n--b\r\n\r\nx\r\n--b\r\n\r\ny\r\n--b--"
      })
  void insert_brokenBody_isRefused(String body) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(uri("/upload/storage/v1/b/images/o?uploadType=multipart"))
            .header("Content-Type", "multipart/related; boundary=b")
            .POST(BodyPublishers.ofString(body))
            .build();

    assertThat(client.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(400);
    assertThat(json(get("/storage/v1/b/images/o")).has("items")).isFalse();
  }

  @Test
  void insert_otherKindsOfUpload_areRefused() throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(uri("/upload/storage/v1/b/images/o?uploadType=resumable&name=a"))
            .POST(BodyPublishers.ofString("{}"))
            .build();

    assertThat(client.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(501);
  }

  @Test
  void testPermissions_some_areTold() throws Exception {
    storage.allow(Set.of("storage.objects.get"));

    JsonObject told =
        json(
            get(
                "/storage/v1/b/images/iam/testPermissions"
                    + "?permissions=storage.objects.get&permissions=storage.objects.create"));

    assertThat(told.getAsJsonArray("permissions"))
        .extracting(permission -> permission.getAsString())
        .containsExactly("storage.objects.get");
  }

  @Test
  void fail_droppedAfterTheWork_hasDoneIt() throws Exception {
    storage.fail(call -> Fault.of(Kind.DROP_AFTER));
    assertThatThrownBy(() -> insert("a", "done", "", "")).isInstanceOf(IOException.class);
    storage.fail(call -> Fault.of(Kind.DROP_BEFORE));
    assertThatThrownBy(() -> insert("b", "not done", "", "")).isInstanceOf(IOException.class);
    storage.fail(call -> Fault.NONE);

    assertThat(get("/storage/v1/b/images/o/a?alt=media").body()).isEqualTo("done");
    assertThat(get("/storage/v1/b/images/o/b").statusCode()).isEqualTo(404);
    assertThat(storage.calls())
        .extracting(Call::action)
        .contains(Action.INSERT, Action.DOWNLOAD, Action.GET);
  }

  private HttpResponse<String> insert(String name, String content, String query, String more)
      throws Exception {
    String body =
        "--b\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{\"name\":\""
            + name
            + "\",\"contentType\":\"image/png\""
            + more
            + "}\r\n--b\r\nContent-Type: image/png\r\n\r\n"
            + content
            + "\r\n--b--\r\n";
    HttpRequest request =
        HttpRequest.newBuilder(uri("/upload/storage/v1/b/images/o?uploadType=multipart" + query))
            .header("Content-Type", "multipart/related; boundary=b")
            .POST(BodyPublishers.ofString(body))
            .build();
    return client.send(request, BodyHandlers.ofString(StandardCharsets.UTF_8));
  }

  private int delete(String name) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(uri("/storage/v1/b/images/o/" + name)).DELETE().build();
    return client.send(request, BodyHandlers.discarding()).statusCode();
  }

  private HttpResponse<String> get(String target, String... headers) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri(target));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), BodyHandlers.ofString());
  }

  private URI uri(String target) {
    return URI.create(storage.endpoint() + target);
  }

  private static JsonObject json(HttpResponse<String> answer) {
    return JsonParser.parseString(answer.body()).getAsJsonObject();
  }
}
