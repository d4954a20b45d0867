package dev.whatsit.storage.fake;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
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
  private static final int RSA_BITS = 2048;

  /** The range with which an interrupted download continues. */
  private static final Pattern RANGE = Pattern.compile("bytes=([0-9]{1,9})-");

  /** More than any test needs; the limit protects the memory of a server that runs for days. */
  private static final int KEPT_CALLS = 10_000;

  private final HttpServer server;
  private final ExecutorService threads;
  private final InstantSource clock;
  private final Map<String, ObjectFolder> buckets;
  private final Map<String, PublicKey> keys = new ConcurrentHashMap<>();
  private final Deque<Call> calls = new ArrayDeque<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile Set<String> permissions = PERMISSIONS;
  private volatile Function<Call, Fault> faults = call -> Fault.NONE;
  private @Nullable KeyPair ownKey;

  private FakeStorage(
      HttpServer server,
      ExecutorService threads,
      InstantSource clock,
      Map<String, ObjectFolder> buckets) {
    this.server = server;
    this.threads = threads;
    this.clock = clock;
    this.buckets = buckets;
  }

  /**
   * Starts a server.
   *
   * @param folder where objects are kept; created if missing
   * @param port where to listen on the loopback address, 0 for any free port
   * @param clock decides whether a link has expired
   * @param buckets the buckets that exist
   * @throws IOException if the folder cannot be used or the port is taken
   */
  public static FakeStorage start(Path folder, int port, InstantSource clock, Set<String> buckets)
      throws IOException {
    Map<String, ObjectFolder> opened = new TreeMap<>();
    for (String bucket : buckets) {
      if (!bucket.matches("[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]")) {
        throw new IllegalArgumentException("not a bucket's name: " + bucket);
      }
      opened.put(bucket, ObjectFolder.open(folder.resolve(bucket)));
    }
    // Otherwise each response waits for the acknowledgement of its own headers, up to 40 ms. The
    // JDK reads this once, when it creates its first server.
    System.setProperty("sun.net.httpserver.nodelay", "true");
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    ExecutorService threads =
        Executors.newCachedThreadPool(
            task -> {
              Thread thread = new Thread(task, "fake-storage");
              thread.setDaemon(true);
              return thread;
            });
    FakeStorage storage = new FakeStorage(server, threads, clock, opened);
    server.createContext("/", storage::serve);
    server.setExecutor(threads);
    server.start();
    return storage;
  }

  /** The address, for example {@code http://127.0.0.1:4443}. */
  public URI endpoint() {
    return URI.create(
        "http://"
            + server.getAddress().getAddress().getHostAddress()
            + ":"
            + server.getAddress().getPort());
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

  private void keep(Call call) {
    synchronized (calls) {
      calls.addLast(call);
      if (calls.size() > KEPT_CALLS) {
        calls.removeFirst();
      }
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
    keep(call);
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
        byte[] body = exchange.getRequestBody().readAllBytes();
        Reply reply;
        try {
          reply = answer(call, exchange, body, fault);
        } catch (IllegalArgumentException e) {
          reply = Reply.error(400, String.valueOf(e.getMessage()), "invalid");
        }
        switch (fault.kind()) {
          case DROP_AFTER -> exchange.close();
          case HANG_AFTER -> hang(exchange);
          default ->
              send(
                  exchange,
                  reply,
                  fault.kind() == Fault.Kind.DAMAGE && call.action() != Action.INSERT);
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
      return "media".equals(parameters(query).get("alt")) ? Action.DOWNLOAD : Action.GET;
    }
    if (path.matches("/storage/v1/b/[^/]+/o")) {
      return Action.LIST;
    }
    if (path.matches("/storage/v1/b/[^/]+/iam/testPermissions")) {
      return Action.TEST_PERMISSIONS;
    }
    return path.matches("/[^/]+/.+") && !path.startsWith("/storage/") ? Action.LINK : Action.OTHER;
  }

  private Reply answer(Call call, HttpExchange exchange, byte[] body, Fault fault)
      throws IOException {
    String[] segments = call.target().split("/", -1);
    return switch (call.action()) {
      case INSERT -> insert(call, segments[5], exchange, body, fault);
      case GET, DOWNLOAD ->
          read(
              segments[segments.length - 3],
              LinkCheck.decode(segments[segments.length - 1]),
              parameters(call.query()),
              exchange.getRequestHeaders().getFirst("Range"));
      case DELETE -> delete(segments[4], LinkCheck.decode(segments[6]));
      case LIST -> list(segments[4], parameters(call.query()).getOrDefault("prefix", ""));
      case TEST_PERMISSIONS -> testPermissions(segments[4], call.query());
      case LINK -> link(call, exchange);
      case SIGN_BLOB -> signBlob(segments[5], body);
      case OTHER -> Reply.error(501, "this fake has no " + call.method(), "notImplemented");
    };
  }

  private Reply insert(
      Call call, String bucketName, HttpExchange exchange, byte[] received, Fault fault)
      throws IOException {
    Map<String, String> query = parameters(call.query());
    if (!"multipart".equals(query.get("uploadType"))) {
      return Reply.error(501, "this fake takes multipart uploads only", "notImplemented");
    }
    if (exchange.getRequestHeaders().containsKey("Content-Encoding")) {
      return Reply.error(501, "this fake decodes no uploads", "notImplemented");
    }
    ObjectFolder bucket = buckets.get(bucketName);
    if (bucket == null) {
      return Reply.noBucket();
    }
    if (!permissions.contains("storage.objects.create")) {
      return Reply.forbidden("storage.objects.create");
    }
    Upload upload =
        Upload.ofMultipart(
            String.valueOf(exchange.getRequestHeaders().getFirst("Content-Type")), received);
    byte[] content = upload.content();
    if (fault.kind() == Fault.Kind.DAMAGE && content.length > 0) {
      content = content.clone();
      content[content.length / 2] ^= 1;
    }
    JsonObject metadata = upload.metadata();
    String name = metadata.has("name") ? metadata.get("name").getAsString() : query.get("name");
    if (name == null || name.isEmpty()) {
      return Reply.error(400, "Required", "required");
    }
    String crc32c = ObjectFolder.crc32c(content);
    if (metadata.has("crc32c") && !metadata.get("crc32c").getAsString().equals(crc32c)) {
      return Reply.error(
          400,
          "Provided CRC32C \""
              + metadata.get("crc32c").getAsString()
              + "\" doesn't match calculated CRC32C \""
              + crc32c
              + "\".",
          "invalid");
    }
    if (bucket.find(name).isPresent() && !permissions.contains("storage.objects.delete")) {
      // Overwriting needs the permission to delete; the service may check it before preconditions.
      return Reply.forbidden("storage.objects.delete");
    }
    StoredObject draft =
        new StoredObject(
            bucketName,
            name,
            0,
            metadata.has("contentType")
                ? metadata.get("contentType").getAsString()
                : upload.contentType(),
            metadata.has("cacheControl") ? metadata.get("cacheControl").getAsString() : "",
            content.length,
            crc32c);
    String expected = query.get("ifGenerationMatch");
    Optional<StoredObject> created =
        bucket.create(
            draft,
            content,
            expected == null ? -1 : Long.parseLong(expected),
            ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant()));
    return created
        .map(object -> Reply.json(200, object.toJson()))
        .orElseGet(
            () ->
                Reply.error(
                    412,
                    "At least one of the pre-conditions you specified did not hold.",
                    "conditionNotMet"));
  }

  private Reply read(
      String bucketName, String name, Map<String, String> query, @Nullable String range)
      throws IOException {
    ObjectFolder bucket = buckets.get(bucketName);
    if (bucket == null) {
      return Reply.noBucket();
    }
    if (!permissions.contains("storage.objects.get")) {
      return Reply.forbidden("storage.objects.get");
    }
    boolean media = "media".equals(query.get("alt"));
    String generation = query.get("generation");
    Optional<StoredObject> found =
        bucket
            .find(name)
            .filter(
                object ->
                    generation == null || generation.equals(Long.toString(object.generation())));
    if (found.isEmpty()) {
      // A caller that may not list must not learn that an object is missing.
      if (!permissions.contains("storage.objects.list")) {
        return Reply.forbidden("storage.objects.list");
      }
      String message = "No such object: " + bucketName + "/" + name;
      return media
          ? new Reply(
              404, "text/html; charset=UTF-8", Map.of(), message.getBytes(StandardCharsets.UTF_8))
          : Reply.error(404, message, "notFound");
    }
    StoredObject object = found.get();
    if (!media) {
      return Reply.json(200, object.toJson());
    }
    byte[] bytes = bucket.bytes(object);
    Map<String, String> headers = new TreeMap<>();
    headers.put("X-Goog-Hash", "crc32c=" + object.crc32c());
    headers.put("X-Goog-Generation", Long.toString(object.generation()));
    headers.put("X-Goog-Stored-Content-Length", Integer.toString(bytes.length));
    if (range == null) {
      return new Reply(200, object.contentType(), headers, bytes);
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
    return new Reply(
        206, object.contentType(), headers, Arrays.copyOfRange(bytes, begin, bytes.length));
  }

  private Reply delete(String bucketName, String name) throws IOException {
    ObjectFolder bucket = buckets.get(bucketName);
    if (bucket == null) {
      return Reply.noBucket();
    }
    if (!permissions.contains("storage.objects.delete")) {
      return Reply.forbidden("storage.objects.delete");
    }
    return bucket.delete(name)
        ? new Reply(204, "application/json; charset=UTF-8", Map.of(), new byte[0])
        : Reply.error(404, "No such object: " + bucketName + "/" + name, "notFound");
  }

  private Reply list(String bucketName, String prefix) throws IOException {
    ObjectFolder bucket = buckets.get(bucketName);
    if (bucket == null) {
      return Reply.noBucket();
    }
    if (!permissions.contains("storage.objects.list")) {
      return Reply.forbidden("storage.objects.list");
    }
    JsonArray items = new JsonArray();
    bucket.list(prefix).forEach(object -> items.add(object.toJson()));
    JsonObject json = new JsonObject();
    json.addProperty("kind", "storage#objects");
    if (!items.isEmpty()) {
      json.add("items", items);
    }
    return Reply.json(200, json);
  }

  private Reply testPermissions(String bucketName, String query) {
    if (!buckets.containsKey(bucketName)) {
      return Reply.noBucket();
    }
    JsonArray granted = new JsonArray();
    for (String pair : query.split("&", -1)) {
      if (pair.startsWith("permissions=")) {
        String permission = LinkCheck.decode(pair.substring("permissions=".length()));
        if (permissions.contains(permission)) {
          granted.add(permission);
        }
      }
    }
    JsonObject json = new JsonObject();
    json.addProperty("kind", "storage#testIamPermissionsResponse");
    if (!granted.isEmpty()) {
      json.add("permissions", granted);
    }
    return Reply.json(200, json);
  }

  private Reply link(Call call, HttpExchange exchange) throws IOException {
    String host = exchange.getRequestHeaders().getFirst("Host");
    Optional<String> refusal =
        LinkCheck.refusal(call.method(), call.target(), call.query(), host, keys, clock.instant());
    int slash = call.target().indexOf('/', 1);
    ObjectFolder bucket = buckets.get(call.target().substring(1, slash));
    if (refusal.isPresent() || bucket == null) {
      String code = refusal.orElse("NoSuchBucket");
      int status =
          switch (code) {
            case "NoSuchBucket" -> 404;
            case "AccessDenied", "SignatureDoesNotMatch" -> 403;
            default -> 400;
          };
      return Reply.xmlError(status, code);
    }
    Optional<StoredObject> found =
        bucket.find(LinkCheck.decode(call.target().substring(slash + 1)));
    if (found.isEmpty()) {
      return Reply.xmlError(404, "NoSuchKey");
    }
    StoredObject object = found.get();
    Map<String, String> query = parameters(call.query());
    Map<String, String> headers = new TreeMap<>();
    if (!object.cacheControl().isEmpty()) {
      headers.put("Cache-Control", object.cacheControl());
    }
    String disposition = query.get("response-content-disposition");
    if (disposition != null) {
      headers.put("Content-Disposition", disposition);
    }
    return new Reply(
        200,
        query.getOrDefault("response-content-type", object.contentType()),
        headers,
        bucket.bytes(object));
  }

  private Reply signBlob(String segment, byte[] body) {
    String account =
        LinkCheck.decode(segment.substring(0, segment.length() - ":signBlob".length()));
    byte[] payload =
        Base64.getDecoder()
            .decode(
                JsonParser.parseString(new String(body, StandardCharsets.UTF_8))
                    .getAsJsonObject()
                    .get("payload")
                    .getAsString());
    try {
      KeyPair pair = ownKey();
      keys.put(account, pair.getPublic());
      Signature signature = Signature.getInstance("SHA256withRSA");
      signature.initSign(pair.getPrivate());
      signature.update(payload);
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
      generator.initialize(RSA_BITS);
      ownKey = generator.generateKeyPair();
    }
    return ownKey;
  }

  private static void send(HttpExchange exchange, Reply reply, boolean cut) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", reply.contentType);
    reply.headers.forEach((name, value) -> exchange.getResponseHeaders().set(name, value));
    byte[] body = reply.body;
    exchange.sendResponseHeaders(reply.status, body.length == 0 ? -1 : body.length);
    if (cut && body.length > 1) {
      // Send half of the response, then close the connection.
      exchange.getResponseBody().write(Arrays.copyOf(body, body.length / 2));
      exchange.getResponseBody().flush();
      exchange.close();
      return;
    }
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(body);
    }
  }

  private static Map<String, String> parameters(String query) {
    Map<String, String> parameters = new TreeMap<>();
    for (String pair : query.split("&", -1)) {
      int equals = pair.indexOf('=');
      if (equals > 0) {
        parameters.put(
            LinkCheck.decode(pair.substring(0, equals)),
            LinkCheck.decode(pair.substring(equals + 1)));
      }
    }
    return parameters;
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
      return new Reply(
          status,
          "application/json; charset=UTF-8",
          Map.of(),
          json.toString().getBytes(StandardCharsets.UTF_8));
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
      return new Reply(
          status,
          "application/xml; charset=UTF-8",
          Map.of(),
          ("<?xml version='1.0' encoding='UTF-8'?><Error><Code>" + code + "</Code></Error>")
              .getBytes(StandardCharsets.UTF_8));
    }

    static Reply noBucket() {
      return error(404, "The specified bucket does not exist.", "notFound");
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
