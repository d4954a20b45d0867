package dev.whatsit.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.whatsit.faults.Subscription.Pulled;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Generates the requests to the functions: clients that repeat refused requests, queues that
 * deliver at least once, a scheduler. Each step does the same for all pictures at the same time and
 * waits for the responses. Not thread-safe.
 */
final class Traffic implements AutoCloseable {
  private static final int THREADS = 16;

  /** The number of rounds after which no work may be left when everything works. */
  private static final int MAX_ROUNDS = 12;

  private static final Duration LEAP = Duration.ofHours(2);

  private final TestSystem system;
  private final List<Picture> pictures = new ArrayList<>();
  private final Random random;
  private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);
  private final Set<String> accepted = ConcurrentHashMap.newKeySet();
  private final Set<String> watched = ConcurrentHashMap.newKeySet();
  private final List<SentBatch> batches = new ArrayList<>();
  private final Map<String, JsonObject> seen = new ConcurrentHashMap<>();
  private final Set<String> exhausted = ConcurrentHashMap.newKeySet();
  private final Set<String> lettered = ConcurrentHashMap.newKeySet();
  private int refusals;

  /**
   * Creates traffic without clients.
   *
   * @param random chooses the duplicate deliveries and redeliveries
   */
  Traffic(TestSystem system, Random random) {
    this.system = system;
    this.random = random;
  }

  /** The number of responses 503. */
  int refusals() {
    return refusals;
  }

  List<Picture> pictures() {
    return List.copyOf(pictures);
  }

  /** Classifies this picture, to get the slow first calls of a process done. */
  void warmUp(Picture picture) throws Exception {
    add(picture);
    settle();
  }

  /** Adds a client that sends this picture. */
  void add(Picture picture) {
    pictures.add(picture);
  }

  /** Adds a client that sends this picture with a callback. */
  void addWatched(Picture picture) {
    pictures.add(picture);
    watched.add(picture.hash());
  }

  /**
   * Adds a client that sends a batch of these pictures with a callback.
   *
   * @param fetched those that are to be fetched
   * @param known those that were sent before, accepted or not
   */
  SentBatch addBatch(List<Picture> fetched, List<Picture> known) {
    SentBatch batch = new SentBatch(batches.size(), system.external(), fetched, known);
    batches.add(batch);
    return batch;
  }

  /** Sends each picture and batch that was not accepted yet. */
  void submit() throws Exception {
    List<Callable<TimedResponse>> submissions = new ArrayList<>();
    pictures.stream()
        .filter(picture -> !accepted.contains(picture.hash()))
        .forEach(picture -> submissions.add(() -> submit(picture)));
    batches.stream()
        .filter(batch -> !batch.isAccepted())
        .forEach(batch -> submissions.add(() -> submit(batch)));
    all(submissions);
  }

  /** Repeats {@link #submit()} until all pictures are accepted. */
  void submitAll() throws Exception {
    for (int i = 0; i < MAX_ROUNDS && accepted.size() < pictures.size(); i++) {
      submit();
    }
  }

  private TimedResponse submit(Picture picture) throws Exception {
    String query =
        watched.contains(picture.hash())
            ? "?callback_url=" + system.external().hook(picture.hash())
            : "";
    TimedResponse response =
        system.post(DeployedFunction.UPLOAD, "/v1/images" + query, picture.bytes());
    system.calls().addEvent(picture.hash(), "upload: " + response.status());
    if (response.status() == 202 || response.status() == 200) {
      accepted.add(picture.hash());
    } else if (response.status() != 503) {
      system.violation("upload of " + picture.hash() + ": " + response);
    }
    return response;
  }

  private TimedResponse submit(SentBatch batch) throws Exception {
    TimedResponse response =
        system.postJson(DeployedFunction.BATCH, "/v1/batches", batch.key(), batch.json());
    system.calls().addEvent(batch.key(), "batch: " + response);
    if (response.status() == 202) {
      String id = response.text("batch_id");
      batch.accepted(id).ifPresent(system::violation);
      system.calls().addEvent(id, "is batch " + batch.key());
    } else if (response.status() != 503) {
      system.violation("batch " + batch.key() + ": " + response);
    }
    return response;
  }

  /** Requests the status of each picture and batch that was accepted. */
  void readStatus() throws Exception {
    List<Callable<TimedResponse>> reads = new ArrayList<>();
    pictures.stream()
        .filter(picture -> accepted.contains(picture.hash()))
        .forEach(picture -> reads.add(() -> readStatus(picture)));
    batches.stream()
        .filter(SentBatch::isAccepted)
        .forEach(batch -> reads.add(() -> readStatus(batch)));
    all(reads);
  }

  private TimedResponse readStatus(SentBatch batch) throws Exception {
    TimedResponse response = system.get(DeployedFunction.BATCH, "/v1/batches/" + batch.id());
    if (response.status() == 200 || response.status() == 202) {
      batch.seen(response.json()).ifPresent(system::violation);
    } else if (response.status() != 503) {
      system.violation("accepted and not found, batch " + batch.id() + ": " + response);
    }
    return response;
  }

  private TimedResponse readStatus(Picture picture) throws Exception {
    TimedResponse response = system.get(DeployedFunction.STATUS, picture.path());
    system.calls().addEvent(picture.hash(), "status: " + response.status());
    if (response.status() == 200 || response.status() == 202) {
      JsonObject json = response.json();
      seen.put(picture.hash(), json);
      if (isError(json) && error(json, "code").equals("ATTEMPTS_EXHAUSTED")) {
        exhausted.add(picture.hash());
      }
    } else if (response.status() != 503) {
      system.violation("accepted and not found, " + picture.hash() + ": " + response);
    }
    return response;
  }

  /** Requests a retry for each picture with an error. */
  private void retryErrors() throws Exception {
    List<Callable<TimedResponse>> retries = new ArrayList<>();
    for (Picture picture : pictures) {
      JsonObject json = seen.get(picture.hash());
      if (json != null && isError(json)) {
        if (!error(json, "retryable").equals("true")) {
          system.violation("ended for good: " + json);
        }
        retries.add(() -> retry(picture));
      }
    }
    all(retries);
  }

  /** Requests a retry for some pictures with a result. */
  private void retryResults() throws Exception {
    all(
        pictures.stream()
            .filter(picture -> isClassified(picture.hash()) && random.nextInt(8) == 0)
            .<Callable<TimedResponse>>map(picture -> () -> retry(picture))
            .toList());
  }

  /** Requests a retry for each picture, once. */
  List<TimedResponse> retryAll() throws Exception {
    return all(
        pictures.stream().<Callable<TimedResponse>>map(picture -> () -> retry(picture)).toList());
  }

  private TimedResponse retry(Picture picture) throws Exception {
    TimedResponse response =
        system.post(DeployedFunction.CONTROL, picture.path() + ":retry", new byte[0]);
    system.calls().addEvent(picture.hash(), "retry: " + response.status());
    if (response.status() != 202 && response.status() != 409 && response.status() != 503) {
      system.violation("retry of " + picture.hash() + ": " + response);
    }
    return response;
  }

  /** Delivers the messages of all queues, some of them twice at the same moment. */
  void deliver() throws Exception {
    system.publishDue();
    deliver(DeployedFunction.FETCH);
    deliver(DeployedFunction.CLASSIFY);
    deliver(DeployedFunction.PROGRESS);
    deliver(DeployedFunction.NOTIFY);
  }

  /** Delivers the dead letters. */
  private void deliverLetters() throws Exception {
    deliver(DeployedFunction.DEAD_LETTER);
  }

  private void deliver(DeployedFunction to) throws Exception {
    Subscription from = system.subscription(to);
    List<Callable<TimedResponse>> deliveries = new ArrayList<>();
    for (Pulled message : from.pull()) {
      String image = Call.imageIn(message.push().getBytes(UTF_8));
      if (to == DeployedFunction.DEAD_LETTER) {
        lettered.add(image);
      }
      boolean twice = random.nextInt(6) == 0;
      boolean isAcknowledgementLost = random.nextInt(10) == 0;
      if (twice) {
        deliveries.add(() -> push(message, image, to));
      }
      deliveries.add(
          () -> {
            TimedResponse response = push(message, image, to);
            if (response.status() == 204 && !isAcknowledgementLost) {
              from.ack(message);
            } else {
              from.nack(message);
            }
            return response;
          });
    }
    all(deliveries);
  }

  private TimedResponse push(Pulled message, String image, DeployedFunction to) throws Exception {
    byte[] body = message.push().getBytes(UTF_8);
    TimedResponse response = system.post(to, "/", body);
    system.calls().addEvent(image, to + " of message " + message.id() + ": " + response.status());
    if (response.status() != 204 && response.status() != 503) {
      system.violation(to + " about " + image + ": " + response);
    }
    return response;
  }

  /** Calls the sweep, as the scheduler does. */
  void sweep() throws Exception {
    TimedResponse response = system.post(DeployedFunction.SWEEP, "/", new byte[0]);
    system.calls().addEvent(Call.NO_IMAGE, "sweep: " + response);
    if (response.status() == 503) {
      refusals++;
    } else if (response.status() != 200) {
      system.violation("sweep: " + response);
    }
  }

  /** One step of each kind. */
  void round() throws Exception {
    submit();
    deliver();
    deliverLetters();
    readStatus();
    retryErrors();
    retryResults();
    sweep();
  }

  /**
   * Repeats all steps while everything works, until each picture is classified, each batch complete
   * and each callback sent.
   *
   * @throws AssertionError if that takes more than {@value #MAX_ROUNDS} rounds
   */
  void settle() throws Exception {
    for (int round = 0; round < MAX_ROUNDS; round++) {
      // Their circuit breakers use the real clock, which the test cannot move.
      system.replace(DeployedFunction.CLASSIFY);
      system.replace(DeployedFunction.NOTIFY);
      submit();
      deliver();
      deliverLetters();
      // A status seen earlier may belong to an earlier run.
      seen.clear();
      readStatus();
      if (unsettled().isEmpty()) {
        return;
      }
      retryErrors();
      system.invariants().leap(LEAP);
      sweep();
    }
    throw new AssertionError(
        "stuck or lost, though everything works:\n"
            + String.join("\n", system.violations())
            + "\n"
            + String.join("\n", unsettled().stream().map(system.calls()::eventsOf).toList()));
  }

  private List<String> unsettled() {
    List<String> unsettled = new ArrayList<>();
    for (Picture picture : pictures) {
      String hash = picture.hash();
      if (!isClassified(hash)
          || (watched.contains(hash) && system.external().notifications(hash).isEmpty())) {
        unsettled.add(hash);
      }
    }
    for (SentBatch batch : batches) {
      if (!batch.isComplete() || batch.notifications().isEmpty()) {
        unsettled.add(batch.isAccepted() ? batch.id() : batch.key());
      }
    }
    return unsettled;
  }

  private boolean isClassified(String hash) {
    JsonObject json = seen.get(hash);
    return json != null && json.get("status").getAsString().equals("success");
  }

  /**
   * Checks every result, and all violations that were recorded.
   *
   * @throws AssertionError naming the violations
   */
  void check() throws Exception {
    for (Picture picture : pictures) {
      JsonObject json = seen.get(picture.hash());
      if (json == null) {
        throw new AssertionError("never seen: " + system.calls().eventsOf(picture.hash()));
      }
      String label =
          json.getAsJsonArray("annotations").get(0).getAsJsonObject().get("label").getAsString();
      if (!label.equals(VisionVerdicts.labelOf(picture.hash()))) {
        system.violation("the result of another picture: " + json);
      }
      String racy = json.getAsJsonObject("safe_search").get("racy").getAsString();
      if (!racy.equals("very_likely")) {
        system.violation("another safe search: " + json);
      }
      if (!Arrays.equals(system.open(json.get("image_url").getAsString()), picture.bytes())) {
        system.violation("other bytes are stored: " + json);
      }
    }
    for (String image : watched) {
      checkNotifications(image);
    }
    batches.forEach(batch -> batch.violations().forEach(system::violation));
    for (String image : exhausted) {
      if (!lettered.contains(image)) {
        system.violation(image + " ended after its attempts without a dead letter");
      }
    }
    if (!system.violations().isEmpty()) {
      throw new AssertionError(
          String.join("\n", system.violations())
              + "\n"
              + String.join(
                  "\n",
                  pictures.stream()
                      .map(Picture::hash)
                      .filter(hash -> system.violations().toString().contains(hash))
                      .map(system.calls()::eventsOf)
                      .toList()));
    }
  }

  /** Checks that a run's notification has one id, however often it is sent. */
  private void checkNotifications(String image) {
    Map<String, Set<String>> bodies = new TreeMap<>();
    for (ExternalServers.Notification notification : system.external().notifications(image)) {
      bodies.computeIfAbsent(notification.id(), id -> new TreeSet<>()).add(notification.body());
      JsonObject body = JsonParser.parseString(notification.body()).getAsJsonObject();
      if (!body.get("image_hash").getAsString().equals(image)
          || !body.get("type").getAsString().matches("image\\.(success|error)")) {
        system.violation(image + " was sent " + body);
      }
    }
    bodies.forEach(
        (id, all) -> {
          if (all.size() > 1) {
            system.violation(image + " was sent under one id " + all);
          }
        });
    JsonObject json = Objects.requireNonNull(seen.get(image));
    int runs = json.get("run").getAsInt();
    if (bodies.size() > runs) {
      system.violation(
          image + " was sent about " + runs + " runs under the ids " + bodies.keySet());
    }
  }

  private List<TimedResponse> all(List<Callable<TimedResponse>> tasks) throws Exception {
    List<TimedResponse> responses = new ArrayList<>();
    for (Future<TimedResponse> future : threads.invokeAll(tasks)) {
      try {
        TimedResponse response = future.get();
        responses.add(response);
        refusals += response.status() == 503 ? 1 : 0;
      } catch (ExecutionException e) {
        throw new AssertionError(
            "a function did not respond at all: " + e.getCause(), e.getCause());
      }
    }
    return responses;
  }

  private static boolean isError(JsonObject json) {
    return json.get("status").getAsString().equals("error");
  }

  private static String error(JsonObject json, String member) {
    return json.getAsJsonObject("error").get(member).getAsString();
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
