import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.awt.image.BufferedImage;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.DoublePredicate;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.GZIPOutputStream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;

/**
 * Sends the same requests to any build of the local server and prints its normalised responses, so
 * that the responses of two builds can be compared. {@link #USAGE} tells how to run it. Whatever
 * differs between two runs of one build (times, ids, signatures, durations) and the wording of
 * {@code detail} is replaced by placeholders.
 */
public final class Responses {
  private static final String USAGE =
      """
      Sends fixed requests to a fresh local server and prints the normalised responses.

        java checks/responses/Responses.java http://localhost:8080 > before.txt
        java checks/responses/Responses.java --compare before.txt after.txt

      --compare prints the differences and exits with 1 if there are any.

      The server needs an empty data folder and the settings below: small limits, so that their
      errors can be provoked, and permission to call this program, which listens on
      127.0.0.1:18081 as a source of images and a receiver of callbacks. Nothing may listen on
      port 18082. Run all commands in the root folder of the repository:

        rm -rf /tmp/responses-data
        WHATSIT_DATA=/tmp/responses-data \\
        MAX_IMAGE_BYTES=2097152 UPLOAD_BUDGET_BYTES=4325376 MULTIPART_BUDGET_BYTES=63111168 \\
        UPLOAD_SECONDS=6 DECODE_BUDGET_BYTES=16777216 \\
        OUTBOUND_ALLOW=127.0.0.0/8 OUTBOUND_PORTS=80,443,18081,18082 OUTBOUND_SECONDS=3 \\
        FETCH_ATTEMPTS=1 SWEEP_SECONDS=3600 \\
        CALLBACK_SECRETS=whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE= \\
        mvn -q compile exec:java
      """;

  /** Error codes that these requests do not provoke, with the reason. */
  private static final String NOT_PROVOKED =
      """
      ATTEMPTS_EXHAUSTED: a classifier that fails again and again is needed
      CIRCUIT_OPEN: a receiver that is silent for days is needed
      CLASSIFIER_UNAVAILABLE: only Cloud Vision can be unavailable
      CROSS_SITE: not in this build
      DEFERRED_TOO_LONG: takes seven days
      DOCUMENT_TOO_LARGE: no request is large enough
      GIVEN_UP: takes seven days or fifty crashes
      IMAGE_GONE: the bytes must be deleted from the data folder
      INTERNAL: a defect is needed
      NOT_IMPLEMENTED: the HTTP server has no 501 for these requests
      NOT_READY: a broken store is needed
      OBSOLETE: not in this build
      QUEUE_FULL: ten thousand images must wait
      QUOTA_USED_UP: only Cloud Vision has a quota
      REPLAYED: not in this build
      REQUEST_TOO_LARGE: the HTTP server has no 413 for these requests
      RESULT_TOO_LARGE: no built-in model gives that much
      RUNS_EXHAUSTED: takes billions of runs
      SPENDING_CEILING: only Cloud Vision costs money
      STOPPING: the server must be stopped
      STORAGE_FULL: the setting MAX_STORED_BYTES is needed
      TEMPORARILY_UNAVAILABLE: a broken store is needed
      THUMBNAIL_FAILED: a defect of a decoder is needed
      UNREADABLE: not in this build
      UNWRAPPED_PUSH: event functions are not reachable over HTTP
      """;

  /** The port of the server of this program. */
  private static final int LOOPBACK_PORT = 18081;

  /** A URL at an allowed port on which nothing listens. */
  private static final String CLOSED = "http://127.0.0.1:18082/";

  private static final String SECRET = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
  private static final int MAX_IMAGE_BYTES = 2 * 1024 * 1024;
  private static final int UPLOAD_BUDGET_BYTES = 2 * MAX_IMAGE_BYTES + 128 * 1024;
  private static final int MAX_PART_BYTES = 10 * 1024 * 1024;

  private static final String UNKNOWN_HASH = "0".repeat(64);
  private static final String UNKNOWN = "/v1/images/" + UNKNOWN_HASH;
  private static final String UNKNOWN_BATCH = "0".repeat(32);

  /** A list that is the same whenever it is requested after the callbacks. */
  private static final String LIST = "/v1/images?status=error&page_size=1";

  private static final String JSON = "Content-Type: application/json";
  private static final String FORM = "Content-Type: multipart/form-data; boundary=edge";
  private static final String WAIT = "Prefer: wait=30";
  private static final String CANCEL = "{\"status\":\"canceled\"}";
  private static final String THUMBNAILS = "\"thumbnails\":";
  private static final String TRIED = "\"attempts\":[{";
  private static final String UPLOAD_BYTES = "whatsit_upload_bytes_in_flight";
  private static final String FORM_BYTES = "whatsit_multipart_bytes_in_flight";
  private static final byte[] NONE = {};

  private final int port;
  private final PrintStream out;
  private final LoopbackServer loopback;
  private final Normalizer normalizer = new Normalizer();
  private final Set<String> codes = new TreeSet<>();
  private final Set<String> names = new HashSet<>();

  private Responses(int port, PrintStream out, LoopbackServer loopback) {
    this.port = port;
    this.out = out;
    this.loopback = loopback;
  }

  /** Runs one of the two modes that {@link #USAGE} describes. */
  public static void main(String[] arguments) throws Exception {
    if (arguments.length == 3 && arguments[0].equals("--compare")) {
      System.exit(Comparison.print(Path.of(arguments[1]), Path.of(arguments[2]), System.out));
    }
    if (arguments.length != 1 || !arguments[0].startsWith("http://")) {
      System.err.print(USAGE);
      System.exit(2);
    }
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    try (LoopbackServer loopback = new LoopbackServer()) {
      new Responses(URI.create(arguments[0]).getPort(), out, loopback).run();
    }
    System.exit(0);
  }

  private void run() throws Exception {
    if (!send(get("/v1/images")).text().contains("\"images\":[]")) {
      System.err.println("The server is not fresh: GET /v1/images is not an empty list.");
      System.exit(2);
    }
    service();
    String photo = formats();
    reads(photo);
    lists();
    options();
    cancels();
    retries(photo);
    forms();
    digests();
    sources();
    callbacks(photo);
    batches(photo);
    jsonBodies();
    methods();
    paths();
    brokenHttp();
    limits();
    ending();
  }

  private void service() throws Exception {
    for (String path : words("/health/live /health/ready /openapi.yaml /docs / /docs/none")) {
      call("service " + path, get(path));
      call("service HEAD " + path, head(path));
    }
    for (String file : words("start.js swagger-ui.css swagger-ui-bundle.js favicon-32x32.png")) {
      call("service docs file " + file, get("/docs/" + file));
    }
    call("service HEAD /metrics", head("/metrics"));
    call("service list of nothing", get("/v1/images"));
    for (String path : words("/health/live /nope /v1/images")) {
      call("service request id kept " + path, get(path, "X-Request-Id: abc-123"));
    }
    call("service request id with spaces", get("/nope", "X-Request-Id: no spaces"));
    call("service request id too long", get("/nope", "X-Request-Id: " + "x".repeat(129)));
    String trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    call("service traceparent", get("/v1/images", "traceparent: " + trace));
    call("service conditional on docs", get("/docs", "If-None-Match: *"));
    call("service accept of another type", get("/v1/images", "Accept: text/html"));
    call("service accept-encoding gzip", get("/v1/images", "Accept-Encoding: gzip"));
  }

  /** Submits one image of each format, and waits for its result. Returns the hash of the photo. */
  private String formats() throws Exception {
    byte[] photo = photo();
    Map<String, byte[]> pictures = new LinkedHashMap<>();
    pictures.put("photo", photo);
    pictures.put("png", Pictures.of(1, "png"));
    pictures.put("gif", Pictures.of(2, "gif"));
    pictures.put("bmp", Pictures.of(3, "bmp"));
    pictures.put("jpg", Pictures.of(4, "jpg"));
    pictures.put("webp", Pictures.webp());
    pictures.put("turned jpg", Pictures.turned());
    pictures.put("one pixel", Pictures.plain(1, 1));
    pictures.put("long strip", Pictures.plain(3000, 2));
    pictures.put("large png", Pictures.plain(8000, 1000));
    pictures.put("broken data", Pictures.broken(13));
    pictures.put("arithmetic coding", Pictures.arithmetic(photo));
    pictures.put("decoding too costly", Pictures.progressive(4000, 4000));
    pictures.put("largest size", Arrays.copyOf(Pictures.of(12, "png"), MAX_IMAGE_BYTES));
    for (Map.Entry<String, byte[]> picture : pictures.entrySet()) {
      String name = "format " + picture.getKey();
      String hash = image(picture.getKey(), picture.getValue());
      call(name, post("/v1/images", picture.getValue(), WAIT, "Content-Type: text/plain"));
      until(name + " read", get("/v1/images/" + hash), has(THUMBNAILS));
    }
    call("format broken data again", post("/v1/images", pictures.get("broken data")));
    call("format photo again", post("/v1/images", photo));
    call("format photo again with wait", post("/v1/images", photo, WAIT));
    call("format photo again in chunks", chunked(photo));
    call("format photo with unknown query", post("/v1/images?x=1&y", photo));
    call("encoding gzip", post("/v1/images", gzip(photo), "Content-Encoding: gzip"));
    call("encoding identity", post("/v1/images", photo, "Content-Encoding: identity"));
    call("encoding unknown", post("/v1/images", photo, "Content-Encoding: zip"));

    Map<String, byte[]> refused = new LinkedHashMap<>();
    refused.put("empty", NONE);
    refused.put("text", bytes("hello"));
    refused.put("svg", bytes("<svg xmlns='http://www.w3.org/2000/svg'/>"));
    refused.put("heic", bytes("\0\0\0\u0018ftypheic\0\0\0\0mif1heic"));
    refused.put("tiff", bytes("II*\0\u0008\0\0\0"));
    refused.put("pdf", bytes("%PDF-1.7"));
    refused.put("gzip", gzip(photo));
    for (String format : words("photo png gif bmp webp")) {
      refused.put("cut " + format, Arrays.copyOf(pictures.get(format), 20));
    }
    refused.put("cut signature", Arrays.copyOf(pictures.get("gif"), 8));
    refused.put("no width", Pictures.pngHeader(0, 10));
    refused.put("too many pixels", Pictures.pngHeader(100_000, 100_000));
    refused.put("too many bytes", Arrays.copyOf(pictures.get("png"), MAX_IMAGE_BYTES + 1));
    for (Map.Entry<String, byte[]> picture : refused.entrySet()) {
      call("refused " + picture.getKey(), post("/v1/images", picture.getValue()));
      awaitIdle();
      call("refused in chunks " + picture.getKey(), chunked(picture.getValue()));
    }
    return hash(photo);
  }

  private void reads(String photo) throws Exception {
    String path = "/v1/images/" + photo;
    Response read = send(get(path));
    String etag = read.header("etag");
    call("read HEAD", head(path));
    call("read with wait", get(path, WAIT));
    call("read unknown query", get(path + "?x=1"));
    call("read range", get(path, "Range: bytes=0-9"));
    call("read HEAD unchanged", head(path, "If-None-Match: " + etag));
    for (String tag : lines("ETAG\nW/ETAG\n\"a\", ETAG, \"b\"\n*\n\"other\"\nother")) {
      call("read if-none-match " + tag, get(path, "If-None-Match: " + tag.replace("ETAG", etag)));
    }
    call("read if-match another tag", get(path, "If-Match: \"other\""));
    call("read unknown", get(UNKNOWN));
    call("read unknown HEAD", head(UNKNOWN));
    call("read unknown with wait", get(UNKNOWN, WAIT));
    for (char digit : "aAg".toCharArray()) {
      for (int length = 63; length <= 65; length++) {
        if (digit != 'a' || length != 64) {
          call("read hash " + length + digit, get("/v1/images/" + (digit + "").repeat(length)));
        }
      }
    }
    for (String hash : words("x zz! caf%C3%A9 0%20 0;x=1 %66")) {
      call("read hash " + hash, get("/v1/images/" + hash));
      call("read HEAD hash " + hash, head("/v1/images/" + hash));
    }
    links("content", read.member("image_url"), path + "/content");
    String thumbnail = find(read.text(), "\"url\":\"([^\"]+)\"");
    links("thumbnail", thumbnail, thumbnail.replaceAll("\\?.*", ""));
    call("thumbnail by width", get(path + "/thumbnail?width=256"));
    call("callbacks of none", get(path + "/callbacks"));
    call("callbacks HEAD", head(path + "/callbacks"));
    call("callbacks of invalid hash", get("/v1/images/ABC/callbacks"));
  }

  private void links(String name, String link, String bare) throws Exception {
    call(name + " open", get(link));
    call(name + " HEAD", head(link));
    String etag = send(get(link)).header("etag");
    call(name + " range", get(link, "Range: bytes=0-9"));
    call(name + " range not satisfiable", get(link, "Range: bytes=99999999-"));
    call(name + " if-range", get(link, "Range: bytes=0-9", "If-Range: " + etag));
    call(name + " unchanged", get(link, "If-None-Match: " + etag));
    call(name + " HEAD unchanged", head(link, "If-None-Match: " + etag));
    call(name + " another tag", get(link, "If-None-Match: \"x\""));
    call(name + " without signature", get(bare));
    call(name + " without signature HEAD", head(bare));
    call(name + " another signature", get(link.replaceAll("signature=....", "signature=AAAA")));
    call(name + " another time", get(link.replaceAll("expires=.", "expires=9")));
    call(name + " expired", get(link.replaceAll("expires=\\d+", "expires=1000000000")));
    call(name + " of another image", get(link.replaceAll("[0-9a-f]{64}", UNKNOWN_HASH)));
    call(name + " one more parameter", get(link + "&x=1"));
    call(name + " signature twice", get(link + "&signature=x"));
  }

  private void lists() throws Exception {
    call("list all", get("/v1/images"));
    call("list HEAD", head("/v1/images"));
    String token = call("list page 1", get("/v1/images?page_size=2")).member("next_page_token");
    call("list page 2", get("/v1/images?page_size=2&page_token=" + token));
    call("list token of another filter", get("/v1/images?status=error&page_token=" + token));
    call("list changed token", get("/v1/images?page_token=" + token + "x"));
    String queries =
        """
        status=scheduled status=pending status=queued status=processing status=canceled
        status=success&page_size=3 status=error&page_size=1 page_size=1 page_size=100
        page_size=%31&&unknown=1 page_size=0 page_size=101 page_size=-1 page_size=x page_size=
        page_size=1.5 page_size=1&page_size=2 page_size=99999999999999999999
        status=bad status= status=SUCCESS status=error&status=error
        page_token=bad page_token= page_token=%ff status=bad&page_size=0&page_token=bad
        """;
    for (String query : words(queries)) {
      call("list " + query, get("/v1/images?" + query));
    }
  }

  private void options() throws Exception {
    queued("accepted without a type", 100);
    queued("accepted with a type", 200, "Content-Type: application/octet-stream");
    byte[] later = picture("later");
    String path = "/v1/images/" + hash(later);
    call("later by a delay", post("/v1/images?delay_seconds=1000", later));
    call("later read", get(path));
    call("later read HEAD", head(path));
    call("later read with wait", get(path, "Prefer: wait=1, wait=30"));
    call("later content", get(path + "/content"));
    call("later list", get("/v1/images?status=scheduled"));
    call("later sent with a later time", post("/v1/images?delay_seconds=2000", later));
    call("later sent with an earlier time", post("/v1/images?delay_seconds=900", later));
    call("later sent without a time", post("/v1/images", later, WAIT));
    until("later done", get(path), has(THUMBNAILS));
    for (String preference : lines("wait\nwait=x\nwait=0\nwait=1; foo\nWAIT = \"1\"\na, wait=99")) {
      call("prefer " + preference, get(path, "Prefer: " + preference));
    }
    call("later by a second", post("/v1/images?delay_seconds=1", picture("soon"), WAIT));
    byte[] day = picture("in a day");
    String time = Instant.now().truncatedTo(ChronoUnit.SECONDS).plus(Duration.ofDays(1)).toString();
    call("later by a time", post("/v1/images?not_before=" + time, day));
    String offset = time.replace("Z", ".5%2B01:00");
    call("later by a time with offset", post("/v1/images?not_before=" + offset, day));
    call("later by now", post("/v1/images?not_before=" + Instant.now(), day, WAIT));
    byte[] longest = picture("longest delay");
    call("later by the longest delay", post("/v1/images?delay_seconds=2591940", longest));

    byte[] refused = picture("options refused");
    String queries =
        """
        delay_seconds=-1 delay_seconds=1.5 delay_seconds=x delay_seconds= delay_seconds=2591941
        delay_seconds=99999999999 delay_seconds=1&delay_seconds=1
        delay_seconds=1&not_before=2999-01-01T00:00:00Z
        not_before=2999-01-01T00:00:00Z not_before=2001-01-01T00:00:00Z
        not_before=2027-02-30T00:00:00Z not_before=2027-01-31 not_before=2027-01-31T08:00:00
        not_before=2027-01-31T08:00:00+01:00 not_before=tomorrow not_before=
        callback_url= callback_url=x callback_url=ftp://example.com/
        callback_url=http://user@example.com/ callback_url=http://10.0.0.1/
        callback_url=http://169.254.169.254/ callback_url=http://[::1]/
        callback_url=http://example.com:8443/ callback_url=http://2130706433/
        callback_url=http://a.com/&callback_url=http://b.com/ delay_seconds=x&callback_url=x
        delay_seconds=%zz %=1
        """;
    for (String query : words(queries + "callback_url=http://example.com/" + "x".repeat(2040))) {
      call("options " + query, post("/v1/images?" + query, refused));
    }
    call("options refused left nothing", get("/v1/images/" + hash(refused)));
  }

  private void cancels() throws Exception {
    byte[] picture = picture("canceled");
    String path = "/v1/images/" + hash(picture);
    call("cancel unknown", patch(UNKNOWN, CANCEL));
    call("cancel invalid hash", patch("/v1/images/x", CANCEL));
    call("cancel submitted", post("/v1/images?delay_seconds=1000", picture));
    call("cancel if-match another tag", patch(path, "{\"status\":\"x\"}", "If-Match: \"other\""));
    String bodies =
        """
        {}
        {"status":null}
        {"status":"success"}
        {"status":"CANCELED"}
        {"status":1}
        {"status":["canceled"]}
        {"status":"canceled","x":1}
        {"x":{"y":1}}
        """;
    for (String body : lines(bodies)) {
      call("cancel refused " + body, patch(path, body));
    }
    call("cancel retry of what is under way", post(path + ":retry", NONE));
    call("cancel redeliver of what is under way", post(path + ":redeliver", NONE));
    call("cancel", patch(path, CANCEL));
    call("cancel again", patch(path, CANCEL));
    call("cancel read", get(path));
    call("cancel list", get("/v1/images?status=canceled"));
    call("cancel sent again", post("/v1/images", picture));
    call("cancel sent again with a delay", post("/v1/images?delay_seconds=5", picture));
    byte[] merged = picture("canceled by merge patch");
    send(post("/v1/images?delay_seconds=1000", merged));
    String type = "Content-Type: application/merge-patch+json";
    String other = "/v1/images/" + hash(merged);
    call("cancel by merge patch", new Request("PATCH", other, List.of(type), bytes(CANCEL)));
    Response asked = null;
    for (int i = 0; i < 10 && (asked == null || !asked.statusLine.contains(" 202 ")); i++) {
      byte[] large = Pictures.plain(8000, 8000 - i);
      other = "/v1/images/" + image("canceled while processing", large);
      send(post("/v1/images", large));
      until(get(other), has().or(response -> response.is("processing")));
      asked = send(patch(other, CANCEL));
    }
    print("cancel while processing", patch(other, CANCEL), asked);
    until(get(other), has());
  }

  private void retries(String photo) throws Exception {
    call("retry invalid hash", post("/v1/images/x:retry", NONE));
    call("retry many", post("/v1/images:retry", bytes("{\"filter\":{}}"), JSON));
    String retried = "/v1/images/";
    Response response = null;
    for (int i = 0; i < 30 && (response == null || !response.is("queued")); i++) {
      byte[] picture = Pictures.almostBlack(i);
      retried = "/v1/images/" + image("retried", picture);
      send(post("/v1/images", picture, WAIT));
      response = send(post(retried + ":retry", NONE));
    }
    print("retry", post(retried + ":retry", NONE), response);
    until("retry done", get(retried), has("\"run\":2", THUMBNAILS));
    String again = "/v1/images/" + photo;
    send(post(again + ":retry", bytes("ignored")));
    until("retry photo done", get(again), has("\"run\":2"));
    String canceled = "/v1/images/" + hash(picture("canceled"));
    send(post(canceled + ":retry", NONE));
    until("retry canceled done", get(canceled), has("\"run\":2", THUMBNAILS));
    call("retry then cancel", patch(canceled, CANCEL));
    call("redeliver none", post(again + ":redeliver", NONE));
    call("redeliver invalid hash", post("/v1/images/x:redeliver", NONE));
  }

  private void forms() throws Exception {
    byte[] one = picture("form one");
    byte[] two = picture("form two");
    byte[] field = field("delay_seconds", "1000");
    call("form one file", form(part("img", one)).with(WAIT));
    until("form one file read", get("/v1/images/" + hash(one)), has(THUMBNAILS));
    call("form delay", form(field, part("photo", two)));
    call(
        "form delay in the query too",
        form(field, part("a", two)).to("/v1/images?delay_seconds=1"));
    call("form delay twice", form(field, field("delay_seconds", "x"), part("img", two)));
    call(
        "form time and callback",
        form(field("not_before", "x"), field("callback_url", "x"), part("img", two)));
    call("form unknown field", form(field("other", "x"), part("img", two)).with(WAIT));
    call("form two files", form(part("a", one), part("b", two)));
    call("form two files of one name", form(part("img", one), part("img", two)));
    call("form without file", form(field));
    call("form of nothing", form());
    call("form with an empty file", form(part("img", NONE)));
    call("form with text as file", form(part("img", bytes("hello"))));
    call("form with too many bytes", form(part("img", Arrays.copyOf(one, MAX_IMAGE_BYTES + 1))));
    call("form with a part that is too large", form(part("img", new byte[MAX_PART_BYTES + 1])));
    call("form empty", post("/v1/images", NONE, FORM));
    call("form nonsense", post("/v1/images", bytes("--edge\r\nnonsense"), FORM));
    call("form cut", post("/v1/images", Arrays.copyOf(part("img", one), 90), FORM));
    byte[] body = form(part("img", one)).body;
    String types =
        """
        multipart/form-data
        Multipart/Form-Data; boundary="edge"
        multipart/mixed; boundary=edge
        """;
    for (String type : lines(types)) {
      call("form as " + type, post("/v1/images", body, "Content-Type: " + type, WAIT));
    }
    byte[] around = bytes("One line of many.\r\n".repeat(50));
    call("form with text around", post("/v1/images", join(around, body, around), FORM, WAIT));
    awaitIdle();
    call("form in chunks", chunked(body).with(FORM, WAIT));
    awaitIdle();
    call("form encoded", post("/v1/images", body, FORM, "Content-Encoding: gzip"));
    call("form too large by its length", announced("/v1/images", 22_000_000, FORM));
    call("form to retry", post(UNKNOWN + ":retry", body, FORM));
    call("form to batches", post("/v1/batches", body, FORM));
    call("form broken to redeliver", post(UNKNOWN + ":redeliver", bytes("--edge\r\nx"), FORM));
  }

  private void digests() throws Exception {
    byte[] picture = picture("digest");
    String later = "/v1/images?delay_seconds=1000";
    String right = "sha-256=:" + digest(picture) + ":";
    String wrong = "sha-256=:" + digest(bytes("x")) + ":";
    String digests =
        """
        RIGHT
        RIGHT;a=1
        WRONG
        sha-512=:AAAA:
        sha-512=:AAAA:, RIGHT
        RIGHT, WRONG
        sha-256=AAAA
        sha-256=:AAAA:
        sha-256=:***:
        SHA-256=:AAAA:
        sha-256
        """;
    for (String digest : lines(digests)) {
      String header = "Content-Digest: " + digest.replace("RIGHT", right).replace("WRONG", wrong);
      call("digest " + digest, post(later, picture, header));
    }
    call("digest empty", post(later, picture, "Content-Digest:"));
    Request form = form(part("img", picture)).to(later);
    call("digest of a whole form", form.with("Content-Digest: " + right));
    for (String digest : List.of(right, wrong)) {
      byte[] part = part("img", picture, "Content-Digest: " + digest + "\r\n");
      call("digest of a part " + digest, form(part).to(later));
    }
    String json = "{\"source_url\":\"" + CLOSED + "\"}";
    call("digest of JSON, wrong", submit(json).with("Content-Digest: " + wrong));
    String itself = "Content-Digest: sha-256=:" + digest(bytes(json)) + ":";
    call("digest of JSON, right", submit(json).with(itself));
    call("digest of a batch, wrong", batch(json, "Content-Digest: " + wrong));
    call("digest of a cancel, wrong", patch(UNKNOWN, "{}", "Content-Digest: " + wrong));
  }

  private void sources() throws Exception {
    byte[] picture = picture("source");
    loopback.serve("/picture", picture);
    loopback.serve("/later", picture("source for later"));
    loopback.redirect("/once", loopback.url("/picture"));
    call("source accepted", source(loopback.url("/picture")).with(WAIT));
    until("source read", get("/v1/images/" + hash(picture)), has(THUMBNAILS));
    call("source by a redirect", source(loopback.url("/once")).with(WAIT));
    String bodies =
        """
        {"source_url":"URL/later","delay_seconds":1000}
        {"source_url":"URL/later","delay_seconds":"5"}
        {"source_url":"URL/later","delay_seconds":1.5}
        {"source_url":"URL/later","delay_seconds":1e30}
        {"source_url":"URL/later","delay_seconds":true}
        {"source_url":"URL/later","delay_seconds":-1,"x":1}
        {"source_url":"URL/later","delay_seconds":1,"not_before":"2999-01-01T00:00:00Z"}
        {"source_url":"URL/later","not_before":5}
        {"source_url":"URL/later","not_before":"x"}
        {"source_url":"URL/later","callback_url":5}
        {"source_url":"URL/later","callback_url":"x"}
        {"source_url":"URL/later","callback_url":null,"delay_seconds":900}
        {"source_url":"URL/later","image_hash":"x"}
        {"source_url":null}
        {"source_url":5}
        {"source_url":[]}
        {"x":1}
        """;
    for (String body : lines(bodies)) {
      call("source " + body, submit(body.replace("URL", loopback.url(""))));
    }
    Request both =
        submit("{\"source_url\":\"" + loopback.url("/later") + "\",\"delay_seconds\":5}");
    call("source with a time in the query too", both.to("/v1/images?delay_seconds=5"));
    String refused =
        """
        x /relative http:// http:///path http://exämple.com/ http://example.com:x/ http://0x7f.1/
        http://127.1/ http://example.com./ ftp://example.com/ file:///etc/passwd
        http://user:secret@example.com/ http://example.com:8443/ http://10.0.0.1/
        http://192.168.0.1/ http://169.254.169.254/computeMetadata/v1/ http://[::1]/
        http://[::ffff:127.0.0.1]/ http://0.0.0.0/
        """;
    for (String url : words(refused + "https://example.com/" + "x".repeat(2040))) {
      call("source refused " + url, source(url));
    }
    call("source empty", source(""));
    call("source unreachable", source(CLOSED));
    loopback.redirect("/inside", "http://10.0.0.1/");
    loopback.redirect("/loop", loopback.url("/loop"));
    loopback.redirect("/nowhere", null);
    loopback.redirect("/invalid", "http://exa mple.com/");
    loopback.redirect("/scheme", "ftp://example.com/");
    loopback.serve("/empty", NONE);
    loopback.serve("/text", bytes("hello"));
    loopback.serve("/cut", Arrays.copyOf(picture, 20));
    loopback.serve("/pixels", Pictures.pngHeader(100_000, 100_000));
    loopback.serve("/large", Arrays.copyOf(picture, MAX_IMAGE_BYTES + 1));
    loopback.encoded("/encoded", gzip(picture));
    loopback.slow("/slow");
    for (String status : words("204 206 400 401 403 404 410 429 500 503")) {
      loopback.status("/" + status, Integer.parseInt(status));
      call("source status " + status, source(loopback.url("/" + status)));
    }
    for (String path :
        words("inside loop nowhere invalid scheme empty text cut pixels large encoded slow")) {
      call("source failed " + path, source(loopback.url("/" + path)));
    }
  }

  private void callbacks(String photo) throws Exception {
    loopback.receive("/received", 204, null);
    loopback.receive("/gone", 410, null);
    loopback.receive("/failing", 500, null);
    loopback.receive("/busy", 503, "600");
    loopback.receive("/moved", 302, null);
    String register = "/v1/images?callback_url=";
    for (String path : words("/received /gone /failing /busy /moved")) {
      byte[] picture = picture("callback " + path);
      String image = "/v1/images/" + hash(picture);
      // It is final before the callback is registered, so the payload has one form only.
      send(post("/v1/images", picture, WAIT));
      until(get(image), has(THUMBNAILS));
      call("callback registered " + path, post(register + loopback.url(path), picture));
      received("callback received " + path);
      until("callback tried " + path, get(image + "/callbacks"), has(TRIED));
    }
    byte[] received = picture("callback /received");
    String image = "/v1/images/" + hash(received);
    call("callback registered again", post(register + loopback.url("/received"), received));
    call("callback redelivered", post(image + ":redeliver", NONE));
    received("callback received again");
    until("callback tried again", get(image + "/callbacks"), has(TRIED, "},{\"at\""));
    byte[] unreachable = picture("callback unreachable");
    String path = "/v1/images/" + hash(unreachable) + "/callbacks";
    send(post("/v1/images", unreachable, WAIT));
    call("callback to a closed port", post(register + CLOSED, unreachable));
    until("callback to a closed port tried", get(path), has(TRIED));
    byte[] waiting = picture("callback waiting");
    String later = "/v1/images?delay_seconds=1000&callback_url=" + loopback.url("/received?");
    for (int i = 1; i < 20; i++) {
      send(post(later + i, waiting));
    }
    call("callback number 20", post(later + 20, waiting));
    call("callback number 21", post(later + 21, waiting));
    call("callback list of waiting ones", get("/v1/images/" + hash(waiting) + "/callbacks"));
    byte[] end = picture("callback canceled");
    byte[] field = field("callback_url", loopback.url("/received"));
    call("callback in a form", form(field, field("delay_seconds", "1000"), part("img", end)));
    call("callback of canceled work", patch("/v1/images/" + hash(end), CANCEL));
    received("callback received of canceled work");
    byte[] broken = Pictures.broken(14);
    path = "/v1/images/" + image("callback of an error", broken) + "/callbacks";
    String soon = "/v1/images?delay_seconds=1&callback_url=" + loopback.url("/received");
    call("callback of an error", post(soon, broken, WAIT));
    received("callback received of an error");
    until("callback of an error tried", get(path), has(TRIED));
    String json = "{\"source_url\":\"URL/picture\",\"callback_url\":\"URL/received\"}";
    call("callback of a source", submit(json.replace("URL", loopback.url(""))));
    received("callback received of a source");
    call("callback of the photo", post(register + loopback.url("/received"), photo()));
    received("callback received of the photo");
    until("callback list of the photo", get("/v1/images/" + photo + "/callbacks"), has(TRIED));
  }

  private void batches(String photo) throws Exception {
    String known = "{\"items\":[{\"image_hash\":\"" + photo + "\"}]}";
    batchReads("batch of a known image", call("batch of a known image", batch(known)));

    loopback.serve("/batch", picture("batch fetched"));
    String mixed =
        """
        {"items": [
          {"name": "known", "image_hash": "HASH"},
          {"name": "unknown", "image_hash": "UNKNOWN"},
          {"name": "fetched", "source_url": "URL/batch"},
          {"source_url": "URL/text"},
          {"source_url": "URL/404"},
          {"source_url": "URL/503"},
          {"source_url": "http://10.0.0.1/"},
          {"source_url": "CLOSED"}
        ], "callback_url": "URL/received"}
        """
            .replace("HASH", photo)
            .replace("URL", loopback.url(""))
            .replace("CLOSED", CLOSED)
            .replace("UNKNOWN", UNKNOWN_HASH);
    String key = "Idempotency-Key: \"mixed\"";
    Response begun = call("batch of all kinds", batch(mixed, key));
    String path = "/v1/batches/" + begun.member("batch_id");
    received("batch callback received");
    batchReads("batch of all kinds", begun);
    call("batch key repeated", batch(mixed, key));
    call("batch key repeated without quotes", batch(mixed, "Idempotency-Key: mixed"));
    call("batch key repeated with other spaces", batch(mixed.replaceAll("\\s+", " "), key));
    call("batch key repeated with another body", batch(known, key));
    call("batch redelivered", post(path + ":redeliver", NONE));
    received("batch callback received again");

    byte[] later = picture("batch later");
    send(post("/v1/images?delay_seconds=1000", later));
    String open = "{\"items\":[{\"image_hash\":\"HASH\"}],\"callback_url\":\"URL\"}";
    open = open.replace("HASH", hash(later)).replace("URL", loopback.url("/received"));
    Response waiting = call("batch of scheduled work", batch(open));
    path = "/v1/batches/" + waiting.member("batch_id");
    call("batch under way", get(path));
    call("batch under way HEAD", head(path));
    call("batch under way callbacks", get(path + "/callbacks"));
    call("batch under way redeliver", post(path + ":redeliver", NONE));
    send(patch("/v1/images/" + hash(later), CANCEL));
    received("batch callback received of canceled work");
    batchReads("batch of canceled work", waiting);

    for (String invalid : List.of("", "a b", "a,b", "\"a", "a\"b", "a\\b", "x".repeat(256), "é")) {
      call("batch invalid key " + invalid, batch(known, "Idempotency-Key: " + invalid));
    }
    call("batch two keys", batch(known, "Idempotency-Key: a", "Idempotency-Key: b"));
    for (String id : words("x " + "A".repeat(32) + " " + "0".repeat(31))) {
      call("batch read " + id, get("/v1/batches/" + id));
      call("batch HEAD " + id, head("/v1/batches/" + id));
      call("batch callbacks " + id, get("/v1/batches/" + id + "/callbacks"));
      call("batch redeliver " + id, post("/v1/batches/" + id + ":redeliver", NONE));
    }
    String bodies =
        """
        {}
        {"items":null}
        {"items":{}}
        {"items":[]}
        {"items":[1,"x",null,[]]}
        {"items":[{}]}
        {"items":[{"name":"","image_hash":"HASH"}]}
        {"items":[{"name":" ","image_hash":"HASH"}]}
        {"items":[{"name":5,"image_hash":"HASH"}]}
        {"items":[{"name":"a\\nb","image_hash":"HASH"}]}
        {"items":[{"name":"LONG","image_hash":"HASH"}]}
        {"items":[{"name":"a","image_hash":"HASH"},{"name":"a","image_hash":"HASH"}]}
        {"items":[{"image_hash":"HASH"},{"name":"0","image_hash":"HASH"}]}
        {"items":[{"image_hash":"HASH","source_url":"http://example.com/"}]}
        {"items":[{"image_hash":"x"}]}
        {"items":[{"image_hash":5}]}
        {"items":[{"source_url":"x"}]}
        {"items":[{"source_url":5}]}
        {"items":[{"image_hash":"HASH","x":1}],"y":2}
        {"items":[{"image_hash":"HASH"}],"callback_url":"x"}
        {"items":[{"image_hash":"HASH"}],"callback_url":"ftp://example.com/"}
        {"items":[{"image_hash":"HASH"}],"callback_url":5}
        """;
    for (String body : lines(bodies)) {
      String sent = body.replace("HASH", photo).replace("LONG", "x".repeat(129));
      call("batch refused " + body, batch(sent));
    }
    call("batch of 1001 items", batch("{\"items\":[" + "{},".repeat(1000) + "{}]}"));
    call("batch too large by its length", announced("/v1/batches", 30_000_000, JSON));
  }

  private void batchReads(String name, Response submitted) throws Exception {
    String path = "/v1/batches/" + submitted.member("batch_id");
    until(name + " complete", get(path), has("\"completed_at\":\"2"));
    call(name + " HEAD", head(path));
    call(name + " conditional", get(path, "If-None-Match: *"));
    Predicate<Response> untried = has("\"attempts\":[]");
    until(name + " callbacks", get(path + "/callbacks"), untried.negate());
    if (name.equals("batch of a known image")) {
      call(name + " redelivered", post(path + ":redeliver", NONE));
    }
  }

  private void jsonBodies() throws Exception {
    String texts =
        """
        {
        }
        []
        "x"
        1
        null
        true
        {} {}
        {}x
        {"a":1,}
        {'a':1}
        {a:1}
        {"a":NaN}
        {"a":01}
        {"a":+1}
        {"a":1.}
        {"a" 1}
        {"a"=1}
        {"a":"\t"}
        {"a":"\\x"}
        {"a":TRUE}
        {/**/}
        {"a":1;"b":2}
        {"a":1,"a":2}
        {"":1}
        {"status":"a","status":"b"}
        {"source_url":"\\ud800"}
        {"\\ud800":1}
        {"source_url":1e999}
        {"source_url":123456789012345678901234567890123}
        """;
    Map<String, byte[]> bodies = new LinkedHashMap<>();
    lines(texts).forEach(text -> bodies.put(text, bytes(text)));
    bodies.put("nothing", NONE);
    bodies.put("a space", bytes(" "));
    bodies.put("a comment before", bytes("//\n{}"));
    bodies.put("a byte order mark", bytes("\ufeff{}"));
    bodies.put("no UTF-8", new byte[] {'{', '"', (byte) 0xff, '"', ':', '1', '}'});
    bodies.put("UTF-16", "{}".getBytes(StandardCharsets.UTF_16));
    bodies.put("deep", bytes("{\"a\":" + "[".repeat(9) + "]".repeat(9) + "}"));
    bodies.put("very deep", bytes("[".repeat(5000) + "]".repeat(5000)));
    bodies.put("a long name", bytes("{\"" + "a".repeat(101) + "\":1}"));
    bodies.put("many values", bytes("{\"items\":[" + "1,".repeat(10_000) + "1]}"));
    for (Map.Entry<String, byte[]> body : bodies.entrySet()) {
      String name = body.getKey();
      call("json submit " + name, post("/v1/images", body.getValue(), JSON));
      call("json cancel " + name, new Request("PATCH", UNKNOWN, List.of(JSON), body.getValue()));
      call("json batch " + name, post("/v1/batches", body.getValue(), JSON));
    }
    call("json cancel too large", patch(UNKNOWN, " ".repeat(16 * 1024) + "{}"));
    call("json submit too large by its length", announced("/v1/images", 30_000_000, JSON));
    call("json submit in chunks", chunked(bytes("{}")).with(JSON));
    call("json cancel encoded", patch(UNKNOWN, "{}", "Content-Encoding: gzip"));
    call("json batch encoded", batch("{}", "Content-Encoding: gzip"));
    String types =
        """
        text/plain
        application/json; charset=utf-8
        APPLICATION/JSON
        application/json;charset=latin1
        application/merge-patch+json
        application/x-www-form-urlencoded
        x
        """;
    for (String type : lines(types)) {
      String header = "Content-Type: " + type;
      call("type submit " + type, post("/v1/images", bytes("{}"), header));
      call("type cancel " + type, new Request("PATCH", UNKNOWN, List.of(header), bytes(CANCEL)));
      call("type batch " + type, post("/v1/batches", bytes("{}"), header));
    }
    call("type cancel none", new Request("PATCH", UNKNOWN, List.of(), bytes("{}")));
    call("type batch none", post("/v1/batches", bytes("{}")));
    call("type batch empty", post("/v1/batches", bytes("{}"), "Content-Type:"));
    call("type twice", submit("{}").with("Content-Type: image/png"));
  }

  private void methods() throws Exception {
    String paths =
        """
        LIST IMAGE IMAGE:retry IMAGE:redeliver IMAGE/callbacks IMAGE/content IMAGE/thumbnail
        /v1/thumbnails/0 /v1/batches BATCH BATCH:redeliver BATCH:retry BATCH/callbacks
        /v1/images:retry /v1/images:cancel /v1/dead-letters /v1/dead-letters/x
        /v1/dead-letters/x:replay /v1/dead-letters:replay /v1/system /health/live /health/ready
        /openapi.yaml /docs /docs/start.js /metrics /
        """;
    String methods = "OPTIONS GET HEAD POST PUT PATCH DELETE TRACE BREW get";
    for (String name : words(paths)) {
      String batch = "/v1/batches/" + UNKNOWN_BATCH;
      String path = name.replace("LIST", LIST).replace("IMAGE", UNKNOWN).replace("BATCH", batch);
      boolean isLong = path.equals("/openapi.yaml") || path.equals("/metrics");
      // Without a body, none of these changes anything.
      for (String method : words(isLong ? methods.replace("GET ", "") : methods)) {
        call("method " + method + " " + name, new Request(method, path, List.of(), null));
      }
    }
    call("method OPTIONS *", new Request("OPTIONS", "*", List.of(), null));
    call("method CONNECT", new Request("CONNECT", "localhost:80", List.of(), null));
    List<String> cors = lines("Origin: https://example.com\nAccess-Control-Request-Method: POST");
    for (String path : List.of(LIST, UNKNOWN, "/v1/batches", "/health/live", "/nope")) {
      call("cors preflight " + path, new Request("OPTIONS", path, cors, null));
      call("cors read " + path, get(path, "Origin: https://example.com"));
    }
    call("cross-site write", patch(UNKNOWN, CANCEL, "Sec-Fetch-Site: cross-site"));
    call("write of another origin", patch(UNKNOWN, CANCEL, "Origin: https://example.com"));
    call("authorization", get(UNKNOWN, "Authorization: Bearer x"));
    call("method override", post(UNKNOWN, NONE, "X-HTTP-Method-Override: PATCH"));
  }

  private void paths() throws Exception {
    String paths =
        """
        /v2/images /v1 /v1/ /v1/images/ /v1/images/x/y /v1/image /v1/images: IMAGE/ IMAGE:nope
        IMAGE:retry/ /v1/images// //v1/images /v1//images /v1/./images /v1/x/../images
        /v1/%69mages /v1/images%2F /%2e%2e/v1/images /v1/images;a=b /V1/images /docs/
        /docs/../metrics /docs/..%2fmetrics /docs\\..\\metrics /v1/images/..;/health/live
        /v1/thumbnails /v1/thumbnails/x /health /health/ /healthz /favicon.ico /upload /status
        /status/0 /sweep /classify /tasks /_ah/warmup /index.html /openapi.json /robots.txt
        http://localhost/health/live http://example.com/health/live
        """;
    for (String path : words(paths)) {
      call("path " + path, get(path.replace("IMAGE", UNKNOWN)));
    }
    for (String query : words("x=%zz x=% %4 a={b}|c x=%ff x=%00")) {
      call("query of a function " + query, get(UNKNOWN + "?" + query));
      call("query of the gateway " + query, get("/health/live?" + query));
    }
  }

  private void brokenHttp() throws Exception {
    String hosts =
        """
        localhost:8080
        127.0.0.1
        [::1]:8080
        10.0.0.9
        LOCALHOST
        localhost.
        evil.example
        evil.example:8080
        localhost.evil.example
        a b
        user@localhost
        """;
    for (String host : lines(hosts)) {
      call("host " + host, raw("GET /health/live HTTP/1.1 | Host: " + host));
    }
    for (String path : words("/v1/images /docs /metrics /nowhere")) {
      call("host of another site " + path, raw("GET " + path + " HTTP/1.1 | Host: evil.example"));
    }
    String requests =
        """
        GET PATH?LONG HTTP/1.1 | Host: localhost
        GET PATH HTTP/1.1 | Host: localhost | A: LONG
        GET PATH HTTP/1.1 | Host: localhost | Expect: the-best | Content-Length: 0
        GET PATH HTTP/2.0 | Host: localhost
        GET PATH HTTP/3.0 | Host: localhost
        GET PATH HTTP/1.0
        GET PATH HTTP/1.1 | Host: localhost | Content-Length: x
        GET PATH HTTP/1.1 | Host: localhost | Host: localhost
        GET PATH HTTP/1.1
        GET PATH HTTP/1.1 | Host:
        GET PATH HTTP/1.1 | Host: localhost | No colon
        GET PATH HTTP/1.1 | Host: localhost | A space: x
        GET PATH HTTP/1.1 | Host: localhost | A: x |  folded
        """;
    for (String request : lines(requests)) {
      for (String path : List.of(LIST, UNKNOWN, "/health/live", "/docs", "/nowhere")) {
        String sent = request.replace("LONG", "y".repeat(20_000)).replace("PATH", path);
        call("http " + request.replace("PATH", path), raw(sent));
      }
    }
    String others =
        """
        nonsense
        POST /v1/images HTTP/1.1 | Host: localhost
        POST /v1/images HTTP/1.1 | Host: localhost | Content-Length: 1 | Transfer-Encoding: chunked
        POST /v1/images HTTP/1.1 | Host: localhost | Content-Length: 1 | Content-Length: 2
        POST /v1/images HTTP/1.1 | Host: localhost | Transfer-Encoding: gzip
        POST /v1/images HTTP/1.1 | Host: localhost | Transfer-Encoding: chunked |  | 1 | a | ZZ
        GET /health/live HTTP/1.1 | Host: localhost | Connection: Upgrade | Upgrade: h2c
        """;
    for (String request : lines(others)) {
      call("http " + request, raw(request));
    }
    call("http body of GET", new Request("GET", UNKNOWN, List.of(), bytes("body")));
    int tooLarge = MAX_IMAGE_BYTES + 1;
    call("http too large", announced("/v1/images", tooLarge, "Content-Type: image/png"));
  }

  @SuppressWarnings("try") // The sockets only hold connections open.
  private void limits() throws Exception {
    byte[] picture = picture("over capacity");
    String begun = "POST /v1/images HTTP/1.1 | Host: localhost | ";
    Request large = raw(begun + "Content-Length: " + MAX_IMAGE_BYTES + " |  | x");
    int left = UPLOAD_BUDGET_BYTES - 2 * MAX_IMAGE_BYTES;
    Request small = raw(begun + "Content-Length: " + left + " |  | x");
    awaitIdle();
    try (Socket first = open(large);
        Socket second = open(large);
        Socket third = open(small)) {
      until(get("/metrics"), gauge(UPLOAD_BYTES, bytes -> bytes == UPLOAD_BUDGET_BYTES));
      call("limit of uploads", post("/v1/images?delay_seconds=1000", picture));
      call("limit of uploads, from a source", source(loopback.url("/picture")));
    }
    awaitIdle();
    call("limit of uploads has room again", post("/v1/images?delay_seconds=1000", picture));
    Request form = raw(begun + FORM + " | Transfer-Encoding: chunked |  | 1 | x");
    try (Socket first = open(form)) {
      until(get("/metrics"), gauge(FORM_BYTES, bytes -> bytes > 0));
      call("limit of forms", form(part("img", picture)));
    }
    awaitIdle();
    call("limit of time for a body", small);
    call("limit of time for a form", form);
    call("metrics at the end", get("/metrics"));
  }

  private void ending() {
    out.println("### codes provoked");
    codes.forEach(out::println);
    out.println();
    out.println("### codes not provoked");
    for (String line : lines(NOT_PROVOKED)) {
      if (!codes.contains(line.replaceAll(":.*", ""))) {
        out.println(line);
      }
    }
    out.println();
  }

  // Sending and printing.

  /**
   * Submits pictures until the response shows queued work: classification may be so quick that the
   * work is no longer queued in the response.
   */
  private void queued(String name, int first, String... headers) throws Exception {
    Request request = null;
    Response response = null;
    for (int i = 0; i < 30 && (response == null || !response.is("queued")); i++) {
      byte[] picture = Pictures.almostBlack(first + i);
      image(name, picture);
      request = post("/v1/images", picture, headers);
      response = send(request);
    }
    print(name, request, response);
  }

  private Response call(String name, Request request) throws Exception {
    Response response = send(request);
    print(name, request, response);
    return response;
  }

  /** Repeats a request until its response fits, for at most 30 seconds, and prints the last one. */
  private void until(String name, Request request, Predicate<Response> fits) throws Exception {
    print(name, request, until(request, fits));
  }

  private Response until(Request request, Predicate<Response> fits) throws Exception {
    long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    Response response = send(request);
    while (!fits.test(response) && System.nanoTime() - end < 0) {
      Thread.sleep(20);
      response = send(request);
    }
    return response;
  }

  /** Waits until no body holds memory: it is released after the response. */
  private void awaitIdle() throws Exception {
    DoublePredicate none = bytes -> bytes == 0;
    until(get("/metrics"), gauge(UPLOAD_BYTES, none).and(gauge(FORM_BYTES, none)));
  }

  /** Whether the status is 200 and the body contains all parts. */
  private static Predicate<Response> has(String... parts) {
    return response ->
        response.statusLine.contains(" 200 ")
            && Arrays.stream(parts).allMatch(response.text()::contains);
  }

  private static Predicate<Response> gauge(String name, DoublePredicate fits) {
    return response -> {
      String value = find(response.text(), "(?m)^" + name + " ([0-9.E]+)$");
      return !value.isEmpty() && fits.test(Double.parseDouble(value));
    };
  }

  /** Prints the next callback that arrives. */
  private void received(String name) throws Exception {
    Received callback = loopback.received.poll(30, TimeUnit.SECONDS);
    begin(name);
    if (callback == null) {
      out.println("nothing came within 30 seconds");
    } else {
      out.println("> " + normalizer.text(callback.line));
      printMessage(callback.headers, callback.body, false);
      out.println("signature valid: " + callback.isSigned(SECRET));
    }
    out.println();
  }

  private void begin(String name) {
    String shown = abbreviated(printable(name));
    if (!names.add(shown)) {
      throw new IllegalStateException("two requests are named " + shown);
    }
    out.printf(Locale.ROOT, "### %04d %s%n", names.size(), shown);
  }

  private void print(String name, Request request, Response response) {
    begin(name);
    if (request.written != null) {
      out.println("> " + abbreviated(printable(normalizer.text(request.target))));
    } else {
      String target = printable(normalizer.text(request.target));
      out.println("> " + request.method + " " + abbreviated(target));
      for (String header : request.headers) {
        out.println("> " + abbreviated(printable(normalizer.text(header))));
      }
      if (request.body != null) {
        out.println("> body of " + request.body.length + " bytes");
      }
    }
    out.println("< " + response.statusLine);
    printMessage(response.headers, response.body, request.target.equals("/openapi.yaml"));
    out.println();
  }

  private void printMessage(Map<String, List<String>> headers, byte[] body, boolean isDescription) {
    String type = headers.getOrDefault("content-type", List.of("")).get(0);
    boolean isJson = type.contains("json");
    headers.forEach(
        (name, values) ->
            values.forEach(
                value -> out.println(name + ": " + normalizer.header(name, value, type))));
    if (body.length == 0) {
      return;
    }
    String text = new String(body, StandardCharsets.UTF_8);
    if (isJson) {
      Object json = Json.parse(text);
      collectCodes(json);
      out.println(Json.pretty(normalizer.json(null, json)));
    } else if (isDescription) {
      Normalizer.structure(text).forEach(out::println);
    } else if (type.startsWith("text/plain; version=")) {
      Normalizer.metrics(text).forEach(out::println);
    } else if (type.startsWith("text/") && body.length < 2000) {
      out.println(normalizer.text(text));
    } else {
      out.println(body.length + " bytes, sha-256 " + hash(body));
    }
  }

  private void collectCodes(Object json) {
    if (json instanceof List<?> list) {
      list.forEach(this::collectCodes);
    } else if (json instanceof Map<?, ?> map) {
      if (map.get("code") instanceof String code) {
        codes.add(code);
      }
      map.values().forEach(this::collectCodes);
    }
  }

  private Socket open(Request request) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(60_000);
    try {
      socket.getOutputStream().write(request.bytes());
    } catch (IOException e) {
      // The server may respond before it has read everything.
    }
    return socket;
  }

  private Response send(Request request) throws IOException {
    try (Socket socket = open(request)) {
      return Response.read(new BufferedInputStream(socket.getInputStream()), request.method);
    }
  }

  // Requests.

  private static Request get(String target, String... headers) {
    return new Request("GET", target, List.of(headers), null);
  }

  private static Request head(String target, String... headers) {
    return new Request("HEAD", target, List.of(headers), null);
  }

  private static Request post(String target, byte[] body, String... headers) {
    return new Request("POST", target, List.of(headers), body);
  }

  private static Request patch(String target, String json, String... headers) {
    return new Request("PATCH", target, List.of(JSON), bytes(json)).with(headers);
  }

  private static Request batch(String json, String... headers) {
    return post("/v1/batches", bytes(json), JSON).with(headers);
  }

  private static Request submit(String json) {
    return post("/v1/images", bytes(json), JSON);
  }

  private static Request source(String url) {
    return submit("{\"source_url\":\"" + url + "\"}");
  }

  private static Request form(byte[]... parts) {
    return post("/v1/images", join(join(parts), bytes("--edge--\r\n")), FORM);
  }

  private static byte[] part(String name, byte[] content) {
    return part(name, content, "");
  }

  private static byte[] part(String name, byte[] content, String header) {
    String first = "--edge\r\nContent-Disposition: form-data; filename=\"photo\"; name=\"";
    String second = "\"\r\nContent-Type: image/png\r\n" + header + "\r\n";
    return join(bytes(first + name + second), content, bytes("\r\n"));
  }

  private static byte[] field(String name, String value) {
    String first = "--edge\r\nContent-Disposition: form-data; name=\"";
    return bytes(first + name + "\"\r\n\r\n" + value + "\r\n");
  }

  /** A submission in two chunks. */
  private static Request chunked(byte[] body) {
    byte[] first = Arrays.copyOf(body, body.length / 2);
    byte[] second = Arrays.copyOfRange(body, first.length, body.length);
    byte[] chunks = join(chunk(first), chunk(second), bytes("0\r\n\r\n"));
    return post("/v1/images", chunks, "Transfer-Encoding: chunked");
  }

  private static byte[] chunk(byte[] bytes) {
    String size = Integer.toHexString(bytes.length) + "\r\n";
    return bytes.length == 0 ? NONE : join(bytes(size), bytes, bytes("\r\n"));
  }

  /** A request that announces a body of a length and waits to be asked for it. */
  private static Request announced(String target, long length, String header) {
    List<String> headers = List.of(header, "Expect: 100-continue", "Content-Length: " + length);
    return new Request("POST", target, headers, null);
  }

  /**
   * A request that is sent as it is written.
   *
   * @param text the lines, with {@code " | "} between them; the empty line after the headers can be
   *     left out if nothing follows
   */
  private static Request raw(String text) {
    String lines = text.replaceAll(" \\| ", "\r\n") + "\r\n";
    byte[] written = bytes(lines.contains("\r\n\r\n") ? lines : lines + "\r\n");
    return new Request(text.replaceAll(" .*", ""), text, List.of(), null, written);
  }

  // Pictures and texts.

  private static byte[] photo() throws IOException {
    return Files.readAllBytes(Path.of("local/samples/cat.jpg"));
  }

  private String image(String name, byte[] bytes) {
    String hash = hash(bytes);
    normalizer.names.put(hash, name);
    return hash;
  }

  /** The picture of a name, the same in each run. */
  private byte[] picture(String name) {
    byte[] picture = Pictures.of(name.hashCode(), "png");
    image(name, picture);
    return picture;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream zipped = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(zipped)) {
      gzip.write(bytes);
    }
    return zipped.toByteArray();
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String hash(byte[] bytes) {
    return HexFormat.of().formatHex(sha256(bytes));
  }

  private static String digest(byte[] bytes) {
    return Base64.getEncoder().encodeToString(sha256(bytes));
  }

  private static String abbreviated(String text) {
    return text.length() <= 120
        ? text
        : text.substring(0, 80) + "... (" + text.length() + " characters)";
  }

  private static String printable(String text) {
    StringBuilder printable = new StringBuilder();
    for (char c : text.toCharArray()) {
      printable.append(c < ' ' || c > '~' ? String.format(Locale.ROOT, "\\u%04x", (int) c) : c);
    }
    return printable.toString();
  }

  private static String find(String text, String regex) {
    Matcher matcher = Pattern.compile(regex).matcher(text);
    return matcher.find() ? matcher.group(1) : "";
  }

  private static List<String> lines(String text) {
    return text.lines().toList();
  }

  private static List<String> words(String text) {
    return List.of(text.strip().split("\\s+"));
  }

  /**
   * A request.
   *
   * @param headers without Host, and without a Content-Length that the body tells
   * @param body null for a request without a body and without a Content-Length
   * @param written what is sent instead of all this, or null
   */
  private record Request(
      String method, String target, List<String> headers, byte[] body, byte[] written) {
    Request(String method, String target, List<String> headers, byte[] body) {
      this(method, target, headers, body, null);
    }

    Request with(String... more) {
      List<String> all = new ArrayList<>(headers);
      all.addAll(List.of(more));
      return new Request(method, target, all, body);
    }

    Request to(String other) {
      return new Request(method, other, headers, body);
    }

    byte[] bytes() {
      if (written != null) {
        return written;
      }
      StringBuilder head =
          new StringBuilder(method + " " + target + " HTTP/1.1\r\nHost: localhost\r\n");
      headers.forEach(header -> head.append(header).append("\r\n"));
      if (body != null && !headers.contains("Transfer-Encoding: chunked")) {
        head.append("Content-Length: ").append(body.length).append("\r\n");
      }
      byte[] start = Responses.bytes(head + "\r\n");
      return body == null ? start : join(start, body);
    }
  }

  /** A response; its headers have lower-case names in alphabetical order. */
  private record Response(String statusLine, Map<String, List<String>> headers, byte[] body) {
    static Response read(InputStream in, String method) throws IOException {
      String status;
      Map<String, List<String>> headers;
      do {
        status = line(in);
        headers = new TreeMap<>();
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
          int colon = line.indexOf(':');
          String name = line.substring(0, Math.max(colon, 0)).toLowerCase(Locale.ROOT);
          headers
              .computeIfAbsent(name, any -> new ArrayList<>())
              .add(line.substring(colon + 1).strip());
        }
      } while (status.startsWith("HTTP/1.1 100"));
      String code = status.replaceFirst("^HTTP/\\S+ ", "");
      boolean none = method.equals("HEAD") || code.startsWith("204") || code.startsWith("304");
      return new Response(status, headers, none ? NONE : body(in, headers));
    }

    private static byte[] body(InputStream in, Map<String, List<String>> headers)
        throws IOException {
      if (headers.containsKey("transfer-encoding")) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (int size = size(in); size > 0; size = size(in)) {
          body.writeBytes(in.readNBytes(size));
          line(in);
        }
        line(in);
        return body.toByteArray();
      }
      if (headers.containsKey("content-length")) {
        return in.readNBytes(Integer.parseInt(headers.get("content-length").get(0)));
      }
      return in.readAllBytes();
    }

    private static int size(InputStream in) throws IOException {
      String size = line(in);
      return size.isEmpty() ? 0 : Integer.parseInt(size, 16);
    }

    /** A line without its end; empty at the end of the stream, or if the connection is reset. */
    private static String line(InputStream in) throws IOException {
      ByteArrayOutputStream line = new ByteArrayOutputStream();
      try {
        for (int next = in.read(); next >= 0 && next != '\n'; next = in.read()) {
          line.write(next);
        }
      } catch (SocketException e) {
        // As if it had ended.
      }
      return line.toString(StandardCharsets.UTF_8).strip();
    }

    String text() {
      return new String(body, StandardCharsets.UTF_8);
    }

    String header(String name) {
      return headers.getOrDefault(name, List.of("")).get(0);
    }

    /** A string member, wherever it is first. */
    String member(String name) {
      return find(text(), "\"" + name + "\":\"([^\"]*)\"");
    }

    boolean is(String status) {
      return statusLine.contains(" 202 ") && member("status").equals(status);
    }
  }

  /** Replaces what differs between two runs of one build. */
  private static final class Normalizer {
    private static final Pattern HASH = Pattern.compile("(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])");
    private static final Pattern ID = Pattern.compile("(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])");
    private static final Set<String> DURATIONS = Set.of("duration_ms", "ms");

    /** Members with arrays in no promised order. */
    private static final Set<String> UNORDERED = Set.of("parts", "callbacks");

    /** The names of pictures by their hashes. */
    final Map<String, String> names = new HashMap<>();

    String text(String text) {
      String named =
          HASH.matcher(text)
              .replaceAll(
                  hash -> {
                    String name = names.get(hash.group());
                    return name == null ? hash.group() : "<hash of " + name + ">";
                  });
      String anonymous =
          ID.matcher(named)
              .replaceAll(id -> id.group().equals(UNKNOWN_BATCH) ? id.group() : "<id>");
      return anonymous
          .replaceAll("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?(Z|%2B01:00)", "<time>")
          .replaceAll(
              "expires=\\d{10}&signature=[A-Za-z0-9_-]+", "expires=<time>&signature=<signature>")
          .replaceAll("page_token=[A-Za-z0-9_-]{9,}", "page_token=<token>");
    }

    String header(String name, String value, String contentType) {
      return switch (name) {
        case "date" -> "<time>";
        case "content-length" ->
            contentType.contains("json")
                    || contentType.contains("yaml")
                    || contentType.contains("version=")
                ? "<n>"
                : value;
        case "x-request-id" -> value.equals("abc-123") ? value : "<id>";
        case "etag" -> HASH.matcher(value).find() ? text(value) : "<etag>";
        case "if-none-match" -> "<etag>";
        case "webhook-timestamp" -> "<time>";
        case "webhook-signature" -> "<signature>";
        case "traceparent" -> "<id>";
        case "accept-patch" -> String.join(", ", new TreeSet<>(List.of(value.split(", "))));
        default -> text(value);
      };
    }

    Object json(String member, Object json) {
      if (json instanceof Map<?, ?> map) {
        Map<String, Object> normalized = new TreeMap<>();
        map.forEach(
            (name, value) -> normalized.put(text((String) name), json((String) name, value)));
        return normalized;
      }
      if (json instanceof List<?> list) {
        List<Object> normalized = new ArrayList<>();
        list.forEach(value -> normalized.add(json(null, value)));
        if (UNORDERED.contains(String.valueOf(member))) {
          normalized.sort(Comparator.comparing(Json::pretty));
        }
        return normalized;
      }
      if (member != null && DURATIONS.contains(member)) {
        return "<n>";
      }
      if (json instanceof String text) {
        return "detail".equals(member)
            ? "<text>"
            : "next_page_token".equals(member) ? "<token>" : text(text);
      }
      return json;
    }

    /** The keys and values of the API's description without its wording. */
    static List<String> structure(String yaml) {
      return yaml.lines()
          .filter(line -> line.matches("\\s*(- )?\\S+:( .*)?|\\s*- \\S+"))
          .map(line -> line.replaceAll("(description|summary|title|detail): .*", "$1: <text>"))
          .toList();
    }

    /** Names, types and label names of metrics; values depend on time. */
    static Set<String> metrics(String text) {
      Set<String> lines = new TreeSet<>();
      for (String line : text.split("\n")) {
        if (line.startsWith("# TYPE")) {
          lines.add(line);
        } else if (!line.startsWith("#")) {
          String name = line.replaceAll("[{ ].*", "");
          Set<String> labels = new LinkedHashSet<>();
          Matcher label = Pattern.compile("([a-z_]+)=\"").matcher(line);
          while (label.find()) {
            labels.add(label.group(1));
          }
          lines.add(name + " " + labels);
        }
      }
      return lines;
    }
  }

  /**
   * Reads and writes JSON: maps, lists, strings, booleans, null, and numbers as they are written.
   */
  private static final class Json {
    private final String text;
    private int at;

    private Json(String text) {
      this.text = text;
    }

    private record Number(String digits) {}

    static Object parse(String text) {
      Json json = new Json(text);
      Object value = json.value();
      json.space();
      if (json.at < text.length()) {
        throw new IllegalStateException("more after JSON: " + text);
      }
      return value;
    }

    private void space() {
      while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
        at++;
      }
    }

    private boolean next(char c) {
      space();
      boolean is = text.charAt(at) == c;
      at += is ? 1 : 0;
      return is;
    }

    private Object value() {
      if (next('{')) {
        Map<String, Object> map = new TreeMap<>();
        while (!next('}')) {
          next(',');
          next('"');
          String name = string();
          next(':');
          map.put(name, value());
        }
        return map;
      }
      if (next('[')) {
        List<Object> list = new ArrayList<>();
        while (!next(']')) {
          next(',');
          list.add(value());
        }
        return list;
      }
      if (next('"')) {
        return string();
      }
      Matcher word = Pattern.compile("[-+.0-9a-zA-Z]+").matcher(text);
      if (!word.find(at) || word.start() != at) {
        throw new IllegalStateException("no JSON at " + at + ": " + text);
      }
      at = word.end();
      return switch (word.group()) {
        case "true" -> true;
        case "false" -> false;
        case "null" -> null;
        default -> new Number(word.group());
      };
    }

    private String string() {
      StringBuilder string = new StringBuilder();
      for (char c = text.charAt(at++); c != '"'; c = text.charAt(at++)) {
        if (c != '\\') {
          string.append(c);
          continue;
        }
        char escaped = text.charAt(at++);
        if (escaped == 'u') {
          string.append((char) Integer.parseInt(text.substring(at, at + 4), 16));
          at += 4;
        } else {
          int control = "bfnrt".indexOf(escaped);
          string.append(control < 0 ? escaped : "\b\f\n\r\t".charAt(control));
        }
      }
      return string.toString();
    }

    static String pretty(Object json) {
      StringBuilder pretty = new StringBuilder();
      write(json, "\n", pretty);
      return pretty.toString();
    }

    private static void write(Object json, String newline, StringBuilder to) {
      String inner = newline + "  ";
      String separator = "";
      if (json instanceof Map<?, ?> map) {
        to.append('{');
        for (Map.Entry<?, ?> entry : map.entrySet()) {
          to.append(separator).append(inner).append(quoted((String) entry.getKey())).append(": ");
          write(entry.getValue(), inner, to);
          separator = ",";
        }
        to.append(map.isEmpty() ? "}" : newline + "}");
      } else if (json instanceof List<?> list) {
        to.append('[');
        for (Object value : list) {
          to.append(separator).append(inner);
          write(value, inner, to);
          separator = ",";
        }
        to.append(list.isEmpty() ? "]" : newline + "]");
      } else if (json instanceof String string) {
        to.append(quoted(string));
      } else {
        to.append(json instanceof Number number ? number.digits : json);
      }
    }

    private static String quoted(String text) {
      return "\"" + printable(text.replace("\\", "\\\\").replace("\"", "\\\"")) + "\"";
    }
  }

  /** Pictures that are the same in each run. */
  private static final class Pictures {
    /** A picture of noise, 24 pixels square. */
    static byte[] of(int seed, String format) {
      Random random = new Random(seed);
      BufferedImage image = new BufferedImage(24, 24, BufferedImage.TYPE_INT_RGB);
      for (int i = 0; i < 24 * 24; i++) {
        image.setRGB(i % 24, i / 24, random.nextInt() & 0xffffff);
      }
      return encoded(image, format);
    }

    /** A black PNG. */
    static byte[] plain(int width, int height) {
      return encoded(new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY), "png");
    }

    /** A BMP of 24 × 24 pixels, of which the given one is not quite black. */
    static byte[] almostBlack(int pixel) {
      BufferedImage image = new BufferedImage(24, 24, BufferedImage.TYPE_INT_RGB);
      image.setRGB(pixel % 24, pixel / 24, 0x010101);
      return encoded(image, "bmp");
    }

    /** A black JPEG that is not decoded row by row. */
    static byte[] progressive(int width, int height) throws IOException {
      ImageWriter writer = ImageIO.getImageWritersByFormatName("jpg").next();
      ImageWriteParam parameters = writer.getDefaultWriteParam();
      parameters.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      try (ImageOutputStream target = ImageIO.createImageOutputStream(out)) {
        writer.setOutput(target);
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        writer.write(null, new IIOImage(image, null, null), parameters);
      }
      writer.dispose();
      return out.toByteArray();
    }

    private static byte[] encoded(BufferedImage image, String format) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      try {
        if (!ImageIO.write(image, format, out)) {
          throw new IllegalStateException("no writer for " + format);
        }
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
      return out.toByteArray();
    }

    /** A PNG with a good header over broken data. */
    static byte[] broken(int seed) {
      byte[] png = of(seed, "png");
      Arrays.fill(png, 60, 160, (byte) 0);
      return png;
    }

    /** A JPEG with the header of arithmetic coding, which is not decoded. */
    static byte[] arithmetic(byte[] jpeg) {
      String hex = HexFormat.of().formatHex(jpeg);
      return HexFormat.of().parseHex(hex.replaceFirst("ffc0", "ffc9"));
    }

    /** A lossless WebP of one pixel. */
    static byte[] webp() {
      return Base64.getDecoder().decode("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==");
    }

    /** A JPEG of 40 × 20 pixels with the EXIF orientation of a quarter turn. */
    static byte[] turned() {
      BufferedImage image = new BufferedImage(40, 20, BufferedImage.TYPE_INT_RGB);
      byte[] jpeg = encoded(image, "jpg");
      String exif = "ffe1002245786966000049492a0008000000010012010300010000000600000000000000";
      byte[] inserted = HexFormat.of().parseHex(exif);
      return join(Arrays.copyOf(jpeg, 2), inserted, Arrays.copyOfRange(jpeg, 2, jpeg.length));
    }

    /** A PNG that ends after its header. */
    static byte[] pngHeader(int width, int height) {
      CRC32 crc = new CRC32();
      String header = String.format("49484452%08x%08x0802000000", width, height);
      crc.update(HexFormat.of().parseHex(header));
      return HexFormat.of()
          .parseHex("89504e470d0a1a0a0000000d" + header + String.format("%08x", crc.getValue()));
    }
  }

  /** A callback as it was received. */
  private record Received(String line, Map<String, List<String>> headers, byte[] body) {
    /** Whether the signature is right (Standard Webhooks 1.0). */
    boolean isSigned(String secret) throws GeneralSecurityException {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(Base64.getDecoder().decode(secret), "HmacSHA256"));
      String id = headers.get("webhook-id").get(0);
      String time = headers.get("webhook-timestamp").get(0);
      mac.update(Responses.bytes(id + "." + time + "."));
      String signature = Base64.getEncoder().encodeToString(mac.doFinal(body));
      return headers.get("webhook-signature").get(0).equals("v1," + signature);
    }
  }

  /** The server that images are fetched from and callbacks are sent to. */
  private static final class LoopbackServer implements AutoCloseable {
    final BlockingQueue<Received> received = new LinkedBlockingQueue<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final HttpServer server;

    private interface Script {
      void respond(HttpExchange exchange) throws IOException;
    }

    LoopbackServer() throws IOException {
      server =
          HttpServer.create(
              new InetSocketAddress(InetAddress.getLoopbackAddress(), LOOPBACK_PORT), 0);
      server.setExecutor(Executors.newCachedThreadPool());
      server.start();
    }

    String url(String path) {
      return "http://127.0.0.1:" + LOOPBACK_PORT + path;
    }

    void handle(String path, Script script) {
      server.createContext(
          path,
          exchange -> {
            try (exchange) {
              script.respond(exchange);
            }
          });
    }

    void serve(String path, byte[] bytes) {
      handle(path, exchange -> send(exchange, bytes));
    }

    void encoded(String path, byte[] gzip) {
      handle(
          path,
          exchange -> {
            exchange.getResponseHeaders().add("Content-Encoding", "gzip");
            send(exchange, gzip);
          });
    }

    private static void send(HttpExchange exchange, byte[] bytes) throws IOException {
      exchange.sendResponseHeaders(200, bytes.length == 0 ? -1 : bytes.length);
      exchange.getResponseBody().write(bytes);
    }

    void status(String path, int status) {
      handle(path, exchange -> exchange.sendResponseHeaders(status, -1));
    }

    /** Redirects to a location, or without one if it is null. */
    void redirect(String path, String location) {
      handle(
          path,
          exchange -> {
            if (location != null) {
              exchange.getResponseHeaders().add("Location", location);
            }
            exchange.sendResponseHeaders(302, -1);
          });
    }

    /** Sends the first byte and no other. */
    void slow(String path) {
      handle(
          path,
          exchange -> {
            exchange.sendResponseHeaders(200, 1000);
            exchange.getResponseBody().write('x');
            exchange.getResponseBody().flush();
            try {
              closed.await();
            } catch (InterruptedException e) {
              throw new IOException(e);
            }
          });
    }

    /** Receives callbacks. A callback that is tried again after a failure is not noted again. */
    void receive(String path, int status, String retryAfter) {
      Set<String> known = Collections.synchronizedSet(new HashSet<>());
      handle(
          path,
          exchange -> {
            byte[] body = exchange.getRequestBody().readAllBytes();
            Map<String, List<String>> headers = new TreeMap<>();
            exchange
                .getRequestHeaders()
                .forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), values));
            if (status == 204 || known.add(headers.get("webhook-id").get(0))) {
              received.add(
                  new Received(
                      exchange.getRequestMethod() + " " + exchange.getRequestURI(), headers, body));
            }
            if (retryAfter != null) {
              exchange.getResponseHeaders().add("Retry-After", retryAfter);
            }
            if (status == 302) {
              exchange.getResponseHeaders().add("Location", url("/received"));
            }
            exchange.sendResponseHeaders(status, -1);
          });
    }

    @Override
    public void close() {
      closed.countDown();
      server.stop(0);
    }
  }

  /** Compares two outputs, block by block. */
  private static final class Comparison {
    /** Prints the differences; returns the exit code. */
    static int print(Path before, Path after, PrintStream out) throws IOException {
      Map<String, List<String>> first = blocks(before);
      Map<String, List<String>> second = blocks(after);
      if (first.isEmpty()) {
        out.println("no responses in " + before);
        return 1;
      }
      Set<String> names = new LinkedHashSet<>(first.keySet());
      names.addAll(second.keySet());
      int differences = 0;
      for (String name : names) {
        List<String> left = first.get(name);
        List<String> right = second.get(name);
        if (left != null && left.equals(right)) {
          continue;
        }
        differences++;
        out.println("### " + name);
        if (left == null || right == null) {
          out.println(left == null ? "only in " + after : "only in " + before);
        } else {
          difference(left, right).forEach(out::println);
        }
        out.println();
      }
      out.println(
          differences == 0
              ? first.size() + " blocks, no difference"
              : differences + " of " + names.size() + " blocks differ");
      return differences == 0 ? 0 : 1;
    }

    /** The lines of each block by its name, without its number. */
    private static Map<String, List<String>> blocks(Path file) throws IOException {
      Map<String, List<String>> blocks = new LinkedHashMap<>();
      List<String> block = new ArrayList<>();
      for (String line : Files.readAllLines(file)) {
        if (line.startsWith("### ")) {
          block = new ArrayList<>();
          blocks.put(line.substring(4).replaceFirst("^\\d+ ", ""), block);
        } else {
          block.add(line);
        }
      }
      return blocks;
    }

    /** The lines that were removed and added, by the longest common subsequence. */
    private static List<String> difference(List<String> left, List<String> right) {
      int[][] common = new int[left.size() + 1][right.size() + 1];
      for (int i = left.size() - 1; i >= 0; i--) {
        for (int j = right.size() - 1; j >= 0; j--) {
          common[i][j] =
              left.get(i).equals(right.get(j))
                  ? common[i + 1][j + 1] + 1
                  : Math.max(common[i + 1][j], common[i][j + 1]);
        }
      }
      List<String> lines =
          new ArrayList<>(left.isEmpty() ? List.of() : List.of("  " + left.get(0)));
      int i = 0;
      int j = 0;
      while (i < left.size() || j < right.size()) {
        if (i < left.size() && j < right.size() && left.get(i).equals(right.get(j))) {
          i++;
          j++;
        } else if (i < left.size() && (j == right.size() || common[i + 1][j] >= common[i][j + 1])) {
          lines.add("- " + left.get(i++));
        } else {
          lines.add("+ " + right.get(j++));
        }
      }
      return lines;
    }
  }
}
