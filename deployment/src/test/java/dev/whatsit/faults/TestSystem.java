package dev.whatsit.faults;

import com.google.cloud.tasks.v2.Task;
import com.google.rpc.Code;
import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.backend.Backends;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.faultproxy.Fault;
import dev.whatsit.faultproxy.GrpcProxy;
import dev.whatsit.faultproxy.TcpProxy;
import dev.whatsit.http.HttpService;
import dev.whatsit.invoker.FunctionServer;
import dev.whatsit.storage.fake.FakeStorage;
import dev.whatsit.storage.fake.Fault.Kind;
import dev.whatsit.tasks.fake.FakeCloudTasks;
import dev.whatsit.vision.fake.FakeVision;
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
import java.util.ArrayList;
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
 * Runs every function on the invoker, each with its own backend as when deployed. Behind proxies
 * are the services: Google's emulators of Firestore and Pub/Sub, the fakes of Cloud Storage, Vision
 * and Cloud Tasks, and external servers. Checks the time and the Retry-After of every response.
 * Thread-safe.
 */
final class TestSystem implements AutoCloseable {
  static final String FIRESTORE = "firestore";
  static final String PUB_SUB = "pubsub";
  static final String STORAGE = "storage";
  static final String VISION = "vision";
  static final String TASKS = "tasks";

  /** The services behind the gRPC proxy, which can duplicate a call. */
  static final Set<String> GRPC = Set.of(FIRESTORE, PUB_SUB, VISION, TASKS);

  static final String RECEIVER = "receiver";
  static final String SOURCE = "source";

  /** A busy machine's extra time for a response. */
  private static final Duration EXTRA_TIME = Duration.ofSeconds(15);

  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private static final String BUCKET = "images";

  private final Calls calls = new Calls();
  private final Invariants invariants = new Invariants(calls);
  private final List<String> violations = new CopyOnWriteArrayList<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final VisionVerdicts verdicts = new VisionVerdicts();
  private final FakeVision vision;
  private final FakeStorage storage;
  private final GrpcProxy toFirestore;
  private final GrpcProxy toPubSub;
  private final GrpcProxy toVision;
  private final FakeCloudTasks tasks;
  private final GrpcProxy toTasks;
  private final ExternalServers external;
  private final TcpProxy toStorage;
  private final Map<DeployedFunction, Subscription> subscriptions =
      new EnumMap<>(DeployedFunction.class);
  private final Map<String, String> settings = new LinkedHashMap<>();
  private final Map<DeployedFunction, Instance> instances = new EnumMap<>(DeployedFunction.class);

  /** Starts the system without faults, with short deadlines. */
  TestSystem(String firestore, String pubSub, Path folder)
      throws IOException, InterruptedException {
    this(
        firestore,
        pubSub,
        folder,
        DeployedFunction.STORAGE,
        DeployedFunction.CLASSIFIER,
        DeployedFunction.OUTBOUND);
  }

  /** Starts the system with one deadline, in seconds, for everything that has a setting for it. */
  TestSystem(String firestore, String pubSub, Path folder, int deadline)
      throws IOException, InterruptedException {
    this(firestore, pubSub, folder, deadline, deadline, deadline);
  }

  private TestSystem(
      String firestore,
      String pubSub,
      Path folder,
      int storageDeadline,
      int classifierDeadline,
      int outboundDeadline)
      throws IOException, InterruptedException {
    String project = "faults-" + UUID.randomUUID().toString().substring(0, 8);
    vision = FakeVision.start();
    vision.respondWith(verdicts);
    storage = FakeStorage.start(folder, 0, InstantSource.system(), Set.of(BUCKET));
    storage.fail(this::faultOf);
    toFirestore = proxy(FIRESTORE, firestore);
    toPubSub = proxy(PUB_SUB, pubSub);
    toVision = proxy(VISION, "127.0.0.1:" + vision.port());
    toStorage = TcpProxy.to(storage.endpoint().getPort());
    tasks = new FakeCloudTasks(InstantSource.system());
    toTasks = proxy(TASKS, tasks.hostPort());
    external = new ExternalServers(calls);
    Map<DeployedFunction, String> topics =
        Map.of(
            DeployedFunction.CLASSIFY, "work",
            DeployedFunction.DEAD_LETTER, "letters",
            DeployedFunction.FETCH, "fetches",
            DeployedFunction.NOTIFY, "results",
            DeployedFunction.PROGRESS, "results");
    for (Map.Entry<DeployedFunction, String> topic : topics.entrySet()) {
      subscriptions.put(
          topic.getKey(),
          new Subscription(pubSub, project, topic.getValue(), topic.getKey().name()));
    }
    settings.put("WHATSIT_BACKEND", "google");
    settings.put("GOOGLE_CLOUD_PROJECT", project);
    settings.put("FIRESTORE_EMULATOR_HOST", toFirestore.hostPort());
    settings.put("PUBSUB_EMULATOR_HOST", toPubSub.hostPort());
    settings.put("STORAGE_EMULATOR_HOST", toStorage.hostPort());
    settings.put("VISION_ENDPOINT", "http://" + toVision.hostPort());
    settings.put("IMAGE_BUCKET", BUCKET);
    settings.put("WORK_TOPIC", "work");
    settings.put("DEAD_LETTER_TOPIC", "letters");
    settings.put("FETCH_TOPIC", "fetches");
    settings.put("RESULTS_TOPIC", "results");
    settings.put("CLOUD_TASKS_EMULATOR_HOST", toTasks.hostPort());
    settings.put("SCHEDULE_QUEUE", "projects/" + project + "/locations/here/queues/later");
    settings.put("SCHEDULE_ACCOUNT", "due@" + project + ".iam.gserviceaccount.com");
    settings.put("CALLBACK_SECRETS", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    settings.put("OUTBOUND_ALLOW", "127.0.0.0/8");
    settings.put("OUTBOUND_PORTS", "80,443," + external.port());
    settings.put("OUTBOUND_SECONDS", Integer.toString(outboundDeadline));
    settings.put("FETCH_ATTEMPTS", "20");
    settings.put("CLASSIFIER", WatchedVision.NAME);
    settings.put("VISION_FEATURES", "labels,safe_search");
    settings.put("VISION_MONTHLY_LIMIT", "1000000");
    settings.put("STORAGE_DEADLINE_SECONDS", Integer.toString(storageDeadline));
    settings.put("CLASSIFIER_DEADLINE_SECONDS", Integer.toString(classifierDeadline));
    // Far longer than a test, so that each link is signed once.
    settings.put("LINK_LIFETIME_SECONDS", "604800");
    settings.put("SWEEP_TIME_SECONDS", Integer.toString(DeployedFunction.SWEEP_TIME));
    settings.put("MAX_ATTEMPTS", "3");
    for (DeployedFunction function : DeployedFunction.values()) {
      instances.put(function, new Instance(function));
    }
  }

  private GrpcProxy proxy(String service, String upstream) throws IOException {
    GrpcProxy proxy = GrpcProxy.to(upstream);
    proxy.setFaults(
        call ->
            calls.next(
                service,
                call.method().substring(call.method().indexOf('/') + 1),
                Call.imageIn(call.request().toByteArray())));
    return proxy;
  }

  Calls calls() {
    return calls;
  }

  Invariants invariants() {
    return invariants;
  }

  VisionVerdicts vision() {
    return verdicts;
  }

  /** The subscription with the messages for an event function. */
  Subscription subscription(DeployedFunction function) {
    return Objects.requireNonNull(subscriptions.get(function));
  }

  ExternalServers external() {
    return external;
  }

  /** Runs the tasks that are due by the documents' clock. */
  void publishDue() throws IOException, InterruptedException {
    for (Task task : tasks.take(Instant.now().plus(invariants.ahead()))) {
      String url = task.getHttpRequest().getUrl();
      DeployedFunction reader =
          url.endsWith("/work:publish") ? DeployedFunction.CLASSIFY : DeployedFunction.NOTIFY;
      subscription(reader).publish(task.getHttpRequest().getBody().toStringUtf8());
    }
  }

  /** The connections to a service. */
  TcpProxy connections(String service) {
    return switch (service) {
      case FIRESTORE -> toFirestore.connections();
      case PUB_SUB -> toPubSub.connections();
      case STORAGE -> toStorage;
      case VISION -> toVision.connections();
      case TASKS -> toTasks.connections();
      default -> throw new IllegalArgumentException(service);
    };
  }

  /** Makes a service unreachable for a while, even for calls in progress. */
  void interrupt(String service, Duration time, boolean stalled) {
    TcpProxy connections = connections(service);
    if (stalled) {
      connections.stall();
    } else {
      connections.refuse();
    }
    calls.addEvent(
        Call.NO_IMAGE,
        service
            + (stalled ? " stalls for " : " refuses connections for ")
            + time.toMillis()
            + " ms");
    CompletableFuture.runAsync(
            connections::restore,
            CompletableFuture.delayedExecutor(time.toMillis(), TimeUnit.MILLISECONDS))
        .exceptionally(
            e -> {
              violation(service + " stays unreachable: " + e);
              return null;
            });
  }

  /** The violations so far. */
  List<String> violations() {
    List<String> all = new ArrayList<>(violations);
    all.addAll(invariants.violations());
    return all;
  }

  /** Records a violation. */
  void violation(String what) {
    violations.add(what);
  }

  /** Replaces the instance of a function, which must not have work in progress. */
  void replace(DeployedFunction function) {
    Instance former;
    synchronized (instances) {
      former = instances.put(function, new Instance(function));
    }
    if (former != null) {
      former.close();
    }
  }

  TimedResponse post(DeployedFunction function, String path, byte[] body)
      throws IOException, InterruptedException {
    return send(function, "POST", path, body, "Content-Type", "application/octet-stream");
  }

  /** Sends JSON with an idempotency key. */
  TimedResponse postJson(DeployedFunction function, String path, String key, String body)
      throws IOException, InterruptedException {
    return send(
        function,
        "POST",
        path,
        body.getBytes(StandardCharsets.UTF_8),
        "Content-Type",
        "application/json",
        "Idempotency-Key",
        key);
  }

  TimedResponse get(DeployedFunction function, String path)
      throws IOException, InterruptedException {
    return send(function, "GET", path, new byte[0], "Accept", "*/*");
  }

  private TimedResponse send(
      DeployedFunction function, String method, String path, byte[] body, String... headers)
      throws IOException, InterruptedException {
    URI base;
    synchronized (instances) {
      base = Objects.requireNonNull(instances.get(function)).server.uri();
    }
    long begun = System.nanoTime();
    HttpResponse<String> response =
        CLIENT.send(
            HttpRequest.newBuilder(URI.create(base + path))
                .headers(headers)
                .method(method, BodyPublishers.ofByteArray(body))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    TimedResponse timed = new TimedResponse(response, Duration.ofNanos(System.nanoTime() - begun));
    check(function, method + " " + function + path, timed);
    return timed;
  }

  private void check(DeployedFunction function, String request, TimedResponse response) {
    if (response.took().compareTo(function.maxTime().plus(EXTRA_TIME)) > 0) {
      violation(request + " took longer than " + function.maxTime() + ": " + response);
    }
    if (response.status() == 503) {
      String wait = response.response().headers().firstValue("Retry-After").orElse("none");
      if (!wait.matches("[1-9][0-9]*")) {
        violation(request + " has the Retry-After " + wait + ": " + response);
      }
    } else if (response.status() >= 500) {
      violation(request + " has the response " + response);
    }
  }

  /** Reads the record of an image, as an instance does. */
  ImageRecord record(String hash) {
    Backend backend = Backends.choose(Settings.of(settings));
    try {
      return new RecordStore(backend.documents(Settings.of(settings)).orElseThrow())
          .find(ImageHash.parse(hash).orElseThrow(), Instant.now())
          .orElseThrow();
    } finally {
      Backends.close(backend);
    }
  }

  /** Opens a link. */
  byte[] open(String link) throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(URI.create(link)).build();
    return CLIENT.send(request, HttpResponse.BodyHandlers.ofByteArray()).body();
  }

  private dev.whatsit.storage.fake.Fault faultOf(dev.whatsit.storage.fake.Call call) {
    String image = Call.imageIn(call.target().getBytes(StandardCharsets.ISO_8859_1));
    Fault fault = calls.next(STORAGE, call.action().name(), image);
    return switch (fault.kind()) {
      case REFUSE ->
          dev.whatsit.storage.fake.Fault.status(
              httpStatus(Code.forNumber(fault.status().getCode())));
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

  private static int httpStatus(Code code) {
    return switch (code) {
      case PERMISSION_DENIED -> 403;
      case ABORTED -> 409;
      case RESOURCE_EXHAUSTED -> 429;
      case UNAVAILABLE -> 503;
      case DEADLINE_EXCEEDED -> 504;
      default -> 500;
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
    calls.setFaults(Calls.NO_FAULTS);
    instances.values().forEach(Instance::close);
    toFirestore.close();
    toPubSub.close();
    toVision.close();
    toTasks.close();
    toStorage.close();
    vision.close();
    tasks.close();
    external.close();
    storage.close();
  }

  /** One instance of a function, as the platform runs it. */
  private final class Instance {
    private final Backend backend;
    private final HttpService service;
    private final FunctionServer server;

    Instance(DeployedFunction function) {
      backend = Backends.choose(Settings.of(settings));
      service = function.open(settings, invariants.over(backend));
      server = FunctionServer.serve(service);
    }

    void close() {
      server.close();
      service.close();
      Backends.close(backend);
    }
  }
}
