package dev.whatsit.status;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.classification.Annotation;
import dev.whatsit.domain.classification.Classification;
import dev.whatsit.domain.classification.ClassifierIdentity;
import dev.whatsit.domain.classification.Colour;
import dev.whatsit.domain.classification.DetectedObject;
import dev.whatsit.domain.classification.Extras;
import dev.whatsit.domain.classification.Landmark;
import dev.whatsit.domain.classification.RecognisedText;
import dev.whatsit.domain.classification.SafeSearch;
import dev.whatsit.domain.classification.WebFindings;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.domain.failure.FailureCodes;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.queue.WorkMessage;
import dev.whatsit.domain.record.Claim;
import dev.whatsit.domain.record.ClaimResult;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.Outcome;
import dev.whatsit.domain.record.WorkError;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.domain.thumbnail.Thumbnail;
import dev.whatsit.embedded.EmbeddedBackend;
import dev.whatsit.embedded.EmbeddedStores;
import dev.whatsit.invoker.FunctionServer;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StatusFunctionTest {
  private static final Instant T0 = Instant.parse("2026-11-21T08:19:44.497123Z");

  @TempDir Path data;

  private final HttpClient client = HttpClient.newHttpClient();
  private final EmbeddedBackend embedded = new EmbeddedBackend();
  private EmbeddedStores stores;
  private final AtomicInteger signed = new AtomicInteger();
  private StatusFunction function;
  private FunctionServer server;

  @BeforeEach
  void start() {
    Map<String, String> settings = Map.of("WHATSIT_DATA", data.toString());
    stores = embedded.stores(Settings.of(settings));
    function = new StatusFunction(settings, counting());
    server = FunctionServer.serve(function);
  }

  /** The embedded backend, counting the image links that it signs. */
  private Backend counting() {
    return new Backend() {
      @Override
      public String name() {
        return embedded.name();
      }

      @Override
      public Optional<DocumentStore> documents(Settings settings) {
        return embedded.documents(settings);
      }

      @Override
      public Optional<ImageStore> thumbnails(Settings settings) {
        return embedded.thumbnails(settings);
      }

      @Override
      public Optional<ImageStore> images(Settings settings) {
        return embedded.images(settings).map(store -> counted(ImageStore.class, store));
      }
    };
  }

  private <P> P counted(Class<P> port, P images) {
    return port.cast(
        Proxy.newProxyInstance(
            port.getClassLoader(),
            new Class<?>[] {port},
            (proxy, method, arguments) -> {
              if (method.getName().equals("link")) {
                signed.incrementAndGet();
              }
              return method.invoke(images, arguments);
            }));
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
    function.close();
    embedded.close();
  }

  @Test
  void list_severalPages_hasEachImageOnceNewestFirst() throws Exception {
    List<String> newestFirst = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      newestFirst.add(0, queued("listed" + i, T0.plusSeconds(i)).hex());
    }

    List<String> listed = new ArrayList<>();
    String path = "/v1/images?page_size=2";
    int pages = 0;
    for (String next = path; next != null; pages++) {
      HttpResponse<String> response = send("GET", next);
      assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
      JsonObject page = json(response);
      for (JsonElement image : page.getAsJsonArray("images")) {
        assertThat(image.getAsJsonObject().has("image_url")).isFalse();
        listed.add(image.getAsJsonObject().get("image_hash").getAsString());
      }
      JsonElement token = page.get("next_page_token");
      next = token.isJsonNull() ? null : path + "&page_token=" + token.getAsString();
    }

    assertThat(listed).isEqualTo(newestFirst);
    assertThat(pages).isEqualTo(3);
  }

  @Test
  void list_ofOneStatus_hasOnlyThat() throws Exception {
    ImageHash failed = queued("failed", T0.plusSeconds(9));
    queued("waiting", T0.plusSeconds(10));
    finish(failed, new Outcome.Failed(new WorkError("IMAGE_GONE", "Gone.", false)));

    JsonObject page = json(send("GET", "/?status=error&else=ignored"));

    assertThat(page.getAsJsonArray("images")).hasSize(1);
    assertThat(page.getAsJsonArray("images").get(0).getAsJsonObject().get("image_hash"))
        .isEqualTo(new JsonPrimitive(failed.hex()));
    assertThat(page.get("next_page_token").isJsonNull()).isTrue();
  }

  @Test
  void list_wrongValues_areAllNamed() throws Exception {
    HttpResponse<String> response =
        send("GET", "/v1/images?status=done&page_size=101&page_token=abc");

    assertThat(response.statusCode()).isEqualTo(422);
    List<String> fields = new ArrayList<>();
    json(response)
        .getAsJsonArray("errors")
        .forEach(error -> fields.add(error.getAsJsonObject().get("field").getAsString()));
    assertThat(fields).containsExactlyInAnyOrder("status", "page_size", "page_token");
    for (String query :
        List.of("page_size=0", "page_size=1.5", "page_size=", "page_size=1&page_size=2")) {
      assertThat(send("GET", "/v1/images?" + query).statusCode()).as(query).isEqualTo(422);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"999999999999", "253402300800", "-99999999999", "-62135596801"})
  void list_tokenOfAnInstantThatNoStoreKeeps_isRefused(String seconds) throws Exception {
    String text = "1  " + seconds + ".0 " + "a".repeat(64);
    String token =
        Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString(text.getBytes(StandardCharsets.US_ASCII));

    assertThat(send("GET", "/v1/images?page_token=" + token).statusCode()).isEqualTo(422);
  }

  @Test
  void list_emptyPageToken_isTheFirstPage() throws Exception {
    queued("one", T0);

    JsonObject page = json(send("GET", "/v1/images?page_token="));

    assertThat(page.get("images").getAsJsonArray()).hasSize(1);
  }

  @Test
  void list_tokenOfAnotherFilter_isRefused() throws Exception {
    queued("one", T0);
    queued("two", T0.plusSeconds(1));
    String token = json(send("GET", "/v1/images?page_size=1")).get("next_page_token").getAsString();

    assertThat(send("GET", "/v1/images?status=queued&page_token=" + token).statusCode())
        .isEqualTo(422);
  }

  @Test
  void get_queued_is202WithRetryAfterAndLink() throws Exception {
    ImageHash hash = queued("queued");

    HttpResponse<String> response = send("GET", "/v1/images/" + hash);

    assertThat(response.statusCode()).isEqualTo(202);
    assertThat(header(response, "Retry-After")).isEqualTo("1");
    JsonObject image = json(response);
    assertThat(image.get("status").getAsString()).isEqualTo("queued");
    assertThat(image.get("created_at").getAsString()).isEqualTo("2026-11-21T08:19:44.497Z");
    assertThat(image.get("image_url").getAsString())
        .startsWith("/v1/images/" + hash + "/content?expires=")
        .contains("&signature=");
    assertThat(image.get("error").isJsonNull()).isTrue();
  }

  @Test
  void get_success_is200WithLabelsAndBoxes() throws Exception {
    ImageHash hash = queued("success");
    finish(
        hash,
        new Outcome.Classified(
            new Classification(
                List.of(new Annotation("cat", 0.93456), new Annotation("couch", 0.41)),
                List.of(
                    new DetectedObject(
                        "cat", 0.93456, new DetectedObject.Box(0.1, 0.05, 0.9, 1.0))),
                new ClassifierIdentity("test", "model-1"))));

    HttpResponse<String> response = send("GET", "/" + hash);

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(header(response, "Retry-After")).isEmpty();
    JsonObject image = json(response);
    assertThat(image.get("annotations"))
        .isEqualTo(
            JsonParser.parseString(
                "[{'index':1,'label':'cat','confidence':0.9345},"
                    + "{'index':2,'label':'couch','confidence':0.4100}]"));
    assertThat(image.getAsJsonArray("objects").get(0).getAsJsonObject().get("box"))
        .isEqualTo(
            JsonParser.parseString("{'left':0.1000,'top':0.0500,'right':0.9000,'bottom':1.0000}"));
    assertThat(image.getAsJsonObject("classifier").get("model").getAsString()).isEqualTo("model-1");
    assertThat(image.get("attempts").getAsInt()).isEqualTo(1);
  }

  @Test
  void get_successWithoutExtras_hasNoMembersForThem() throws Exception {
    ImageHash hash = queued("plain");
    finish(
        hash,
        new Outcome.Classified(
            new Classification(List.of(), List.of(), new ClassifierIdentity("test", "1"))));

    assertThat(json(send("GET", "/" + hash)).keySet())
        .contains("annotations", "objects")
        .doesNotContain(
            "extras", "categories", "safe_search", "text", "colours", "landmarks", "logos", "web");
  }

  @Test
  void get_successWithExtras_hasAMemberForEach() throws Exception {
    ImageHash hash = queued("extras");
    Extras extras =
        new Extras(
            List.of(new Annotation("animal", 0.94921)),
            new SafeSearch(
                SafeSearch.Likelihood.VERY_UNLIKELY,
                SafeSearch.Likelihood.UNLIKELY,
                SafeSearch.Likelihood.POSSIBLE,
                SafeSearch.Likelihood.LIKELY,
                SafeSearch.Likelihood.UNKNOWN),
            RecognisedText.of("STOP\nhier"),
            List.of(new Colour(0x0a1b2c, 0.5, 0.25)),
            List.of(
                new Landmark("Tower", 0.75, new Landmark.Place(51.5, -0.125)),
                new Landmark("Bridge", 0.5, null)),
            List.of(),
            new WebFindings(
                List.of("a cat"),
                List.of(new WebFindings.Entity("Cat", 12.5)),
                List.of("https://example.org/"),
                List.of()));
    finish(
        hash,
        new Outcome.Classified(
            new Classification(
                List.of(), List.of(), new ClassifierIdentity("vision", "1"), extras)));

    JsonObject image = json(send("GET", "/" + hash));

    assertThat(image.get("categories"))
        .isEqualTo(JsonParser.parseString("[{'label':'animal','confidence':0.9492}]"));
    assertThat(image.get("safe_search"))
        .isEqualTo(
            JsonParser.parseString(
                "{'adult':'very_unlikely','spoof':'unlikely','medical':'possible',"
                    + "'violence':'likely','racy':'unknown'}"));
    assertThat(image.get("text"))
        .isEqualTo(JsonParser.parseString("{'content':'STOP\\nhier','truncated':false}"));
    assertThat(image.get("colours"))
        .isEqualTo(JsonParser.parseString("[{'rgb':'#0a1b2c','score':0.5000,'share':0.2500}]"));
    assertThat(image.get("landmarks"))
        .isEqualTo(
            JsonParser.parseString(
                "[{'label':'Tower','confidence':0.7500,'latitude':51.5,'longitude':-0.125},"
                    + "{'label':'Bridge','confidence':0.5000}]"));
    assertThat(image.get("logos")).isEqualTo(JsonParser.parseString("[]"));
    assertThat(image.get("web"))
        .isEqualTo(
            JsonParser.parseString(
                "{'best_guesses':['a cat'],'entities':[{'label':'Cat','score':12.5000}],"
                    + "'pages':['https://example.org/'],'images':[]}"));
  }

  @Test
  void get_error_is200AndSaysWhy() throws Exception {
    ImageHash hash = queued("error");
    finish(
        hash,
        new Outcome.Failed(
            new WorkError(FailureCodes.CORRUPT_IMAGE, "No decoder reads it.", false)));

    HttpResponse<String> response = send("GET", "/v1/images/" + hash);

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(json(response).get("error"))
        .isEqualTo(
            JsonParser.parseString(
                "{'code':'CORRUPT_IMAGE','detail':'No decoder reads it.','retryable':false}"));
    assertThat(json(response).has("annotations")).isFalse();
  }

  @Test
  void get_etag_staysUntilTheRecordChanges() throws Exception {
    ImageHash hash = queued("etag");
    HttpResponse<String> first = send("GET", "/" + hash);
    String etag = header(first, "ETag");

    HttpResponse<String> same = send("GET", "/" + hash, "If-None-Match", "\"x\", W/" + etag);
    assertThat(same.statusCode()).isEqualTo(304);
    assertThat(same.body()).isEmpty();
    assertThat(header(same, "ETag")).isEqualTo(etag);
    // RFC 9110 section 8.6: that of the 200, or none. Jetty writes 0 unless it is prevented.
    assertThat(header(same, "Content-Length")).isEmpty();
    assertThat(send("GET", "/" + hash, "If-None-Match", "*").statusCode()).isEqualTo(304);
    finish(
        hash,
        new Outcome.Classified(
            new Classification(List.of(), List.of(), new ClassifierIdentity("test", "1"))));

    HttpResponse<String> changed = send("GET", "/" + hash, "If-None-Match", etag);
    assertThat(changed.statusCode()).isEqualTo(200);
    assertThat(header(changed, "ETag")).isNotEqualTo(etag);
  }

  /** Regression: a client that was told 304 kept links that had expired. */
  @Test
  void get_etag_changesWithTheLinks() throws Exception {
    HttpResponse<String> response = send("GET", "/" + queued("linked"));

    String link = json(response).get("image_url").getAsString();
    String expiry = link.replaceFirst(".*[?&]expires=(\\d+).*", "$1");
    assertThat(header(response, "ETag")).endsWith("." + expiry + "\"");
  }

  /** Regression: links were signed, maybe by a remote call, for a response without links. */
  @Test
  void get_notModified_signsNothing() throws Exception {
    ImageHash hash = queued("unsigned");
    String etag = header(send("GET", "/" + hash), "ETag");
    assertThat(signed).hasValue(1);

    assertThat(send("GET", "/" + hash, "If-None-Match", etag).statusCode()).isEqualTo(304);

    assertThat(signed).hasValue(1);
  }

  @Test
  void get_thumbnails_areLinkedEachWithItsStatusAndChangeTheEntityTag() throws Exception {
    ImageHash hash = queued("illustrated");
    HttpResponse<String> before = send("GET", "/" + hash);
    assertThat(json(before).has("thumbnails")).isFalse();
    ImageHash bytes = new ImageHash("b".repeat(64));
    stores
        .thumbnailRecords()
        .put(
            hash,
            List.of(
                Thumbnail.made(256, new ImageDescription(bytes, ImageFormat.WEBP, 9, 256, 171)),
                Thumbnail.failed(1024, new WorkError("THUMBNAIL_FAILED", "Not written.", true))),
            Instant.now());

    HttpResponse<String> after = send("GET", "/" + hash, "If-None-Match", header(before, "ETag"));

    assertThat(after.statusCode()).isEqualTo(202);
    assertThat(header(after, "ETag")).isNotEqualTo(header(before, "ETag"));
    JsonObject made = json(after).getAsJsonArray("thumbnails").get(0).getAsJsonObject();
    assertThat(made.get("status").getAsString()).isEqualTo("success");
    assertThat(made.get("width").getAsInt()).isEqualTo(256);
    assertThat(made.get("height").getAsInt()).isEqualTo(171);
    assertThat(made.get("content_type").getAsString()).isEqualTo("image/webp");
    assertThat(made.get("url").getAsString()).startsWith("/v1/thumbnails/" + bytes + "?");
    JsonObject failed = json(after).getAsJsonArray("thumbnails").get(1).getAsJsonObject();
    assertThat(failed.get("size").getAsInt()).isEqualTo(1024);
    assertThat(failed.get("status").getAsString()).isEqualTo("error");
    assertThat(failed.has("url")).isFalse();
    assertThat(failed.getAsJsonObject("error").get("retryable").getAsBoolean()).isTrue();
    assertThat(send("GET", "/" + hash, "If-None-Match", header(after, "ETag")).statusCode())
        .isEqualTo(304);
  }

  @Test
  void head_answersAsGetWithoutABody() throws Exception {
    ImageHash hash = queued("head");
    HttpResponse<String> get = send("GET", "/" + hash);

    HttpResponse<String> head = send("HEAD", "/" + hash);

    assertThat(head.statusCode()).isEqualTo(202);
    assertThat(head.body()).isEmpty();
    for (String name : List.of("ETag", "Content-Type", "Retry-After", "Content-Length")) {
      assertThat(header(head, name)).as(name).isEqualTo(header(get, name)).isNotEmpty();
    }
    assertThat(send("HEAD", "/" + "0".repeat(64)).statusCode()).isEqualTo(404);
  }

  @Test
  void get_unknown_is404() throws Exception {
    assertProblem(send("GET", "/v1/images/" + "0".repeat(64)), 404, "IMAGE_NOT_FOUND");
  }

  @ParameterizedTest
  @CsvSource({"a, 1", "a, 63", "a, 65", "a, 300", "A, 64", "g, 64", "%20, 64"})
  void get_noHash_isInvalid(String character, int length) throws Exception {
    assertProblem(send("GET", "/v1/images/" + character.repeat(length)), 400, "INVALID_HASH");
  }

  @Test
  void get_recordStoreClosed_is503AndNotReady() throws Exception {
    ImageHash hash = queued("closed");
    assertThat(send("GET", "/health/ready").statusCode()).isEqualTo(200);
    embedded.close();

    assertProblem(send("GET", "/" + hash), 503, "TEMPORARILY_UNAVAILABLE");
    assertThat(send("GET", "/health/live").statusCode()).isEqualTo(204);
  }

  private ImageHash queued(String name) {
    return queued(name, T0);
  }

  private ImageHash queued(String name, Instant at) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    ImageHash hash = ImageHash.ofDigest(ImageHash.newDigest().digest(bytes));
    ImageDescription image = new ImageDescription(hash, ImageFormat.JPEG, 184_213, 1024, 683);
    stores.records().createIfAbsent(ImageRecord.queued(image, "message-" + name, at), at);
    return hash;
  }

  private void finish(ImageHash hash, Outcome outcome) {
    ImageRecord record = stores.records().find(hash, T0).orElseThrow();
    String token = "token-" + hash;
    Claim claim =
        new Claim(new WorkMessage(record.image(), 1, T0), "m", token, T0, T0.plusSeconds(60));
    stores
        .records()
        .finish((ClaimResult.Granted) stores.records().claim(claim), outcome, T0.plusSeconds(1));
  }

  private HttpResponse<String> send(String method, String path, String... headers)
      throws Exception {
    HttpRequest.Builder builder = HttpRequest.newBuilder(URI.create(server.uri() + path));
    if (headers.length > 0) {
      builder.headers(headers);
    }
    return client.send(
        builder.method(method, BodyPublishers.noBody()).build(), BodyHandlers.ofString());
  }

  private static String header(HttpResponse<String> response, String name) {
    return response.headers().firstValue(name).orElse("");
  }

  private static JsonObject json(HttpResponse<String> response) {
    return JsonParser.parseString(response.body()).getAsJsonObject();
  }

  private static void assertProblem(HttpResponse<String> response, int status, String code) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(header(response, "Content-Type")).isEqualTo("application/problem+json");
    assertThat(json(response).get("code").getAsString()).isEqualTo(code);
    assertThat(header(response, "X-Request-Id")).isNotEmpty();
  }
}
