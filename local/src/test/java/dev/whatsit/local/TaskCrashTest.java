package dev.whatsit.local;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpExchange;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.embedded.EmbeddedBackend;
import dev.whatsit.embedded.EmbeddedStores;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills the process while batches, delays and callbacks are in flight, and checks how the next
 * process recovers: each completion is notified under one id, and none is lost or notified under
 * two ids.
 *
 * <p>The process is killed after a random number of counted events, often while it waits for a
 * response from outside. Before the last start all times are moved back by hours, so that all
 * stalled work is overdue. {@code -Dwhatsit.seed} chooses other points.
 */
class TaskCrashTest {
  private static final long SEED = Long.getLong("whatsit.seed", 20261121);
  private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  private static final Duration TIMEOUT = Duration.ofSeconds(90);
  private static final Duration DOWNTIME = Duration.ofHours(2);

  private static final int CLIENTS = 4;
  private static final int KILLS = 5;
  private static final int IMAGES = 20;
  private static final int RECEIVERS = 2;
  private static final int DELAYED = 6;
  private static final int BATCHES = 4;

  /** Fetched items of a batch. Two more are a known image and a page that is no image. */
  private static final int FETCHED = 6;

  /** A lower bound of the counted events: responses, fetches and callbacks. */
  private static final int MIN_EVENTS =
      (IMAGES * RECEIVERS + DELAYED) * 2 + BATCHES * (FETCHED + 1);

  /** An image that is finished before the first kill, and retried at the end. */
  private static final byte[] KNOWN = Pictures.png(4000);

  /** A callback as received, with a valid signature. */
  private record Notification(String path, String id, String body) {
    JsonObject json() {
      return JsonParser.parseString(body).getAsJsonObject();
    }
  }

  /** A request that a client repeats until it gets a response. */
  private interface Submission {
    void send(Client client) throws Exception;
  }

  @TempDir private Path data;

  private final Object lock = new Object();
  private final ConcurrentLinkedQueue<Submission> toSend = new ConcurrentLinkedQueue<>();
  private final List<Notification> notifications = new CopyOnWriteArrayList<>();
  private final List<String> refused = new CopyOnWriteArrayList<>();
  private final Map<String, Instant> dueAt = new ConcurrentHashMap<>();
  private final Map<Integer, String> batches = new ConcurrentHashMap<>();

  /** The numbers of counted events after which the process is killed. */
  private final TreeSet<Integer> killAt = new TreeSet<>();

  /** Those at which the outside server delays its response until the process is dead. */
  private final Set<Integer> delayed = new HashSet<>();

  private int events;
  private final OutsideServer outside = new OutsideServer();
  private RestartableServer server;

  @BeforeEach
  void start() throws Exception {
    Random random = new Random(SEED);
    while (killAt.size() < KILLS) {
      int point = 3 + random.nextInt(MIN_EVENTS - 3);
      killAt.add(point);
      if (random.nextInt(3) > 0) {
        delayed.add(point);
      }
    }
    outside.handle("/hook", this::receive);
    outside.handle("/picture", this::givePicture);
    Map<String, String> settings = new HashMap<>();
    settings.put("LOG_FORMAT", "json");
    settings.put("SWEEP_SECONDS", "1");
    settings.put("CALLBACK_SECRETS", SECRET);
    settings.put("OUTBOUND_ALLOW", "127.0.0.0/8");
    settings.put("OUTBOUND_PORTS", "80,443," + outside.port());
    server = new RestartableServer(data, settings);
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
    outside.close();
  }

  @Test
  void kill_atRandomPointsWhileTasksAreUnderWay_everyCompletionIsSentUnderOneId() throws Exception {
    server.start();
    server.awaitClient().post(KNOWN);
    prepare();
    ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        running.add(clients.submit(this::send));
      }
      for (int point : killAt) {
        awaitEvents(point);
        server.kill();
        server.start();
      }
      for (Future<?> client : running) {
        client.get();
      }
      runAgain();
      // Kill again, after everything was accepted and while a second run is in flight.
      server.kill();
      makeOverdue();
      server.start();
      awaitCompletions(server.awaitClient());
    } finally {
      clients.shutdownNow();
    }
    server.stop();
    check();
  }

  private void prepare() {
    List<Submission> all = new ArrayList<>();
    for (int i = 0; i < IMAGES; i++) {
      byte[] picture = picture(i);
      for (int receiver = 0; receiver < RECEIVERS; receiver++) {
        String query = "?callback_url=" + outside.url("/hook/" + receiver);
        all.add(client -> post(client, query, picture));
      }
    }
    for (int i = 0; i < DELAYED; i++) {
      byte[] picture = delayedPicture(i);
      String query =
          "?delay_seconds=" + (2 + 2 * i) + "&callback_url=" + outside.url("/hook/later");
      all.add(
          client -> {
            JsonObject json = post(client, query, picture);
            if (json.has("due_at")) {
              dueAt.put(hash(picture), Instant.parse(json.get("due_at").getAsString()));
            }
          });
    }
    for (int i = 0; i < BATCHES; i++) {
      int number = i;
      all.add(client -> batches.put(number, submitBatch(client, number)));
    }
    Collections.shuffle(all, new Random(SEED));
    toSend.addAll(all);
  }

  private static byte[] picture(int number) {
    return Pictures.png(4100 + number);
  }

  private static byte[] delayedPicture(int number) {
    return Pictures.png(4200 + number);
  }

  private static String hash(byte[] picture) {
    return Pictures.hash(picture);
  }

  private void send() {
    for (Submission next = toSend.poll(); next != null; next = toSend.poll()) {
      try {
        next.send(server.awaitClient());
        count();
      } catch (IOException e) {
        // The server was killed during the request: retry with the next one, like any client.
        toSend.add(next);
      } catch (Exception e) {
        throw new AssertionError("a submission", e);
      }
    }
  }

  private static JsonObject post(Client client, String query, byte[] picture) throws Exception {
    Response response = client.submit(picture, query);
    assertThat(response.status()).as("%s", response).isIn(200, 202);
    return response.json();
  }

  private String submitBatch(Client client, int number) throws Exception {
    JsonArray items = new JsonArray();
    for (int i = 0; i < FETCHED; i++) {
      items.add(
          item("picture " + i, "source_url", outside.url("/picture/" + (4300 + 10 * number + i))));
    }
    items.add(item("known", "image_hash", hash(KNOWN)));
    items.add(item("page", "source_url", outside.url("/picture/none")));
    JsonObject body = new JsonObject();
    body.add("items", items);
    body.addProperty("callback_url", outside.url("/hook/batch"));
    Response response =
        client.sendJson(
            "POST", "/v1/batches", body.toString(), "Idempotency-Key", "\"batch-" + number + "\"");
    assertThat(response.status()).as("%s", response).isEqualTo(202);
    return response.string("batch_id");
  }

  private static JsonObject item(String name, String member, String value) {
    JsonObject item = new JsonObject();
    item.addProperty("name", name);
    item.addProperty(member, value);
    return item;
  }

  /** Starts a second run, with a callback for its completion. */
  private void runAgain() throws Exception {
    Client client = server.awaitClient();
    client.awaitFinal(hash(KNOWN));
    Response response = client.retry(hash(KNOWN));
    assertThat(response.status()).as("%s", response).isEqualTo(202);
    post(client, "?callback_url=" + outside.url("/hook/0"), KNOWN);
  }

  /** Moves the times that the sweep and the queue look at back by {@link #DOWNTIME}. */
  private void makeOverdue() throws SQLException {
    String running = "json_extract(body, '$.status') <> 'scheduled'";
    int changed =
        makeEarlier(
                "images", running, "overdue_at", "watch.announce_due", "updated_at", "lease_until")
            + makeEarlier("callbacks", "true", "check_at", "due_at", "since")
            + makeEarlier("batches", "true", "overdue_at")
            + makeEarlier("batch_items", "true", "overdue_at");
    assertThat(changed).isPositive();
  }

  private int makeEarlier(String collection, String condition, String... fields)
      throws SQLException {
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + data.resolve("whatsit.db"));
        Statement statement = connection.createStatement()) {
      int changed = 0;
      for (String field : fields) {
        changed +=
            statement.executeUpdate(
                """
                UPDATE %1$s SET body = json_set(body, '$.%2$s',
                  strftime('%%Y-%%m-%%dT%%H:%%M:%%fZ', json_extract(body, '$.%2$s'), '-%3$d seconds'))
                WHERE %4$s AND json_extract(body, '$.%5$s') IS NOT NULL
                  AND json_extract(body, '$.%2$s') IS NOT NULL
                """
                    .formatted(collection, field, DOWNTIME.toSeconds(), condition, fields[0]));
      }
      return changed;
    }
  }

  private void awaitCompletions(Client client) throws Exception {
    for (int i = 0; i < IMAGES; i++) {
      assertSuccess(client.awaitFinal(hash(picture(i))));
    }
    for (int i = 0; i < DELAYED; i++) {
      assertSuccess(client.awaitFinal(hash(delayedPicture(i))));
    }
    for (String batch : batches.values()) {
      assertThat(awaitComplete(client, batch).getAsJsonObject("counts"))
          .as(batch)
          .isEqualTo(
              JsonParser.parseString(
                  "{\"total\": 8, \"pending\": 0, \"success\": 7, \"error\": 1, \"canceled\": 0}"));
      awaitNotification("/hook/batch", "batch_id", batch, 0);
    }
    for (int receiver = 0; receiver < RECEIVERS; receiver++) {
      for (int i = 0; i < IMAGES; i++) {
        awaitNotification("/hook/" + receiver, "image_hash", hash(picture(i)), 1);
      }
    }
    for (int i = 0; i < DELAYED; i++) {
      awaitNotification("/hook/later", "image_hash", hash(delayedPicture(i)), 1);
    }
    awaitNotification("/hook/0", "image_hash", hash(KNOWN), 2);
  }

  private static void assertSuccess(Response response) {
    assertThat(response.string("status")).as("%s", response).isEqualTo("success");
  }

  private static JsonObject awaitComplete(Client client, String batch) throws Exception {
    Client.await("complete", () -> client.get("/v1/batches/" + batch).status() != 202);
    Response response = client.get("/v1/batches/" + batch);
    assertThat(response.status()).as("%s", response).isEqualTo(200);
    return response.json();
  }

  private void check() throws IOException {
    assertThat(refused).isEmpty();
    Map<String, Set<String>> ids = new HashMap<>();
    Map<String, List<String>> bodies = new HashMap<>();
    for (Notification one : notifications) {
      JsonObject json = one.json();
      String end =
          json.has("batch_id")
              ? json.get("batch_id").getAsString()
              : json.get("image_hash").getAsString() + " run " + json.get("run");
      ids.computeIfAbsent(end + " at " + one.path(), key -> new HashSet<>()).add(one.id());
      bodies.computeIfAbsent(one.id(), key -> new ArrayList<>()).add(one.body());
    }
    assertThat(ids)
        .hasSize(IMAGES * RECEIVERS + DELAYED + BATCHES + 1)
        .allSatisfy((end, under) -> assertThat(under).as(end).hasSize(1));
    assertThat(bodies)
        .hasSize(ids.size())
        .allSatisfy(
            (id, same) ->
                // Repeated only if a kill prevented the delivery from being recorded.
                assertThat(same)
                    .as(id)
                    .hasSizeLessThanOrEqualTo(1 + KILLS + 1)
                    .containsOnly(same.get(0)));
    try (EmbeddedBackend backend = new EmbeddedBackend()) {
      EmbeddedStores stores = backend.stores(Settings.of(Map.of("WHATSIT_DATA", data.toString())));
      Instant now = Instant.now();
      assertThat(dueAt).isNotEmpty();
      dueAt.forEach(
          (hash, due) -> {
            ImageRecord record = stores.records().find(new ImageHash(hash), now).orElseThrow();
            assertThat(record.history().get(0).startedAt()).as(hash).isAfterOrEqualTo(due);
          });
      assertThat(stores.messages().deadLetters(10)).isEmpty();
    }
  }

  private void givePicture(HttpExchange exchange) throws IOException {
    String name = exchange.getRequestURI().getPath().substring("/picture/".length());
    byte[] content =
        name.equals("none")
            ? "<html>Sign in</html>".getBytes(UTF_8)
            : Pictures.png(Integer.parseInt(name));
    countBeforeTheResponse();
    OutsideServer.send(exchange, content);
  }

  private void receive(HttpExchange exchange) throws IOException {
    String id = exchange.getRequestHeaders().getFirst("webhook-id");
    String timestamp = exchange.getRequestHeaders().getFirst("webhook-timestamp");
    String signature = exchange.getRequestHeaders().getFirst("webhook-signature");
    String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
    if (!("v1," + sign(id + "." + timestamp + "." + body)).equals(signature)) {
      refused.add(id + " " + body);
    }
    notifications.add(new Notification(exchange.getRequestURI().getPath(), id, body));
    countBeforeTheResponse();
    exchange.sendResponseHeaders(204, -1);
  }

  private static String sign(String content) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      byte[] key = Base64.getDecoder().decode(SECRET.substring("whsec_".length()));
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return Base64.getEncoder().encodeToString(mac.doFinal(content.getBytes(UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private int count() {
    synchronized (lock) {
      events++;
      lock.notifyAll();
      return events;
    }
  }

  private void countBeforeTheResponse() throws IOException {
    int count = count();
    if (delayed.contains(count)) {
      try {
        server.awaitKills(killAt.headSet(count, true).size());
      } catch (InterruptedException e) {
        throw new IOException("the test has ended", e);
      }
    }
  }

  private void awaitEvents(int count) throws InterruptedException {
    long deadline = System.nanoTime() + TIMEOUT.toNanos();
    synchronized (lock) {
      while (events < count) {
        long left = deadline - System.nanoTime();
        assertThat(left).as("%s of %s events", events, count).isPositive();
        TimeUnit.NANOSECONDS.timedWait(lock, left);
      }
    }
  }

  private void awaitNotification(String path, String member, String value, int run)
      throws InterruptedException {
    long deadline = System.nanoTime() + TIMEOUT.toNanos();
    synchronized (lock) {
      while (notifications.stream()
          .noneMatch(one -> one.path().equals(path) && isAbout(one.json(), member, value, run))) {
        long left = deadline - System.nanoTime();
        assertThat(left).as("%s of %s at %s", run, value, path).isPositive();
        TimeUnit.NANOSECONDS.timedWait(lock, left);
      }
    }
  }

  /** Whether a callback is about this run of an image, or about a batch, which has no runs. */
  private static boolean isAbout(JsonObject json, String member, String value, int run) {
    return json.has(member)
        && json.get(member).getAsString().equals(value)
        && (run == 0 || json.get("run").getAsInt() == run);
  }
}
