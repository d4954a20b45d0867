package dev.whatsit.storage.fake;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.whatsit.storage.fake.Bucket.StoredObject;
import dev.whatsit.storage.fake.Call.Action;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.Signature;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A fake of the Cloud Storage JSON API, of signed links, and of the IAM Credentials API's {@code
 * signBlob}, on the loopback address. Objects are in a directory and survive the server.
 *
 * <p>It supports what Whatsit uses and refuses everything else with 501: single-request uploads
 * ({@code multipart}) with {@code ifGenerationMatch} and a verified CRC32C; metadata; downloads
 * from any byte on; deletions, lists, permissions. Tests can inject faults ({@link #fail}) and read
 * the received requests ({@link #calls}). Thread-safe; one directory belongs to one server.
 */
public final class FakeStorage implements AutoCloseable {
  private static final Set<String> PERMISSIONS =
      Set.of(
          "storage.objects.create",
          "storage.objects.get",
          "storage.objects.list",
          "storage.objects.delete");
  private static final String JSON = "application/json; charset=UTF-8";

  /** The range with which an interrupted download continues. */
  private static final Pattern RANGE = Pattern.compile("bytes=([0-9]{1,9})-");

  private static final Pattern BOUNDARY = Pattern.compile("boundary=\"?([^\";]+)\"?");

  /** More than any test needs; the limit protects the memory of a server that runs for days. */
  private static final int KEPT_CALLS = 10_000;

  private final HttpServer server;
  private final ExecutorService threads;
  private final InstantSource clock;
  private final Map<String, Bucket> buckets = new TreeMap<>();
  private final Map<String, PublicKey> keys = new ConcurrentHashMap<>();
  private final Deque<Call> calls = new ArrayDeque<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile Set<String> permissions = PERMISSIONS;
  private volatile Function<Call, Fault> faults = call -> Fault.NONE;
  private @Nullable KeyPair ownKey;

  private FakeStorage(Path folder, int port, InstantSource clock, Set<String> names)
      throws IOException {
    this.clock = clock;
    for (String name : names) {
      if (!name.matches("[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]")) {
        throw new IllegalArgumentException("not a bucket's name: " + name);
      }
      buckets.put(name, new Bucket(name, folder.resolve(name)));
    }
    // Otherwise each response waits for the acknowledgement of its own headers, up to 40 ms. The
    // JDK reads this once, when it creates its first server.
    System.setProperty("sun.net.httpserver.nodelay", "true");
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    threads =
        Executors.newCachedThreadPool(
            task -> {
              Thread thread = new Thread(task, "fake-storage");
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Starts a server.
   *
   * @param folder where objects are kept; created if missing
   * @param port where to listen on the loopback address, 0 for any free port
   * @param clock decides whether a link has expired
   * @param buckets the buckets that exist
   * @throws IOException if the folder cannot be used or the port is taken
   * @throws IllegalArgumentException if a bucket has no valid name
   */
  public static FakeStorage start(Path folder, int port, InstantSource clock, Set<String> buckets)
      throws IOException {
    FakeStorage storage = new FakeStorage(folder, port, clock, buckets);
    storage.server.createContext("/", storage::serve);
    storage.server.setExecutor(storage.threads);
    storage.server.start();
    return storage;
  }

  /** The address, for example {@code http://127.0.0.1:4443}. */
  public URI endpoint() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  /** Injects a fault into each request from now on. The function must be thread-safe. */
  public void fail(Function<Call, Fault> faults) {
    this.faults = faults;
  }

  /** Sets the permissions of all callers. By default everything is allowed. */
  public void allow(Set<String> permissions) {
    this.permissions = Set.copyOf(permissions);
  }

  /** Accepts links that an account signs with its own key. */
  public void trust(String account, PublicKey key) {
    keys.put(account, key);
  }

  /** The latest 10,000 requests, in order of arrival. */
  public List<Call> calls() {
    synchronized (calls) {
      return List.copyOf(calls);
    }
  }

  /** Clears the recorded requests. */
  public void forgetCalls() {
    synchronized (calls) {
      calls.clear();
    }
  }

  /** Stops the server. Hanging requests end without a response. */
  @Override
  public void close() {
    closed.countDown();
    server.stop(0);
    threads.shutdownNow();
  }

  private void serve(HttpExchange exchange) throws IOException {
    Call call = callOf(exchange);
    synchronized (calls) {
      calls.addLast(call);
      if (calls.size() > KEPT_CALLS) {
        calls.removeFirst();
      }
    }
    Fault fault = faults.apply(call);
    switch (fault.kind()) {
      case STATUS -> {
        if (fault.retryAfterSeconds() > 0) {
          exchange
              .getResponseHeaders()
              .set("Retry-After", Integer.toString(fault.retryAfterSeconds()));
        }
        send(exchange, Reply.error(fault.status(), "told to fail", "backendError"), false);
      }
      case DROP_BEFORE -> exchange.close();
      case HANG_BEFORE -> hang(exchange);
      default -> {
        boolean damaged = fault.kind() == Fault.Kind.DAMAGE;
        Reply reply;
        try {
          reply = reply(call, exchange, damaged);
        } catch (IllegalArgumentException | IllegalStateException | JsonParseException e) {
          reply = Reply.error(400, String.valueOf(e.getMessage()), "invalid");
        }
        switch (fault.kind()) {
          case DROP_AFTER -> exchange.close();
          case HANG_AFTER -> hang(exchange);
          default -> send(exchange, reply, damaged && call.action() != Action.INSERT);
        }
      }
    }
  }

  private void hang(HttpExchange exchange) {
    try {
      closed.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    exchange.close();
  }

  private static Call callOf(HttpExchange exchange) {
    URI uri = exchange.getRequestURI();
    String path = uri.getRawPath();
    String query = uri.getRawQuery() == null ? "" : uri.getRawQuery();
    String method = exchange.getRequestMethod();
    return new Call(
        actionOf(method, path, query),
        method,
        path,
        query,
        Optional.ofNullable(exchange.getRequestHeaders().getFirst("Authorization")));
  }

  private static Action actionOf(String method, String path, String query) {
    if (method.equals("POST") && path.matches("/upload/storage/v1/b/[^/]+/o")) {
      return Action.INSERT;
    }
    if (method.equals("POST") && path.matches("/v1/projects/-/serviceAccounts/[^/]+:signBlob")) {
      return Action.SIGN_BLOB;
    }
    if (method.equals("DELETE") && path.matches("/storage/v1/b/[^/]+/o/[^/]+")) {
      return Action.DELETE;
    }
    if (!method.equals("GET")) {
      return Action.OTHER;
    }
    if (path.matches("/(download/)?storage/v1/b/[^/]+/o/[^/]+")) {
      return "media".equals(LinkCheck.parameters(query).get("alt")) ? Action.DOWNLOAD : Action.GET;
    }
    if (path.matches("/storage/v1/b/[^/]+/o")) {
      return Action.LIST;
    }
    if (path.matches("/storage/v1/b/[^/]+/iam/testPermissions")) {
      return Action.TEST_PERMISSIONS;
    }
    return path.matches("/[^/]+/.+") && !path.startsWith("/storage/") ? Action.LINK : Action.OTHER;
  }

  private Reply reply(Call call, HttpExchange exchange, boolean damaged) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    if (call.action() == Action.SIGN_BLOB) {
      return signBlob(call, body);
    }
    if (call.action() == Action.LINK) {
      return link(call, exchange.getRequestHeaders().getFirst("Host"));
    }
    if (call.action() == Action.OTHER) {
      return Reply.error(501, "this fake has no " + call.method(), "notImplemented");
    }
    // The path has the form …/b/BUCKET/o/OBJECT.
    String[] path = call.target().replaceFirst(".*?/b/", "").split("/", -1);
    Bucket bucket = buckets.get(path[0]);
    if (bucket == null) {
      return Reply.error(404, "The specified bucket does not exist.", "notFound");
    }
    String needed =
        switch (call.action()) {
          case INSERT -> "storage.objects.create";
          case DELETE -> "storage.objects.delete";
          case LIST -> "storage.objects.list";
          default -> "storage.objects.get";
        };
    if (call.action() != Action.TEST_PERMISSIONS && !permissions.contains(needed)) {
      return Reply.forbidden(needed);
    }
    Map<String, String> query = LinkCheck.parameters(call.query());
    String object = LinkCheck.decode(path[path.length - 1]);
    return switch (call.action()) {
      case INSERT ->
          insert(
              bucket,
              query,
              String.valueOf(exchange.getRequestHeaders().getFirst("Content-Type")),
              body,
              damaged);
      case GET, DOWNLOAD ->
          read(bucket, object, query, exchange.getRequestHeaders().getFirst("Range"));
      case DELETE ->
          bucket.delete(object)
              ? new Reply(204, JSON, Map.of(), new byte[0])
              : Reply.error(404, "No such object: " + object, "notFound");
      case LIST -> list(bucket, query.getOrDefault("prefix", ""));
      default -> testPermissions(call.query());
    };
  }

  /**
   * Stores an object from a body with two parts: metadata in JSON, and the bytes.
   *
   * @see <a href="https://cloud.google.com/storage/docs/uploading-objects">Multipart uploads</a>
   */
  private Reply insert(
      Bucket bucket, Map<String, String> query, String contentType, byte[] body, boolean damaged)
      throws IOException {
    Matcher boundary = BOUNDARY.matcher(contentType);
    if (!"multipart".equals(query.get("uploadType")) || !boundary.find()) {
      return Reply.error(501, "this fake takes multipart uploads only", "notImplemented");
    }
    // Latin-1 maps each byte to one character.
    String text = "\r\n" + new String(body, StandardCharsets.ISO_8859_1);
    String[] parts = text.split(Pattern.quote("\r\n--" + boundary.group(1)), -1);
    if (parts.length != 4) {
      return Reply.error(400, "the body must have two parts", "invalid");
    }
    JsonObject metadata =
        JsonParser.parseString(new String(content(parts[1]), StandardCharsets.UTF_8))
            .getAsJsonObject();
    byte[] content = content(parts[2]);
    if (damaged && content.length > 0) {
      content[content.length / 2] ^= 1;
    }
    if (!metadata.has("name")) {
      return Reply.error(400, "Required", "required");
    }
    String name = metadata.get("name").getAsString();
    String crc32c = Bucket.crc32c(content);
    String claimed = metadata.has("crc32c") ? metadata.get("crc32c").getAsString() : crc32c;
    if (!claimed.equals(crc32c)) {
      return Reply.error(
          400,
          "Provided CRC32C \"" + claimed + "\" doesn't match calculated CRC32C \"" + crc32c + "\".",
          "invalid");
    }
    if (bucket.find(name).isPresent() && !permissions.contains("storage.objects.delete")) {
      // Overwriting needs the permission to delete; the service may check it before preconditions.
      return Reply.forbidden("storage.objects.delete");
    }
    return bucket
        .put(
            name,
            metadata,
            content,
            Long.parseLong(query.getOrDefault("ifGenerationMatch", "-1")),
            ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant()))
        .map(object -> Reply.json(200, object))
        .orElseGet(
            () ->
                Reply.error(
                    412,
                    "At least one of the pre-conditions you specified did not hold.",
                    "conditionNotMet"));
  }

  /** The bytes of a part after the blank line that ends its headers. */
  private static byte[] content(String part) {
    int blank = part.indexOf("\r\n\r\n");
    if (blank < 0) {
      throw new IllegalArgumentException("a part without a blank line after its headers");
    }
    return part.substring(blank + 4).getBytes(StandardCharsets.ISO_8859_1);
  }

  private Reply read(Bucket bucket, String name, Map<String, String> query, @Nullable String range)
      throws IOException {
    boolean media = "media".equals(query.get("alt"));
    Optional<StoredObject> found =
        bucket
            .find(name)
            .filter(
                object ->
                    query
                        .getOrDefault("generation", object.get("generation"))
                        .equals(object.get("generation")));
    if (found.isEmpty()) {
      // A caller that may not list must not learn that an object is missing.
      if (!permissions.contains("storage.objects.list")) {
        return Reply.forbidden("storage.objects.list");
      }
      String message = "No such object: " + name;
      return media
          ? new Reply(
              404, "text/html; charset=UTF-8", Map.of(), message.getBytes(StandardCharsets.UTF_8))
          : Reply.error(404, message, "notFound");
    }
    StoredObject object = found.get();
    if (!media) {
      return Reply.json(200, object.metadata());
    }
    byte[] bytes = object.content();
    Map<String, String> headers = new TreeMap<>();
    headers.put("X-Goog-Hash", "crc32c=" + object.get("crc32c"));
    headers.put("X-Goog-Generation", object.get("generation"));
    headers.put("X-Goog-Stored-Content-Length", Integer.toString(bytes.length));
    if (range == null) {
      return new Reply(200, object.get("contentType"), headers, bytes);
    }
    Matcher from = RANGE.matcher(range);
    if (!from.matches()) {
      return Reply.error(501, "this fake knows ranges like bytes=5- only", "notImplemented");
    }
    int begin = Integer.parseInt(from.group(1));
    if (begin >= bytes.length) {
      return Reply.error(416, "The requested range cannot be satisfied.", "requestedRange");
    }
    headers.put("Content-Range", "bytes " + begin + "-" + (bytes.length - 1) + "/" + bytes.length);
    byte[] rest = Arrays.copyOfRange(bytes, begin, bytes.length);
    return new Reply(206, object.get("contentType"), headers, rest);
  }

  private static Reply list(Bucket bucket, String prefix) throws IOException {
    JsonArray items = new JsonArray();
    bucket.list(prefix).forEach(items::add);
    JsonObject json = new JsonObject();
    json.addProperty("kind", "storage#objects");
    if (!items.isEmpty()) {
      json.add("items", items);
    }
    return Reply.json(200, json);
  }

  private Reply testPermissions(String query) {
    JsonArray granted = new JsonArray();
    for (String pair : query.split("&", -1)) {
      String permission = LinkCheck.decode(pair.replaceFirst("^permissions=", ""));
      if (permissions.contains(permission)) {
        granted.add(permission);
      }
    }
    JsonObject json = new JsonObject();
    json.addProperty("kind", "storage#testIamPermissionsResponse");
    if (!granted.isEmpty()) {
      json.add("permissions", granted);
    }
    return Reply.json(200, json);
  }

  private Reply link(Call call, String host) throws IOException {
    int slash = call.target().indexOf('/', 1);
    Optional<String> refusal = LinkCheck.refusal(call, host, keys, clock.instant());
    if (refusal.isPresent()) {
      boolean forbidden = Set.of("AccessDenied", "SignatureDoesNotMatch").contains(refusal.get());
      return Reply.xmlError(forbidden ? 403 : 400, refusal.get());
    }
    Bucket bucket = buckets.get(call.target().substring(1, slash));
    if (bucket == null) {
      return Reply.xmlError(404, "NoSuchBucket");
    }
    Optional<StoredObject> found =
        bucket.find(LinkCheck.decode(call.target().substring(slash + 1)));
    if (found.isEmpty()) {
      return Reply.xmlError(404, "NoSuchKey");
    }
    StoredObject object = found.get();
    Map<String, String> query = LinkCheck.parameters(call.query());
    Map<String, String> headers = new TreeMap<>();
    headers.put("Cache-Control", object.get("cacheControl"));
    headers.put("Content-Disposition", query.getOrDefault("response-content-disposition", ""));
    headers.values().removeIf(String::isEmpty);
    return new Reply(
        200,
        query.getOrDefault("response-content-type", object.get("contentType")),
        headers,
        object.content());
  }

  private Reply signBlob(Call call, byte[] body) {
    String account =
        LinkCheck.decode(call.target().replaceFirst(".*/serviceAccounts/(.*):signBlob", "$1"));
    JsonObject request =
        JsonParser.parseString(new String(body, StandardCharsets.UTF_8)).getAsJsonObject();
    try {
      KeyPair pair = ownKey();
      keys.put(account, pair.getPublic());
      Signature signature = Signature.getInstance("SHA256withRSA");
      signature.initSign(pair.getPrivate());
      signature.update(Base64.getDecoder().decode(request.get("payload").getAsString()));
      JsonObject json = new JsonObject();
      json.addProperty("keyId", "fake");
      json.addProperty("signedBlob", Base64.getEncoder().encodeToString(signature.sign()));
      return Reply.json(200, json);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java platform lacks SHA256withRSA", e);
    }
  }

  private synchronized KeyPair ownKey() throws GeneralSecurityException {
    if (ownKey == null) {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2048);
      ownKey = generator.generateKeyPair();
    }
    return ownKey;
  }

  /** Sends a response, or half of it and closes the connection. */
  private static void send(HttpExchange exchange, Reply reply, boolean cut) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", reply.contentType);
    reply.headers.forEach((name, value) -> exchange.getResponseHeaders().set(name, value));
    byte[] body = reply.body;
    exchange.sendResponseHeaders(reply.status, body.length == 0 ? -1 : body.length);
    if (cut && body.length > 1) {
      exchange.getResponseBody().write(body, 0, body.length / 2);
      exchange.getResponseBody().flush();
      exchange.close();
      return;
    }
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(body);
    }
  }

  private static final class Reply {
    private final int status;
    private final String contentType;
    private final Map<String, String> headers;
    private final byte[] body;

    Reply(int status, String contentType, Map<String, String> headers, byte[] body) {
      this.status = status;
      this.contentType = contentType;
      this.headers = headers;
      this.body = body;
    }

    static Reply json(int status, JsonObject json) {
      return new Reply(status, JSON, Map.of(), json.toString().getBytes(StandardCharsets.UTF_8));
    }

    static Reply error(int status, String message, String reason) {
      JsonObject first = new JsonObject();
      first.addProperty("message", message);
      first.addProperty("domain", "global");
      first.addProperty("reason", reason);
      JsonArray errors = new JsonArray();
      errors.add(first);
      JsonObject error = new JsonObject();
      error.addProperty("code", status);
      error.addProperty("message", message);
      error.add("errors", errors);
      JsonObject json = new JsonObject();
      json.add("error", error);
      return json(status, json);
    }

    static Reply xmlError(int status, String code) {
      String xml = "<?xml version='1.0' encoding='UTF-8'?><Error><Code>" + code + "</Code></Error>";
      return new Reply(
          status, "application/xml; charset=UTF-8", Map.of(), xml.getBytes(StandardCharsets.UTF_8));
    }

    static Reply forbidden(String permission) {
      return error(
          403,
          "Caller does not have "
              + permission
              + " access to the Google Cloud Storage object. Permission '"
              + permission
              + "' denied on resource (or it may not exist).",
          "forbidden");
    }
  }
}
