package dev.whatsit.faults;

import com.google.cloud.tasks.v2.Task;
import com.google.rpc.Code;
import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.backend.Backends;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.faultproxy.Fault;
import dev.whatsit.faultproxy.TcpProxy;
import dev.whatsit.http.HttpService;
import dev.whatsit.invoker.FunctionServer;
import dev.whatsit.storage.fake.FakeStorage;
import dev.whatsit.storage.fake.Fault.Kind;
import dev.whatsit.transcoding.CallRefused;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Every function on the invoker, each with a backend of its own as when deployed, and the way from
 * each to the services: Google's emulators of Firestore and Pub/Sub, the fakes of Cloud Storage,
 * Vision and Cloud Tasks; and the servers of other people. Every answer of a function is checked.
 * Safe for use by several threads.
 */
final class World implements AutoCloseable {
  static final String FIRESTORE = "firestore";
  static final String PUB_SUB = "pubsub";
  static final String STORAGE = "storage";
  static final String VISION = "vision";
  static final String TASKS = "tasks";

  /** The services whose calls can be duplicated on the way. */
  static final Set<String> GRPC = Set.of(FIRESTORE, PUB_SUB, VISION, TASKS);

  static final String RECEIVER = "receiver";
  static final String SOURCE = "source";

  /** What a busy machine may add to the longest time of an answer. */
  private static final Duration SLACK = Duration.ofSeconds(15);

  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private static final String BUCKET = "images";

  private final Story story = new Story();
  private final Calls calls = new Calls(story);
  private final Watch watch = new Watch(story);
  private final List<String> wrongs = new CopyOnWriteArrayList<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final FakeVision vision;
  private final FakeStorage storage;
  private final HttpWire toFirestore;
  private final HttpWire toPubSub;
  private final HttpWire toVision;
  private final FakeTasks tasks;
  private final HttpWire toTasks;
  private final Outside outside;
  private final TcpProxy toStorage;
  private final Subscription work;
  private final Subscription letters;
  private final Subscription fetches;
  private final Subscription told;
  private final Subscription followed;
  private final Map<String, String> settings = new LinkedHashMap<>();
  private final Map<Door, Instance> instances = new EnumMap<>(Door.class);

  /** A world in which everything works at first, and nobody waits for long. */
  World(String firestore, String pubSub, Path folder) throws IOException, InterruptedException {
    this(firestore, pubSub, folder, Door.STORAGE, Door.CLASSIFIER);
  }

  /** With other deadlines, in seconds, of Cloud Storage and the classifier. */
  World(String firestore, String pubSub, Path folder, int storageDeadline, int classifierDeadline)
      throws IOException, InterruptedException {
    String project = "faults-" + UUID.randomUUID().toString().substring(0, 8);
    vision = new FakeVision();
    storage = FakeStorage.start(folder, 0, InstantSource.system(), Set.of(BUCKET));
    storage.fail(this::faultOf);
    toFirestore = new HttpWire(FIRESTORE, firestore, calls);
    toPubSub = new HttpWire(PUB_SUB, pubSub, calls);
    toVision = new HttpWire(VISION, vision.hostPort(), calls);
    toStorage = TcpProxy.to(storage.endpoint().getPort());
    tasks = new FakeTasks();
    toTasks = new HttpWire(TASKS, tasks.hostPort(), calls);
    outside = new Outside(calls);
    work = new Subscription(pubSub, project, "work", "classify");
    letters = new Subscription(pubSub, project, "letters", "dead-letter");
    fetches = new Subscription(pubSub, project, "fetches", "fetch");
    told = new Subscription(pubSub, project, "results", "notify");
    followed = new Subscription(pubSub, project, "results", "progress");
    settings.put("WHATSIT_BACKEND", "google");
    settings.put("GOOGLE_CLOUD_PROJECT", project);
    settings.put("FIRESTORE_EMULATOR_HOST", toFirestore.connections().hostPort());
    settings.put("PUBSUB_EMULATOR_HOST", toPubSub.connections().hostPort());
    settings.put("STORAGE_EMULATOR_HOST", toStorage.hostPort());
    settings.put("VISION_ENDPOINT", "http://" + toVision.connections().hostPort());
    settings.put("IMAGE_BUCKET", BUCKET);
    settings.put("WORK_TOPIC", "work");
    settings.put("DEAD_LETTER_TOPIC", "letters");
    settings.put("FETCH_TOPIC", "fetches");
    settings.put("RESULTS_TOPIC", "results");
    settings.put("CLOUD_TASKS_EMULATOR_HOST", toTasks.connections().hostPort());
    settings.put("SCHEDULE_QUEUE", "projects/" + project + "/locations/here/queues/later");
    settings.put("SCHEDULE_ACCOUNT", "due@" + project + ".iam.gserviceaccount.com");
    settings.put("CALLBACK_SECRETS", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    settings.put("OUTBOUND_ALLOW", "127.0.0.0/8");
    settings.put("OUTBOUND_PORTS", "80,443," + outside.port());
    settings.put("OUTBOUND_SECONDS", Integer.toString(Door.OUTBOUND));
    settings.put("FETCH_ATTEMPTS", "20");
    settings.put("CLASSIFIER", WatchedVision.NAME);
    settings.put("VISION_FEATURES", "labels,safe_search");
    settings.put("VISION_MONTHLY_LIMIT", "1000000");
    settings.put("STORAGE_DEADLINE_SECONDS", Integer.toString(storageDeadline));
    settings.put("CLASSIFIER_DEADLINE_SECONDS", Integer.toString(classifierDeadline));
    // Far above what a test takes: nothing is signed anew in the middle of one.
    settings.put("LINK_LIFETIME_SECONDS", "604800");
    settings.put("SWEEP_TIME_SECONDS", Integer.toString(Door.SWEEP_TIME));
    settings.put("MAX_ATTEMPTS", "3");
    for (Door door : Door.values()) {
      instances.put(door, new Instance(door));
    }
  }

  Story story() {
    return story;
  }

  Calls calls() {
    return calls;
  }

  Watch watch() {
    return watch;
  }

  FakeVision vision() {
    return vision;
  }

  Subscription work() {
    return work;
  }

  Subscription letters() {
    return letters;
  }

  Subscription fetches() {
    return fetches;
  }

  /** The results as notify gets them. */
  Subscription told() {
    return told;
  }

  /** The results as progress gets them. */
  Subscription followed() {
    return followed;
  }

  Outside outside() {
    return outside;
  }

  /** Makes the calls of tasks that are due by the functions' clocks. */
  void publishDue() throws IOException, InterruptedException {
    for (Task task : tasks.take(Instant.now().plus(watch.ahead()))) {
      String url = task.getHttpRequest().getUrl();
      Subscription topic = url.endsWith("/work:publish") ? work : told;
      topic.publish(task.getHttpRequest().getBody().toStringUtf8());
    }
  }

  /** The way to a service. */
  TcpProxy road(String service) {
    return switch (service) {
      case FIRESTORE -> toFirestore.connections();
      case PUB_SUB -> toPubSub.connections();
      case STORAGE -> toStorage;
      case VISION -> toVision.connections();
      case TASKS -> toTasks.connections();
      default -> throw new IllegalArgumentException(service);
    };
  }

  /** Lets nobody reach a service for a while, though somebody may be in the middle of a call. */
  void takeAway(String service, Duration time, boolean swallowed) {
    TcpProxy road = road(service);
    if (swallowed) {
      road.stall();
    } else {
      road.refuse();
    }
    story.tell(
        Call.NO_IMAGE,
        service + (swallowed ? " is silent for " : " is away for ") + time.toMillis() + " ms");
    CompletableFuture.runAsync(
            road::restore,
            CompletableFuture.delayedExecutor(time.toMillis(), TimeUnit.MILLISECONDS))
        .exceptionally(
            e -> {
              wrong(service + " stays away: " + e);
              return null;
            });
  }

  /** What was answered or done that must not be. */
  List<String> wrongs() {
    List<String> all = new CopyOnWriteArrayList<>(wrongs);
    all.addAll(watch.wrongs());
    return all;
  }

  /** Notes what must not be. */
  void wrong(String what) {
    wrongs.add(what);
  }

  /** Puts a new instance in the place of a function's, which must not be in the middle of work. */
  void replace(Door door) {
    Instance former;
    synchronized (instances) {
      former = instances.put(door, new Instance(door));
    }
    if (former != null) {
      former.close();
    }
  }

  Answer post(Door door, String path, byte[] body) throws IOException, InterruptedException {
    return ask(door, "POST", path, body);
  }

  /** Sends JSON, under a key that stands for it. */
  Answer postJson(Door door, String path, String key, String body)
      throws IOException, InterruptedException {
    return ask(
        door,
        "POST",
        path,
        body.getBytes(StandardCharsets.UTF_8),
        "Content-Type",
        "application/json",
        "Idempotency-Key",
        key);
  }

  Answer get(Door door, String path) throws IOException, InterruptedException {
    return ask(door, "GET", path, new byte[0]);
  }

  private Answer ask(Door door, String method, String path, byte[] body)
      throws IOException, InterruptedException {
    return ask(door, method, path, body, "Content-Type", "application/octet-stream");
  }

  private Answer ask(Door door, String method, String path, byte[] body, String... headers)
      throws IOException, InterruptedException {
    URI base;
    synchronized (instances) {
      base = Objects.requireNonNull(instances.get(door)).server.uri();
    }
    long begun = System.nanoTime();
    HttpResponse<String> response =
        CLIENT.send(
            HttpRequest.newBuilder(URI.create(base + path))
                .headers(headers)
                .method(method, BodyPublishers.ofByteArray(body))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    Answer answer = new Answer(response, Duration.ofNanos(System.nanoTime() - begun));
    check(door, method + " " + door + path, answer);
    return answer;
  }

  private void check(Door door, String request, Answer answer) {
    if (answer.took().compareTo(door.longest().plus(SLACK)) > 0) {
      wrong(request + " took longer than " + door.longest() + ": " + answer);
    }
    if (answer.status() == 503) {
      String wait = answer.response().headers().firstValue("Retry-After").orElse("none");
      if (!wait.matches("[1-9][0-9]*")) {
        wrong(request + " was told to come back after " + wait + ": " + answer);
      }
    } else if (answer.status() >= 500) {
      wrong(request + " was answered " + answer);
    }
  }

  /** What is at a link. */
  byte[] open(String link) throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(URI.create(link)).build();
    return CLIENT.send(request, HttpResponse.BodyHandlers.ofByteArray()).body();
  }

  private dev.whatsit.storage.fake.Fault faultOf(dev.whatsit.storage.fake.Call call) {
    String image = HttpWire.imageOf(call.target().getBytes(StandardCharsets.ISO_8859_1));
    Fault fault = calls.next(STORAGE, call.action().name(), image);
    return switch (fault.kind()) {
      case REFUSE ->
          dev.whatsit.storage.fake.Fault.status(
              new CallRefused(Code.forNumber(fault.status().getCode()), "told so").httpStatus());
      case HANG_BEFORE -> storageFault(Kind.HANG_BEFORE);
      case HANG_AFTER -> storageFault(Kind.HANG_AFTER);
      case DROP_BEFORE -> storageFault(Kind.DROP_BEFORE);
      // The fake loses a response by closing the connection.
      case LOSE_RESPONSE, DROP_AFTER -> storageFault(Kind.DROP_AFTER);
      case DELAY -> storageFault(isOverAfter(fault.delay()) ? Kind.DROP_BEFORE : Kind.NONE);
      case NONE -> storageFault(Kind.NONE);
      case DUPLICATE, RESPOND -> throw new IllegalArgumentException(fault + " on " + call);
    };
  }

  private static dev.whatsit.storage.fake.Fault storageFault(Kind kind) {
    return dev.whatsit.storage.fake.Fault.of(kind);
  }

  private boolean isOverAfter(Duration delay) {
    try {
      return closed.await(delay.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  @Override
  public void close() {
    closed.countDown();
    calls.decideBy(Faults.NONE);
    instances.values().forEach(Instance::close);
    toFirestore.close();
    toPubSub.close();
    toVision.close();
    toTasks.close();
    toStorage.close();
    vision.close();
    tasks.close();
    outside.close();
    storage.close();
  }

  /** A function as one process of the platform has it. */
  private final class Instance {
    private final Backend backend;
    private final HttpService function;
    private final FunctionServer server;

    Instance(Door door) {
      backend = Backends.choose(Settings.of(settings));
      function = door.open(settings, watch.over(backend));
      server = FunctionServer.serve(function);
    }

    void close() {
      server.close();
      function.close();
      Backends.close(backend);
    }
  }
}
