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
  private static final int THREADS = 8;

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
    TimedResponse answer =
        system.post(DeployedFunction.UPLOAD, "/v1/images" + query, picture.bytes());
    system.timeline().add(picture.hash(), "upload: " + answer.status());
    if (answer.status() == 202 || answer.status() == 200) {
      accepted.add(picture.hash());
    } else if (answer.status() != 503) {
      system.violation("upload of " + picture.hash() + ": " + answer);
    }
    return answer;
  }

  private TimedResponse submit(SentBatch batch) throws Exception {
    TimedResponse answer =
        system.postJson(DeployedFunction.BATCH, "/v1/batches", batch.key(), batch.json());
    system.timeline().add(batch.key(), "batch: " + answer);
    if (answer.status() == 202) {
      String id = answer.text("batch_id");
      batch.accepted(id).ifPresent(system::violation);
      system.timeline().add(id, "is batch " + batch.key());
    } else if (answer.status() != 503) {
      system.violation("batch " + batch.key() + ": " + answer);
    }
    return answer;
  }

  /** Requests the status of each picture and batch that was accepted. */
  void ask() throws Exception {
    List<Callable<TimedResponse>> questions = new ArrayList<>();
    pictures.stream()
        .filter(picture -> accepted.contains(picture.hash()))
        .forEach(picture -> questions.add(() -> ask(picture)));
    batches.stream()
        .filter(SentBatch::isAccepted)
        .forEach(batch -> questions.add(() -> ask(batch)));
    all(questions);
  }

  private TimedResponse ask(SentBatch batch) throws Exception {
    TimedResponse answer = system.get(DeployedFunction.BATCH, "/v1/batches/" + batch.id());
    if (answer.status() == 200 || answer.status() == 202) {
      batch.seen(answer.json()).ifPresent(system::violation);
    } else if (answer.status() != 503) {
      system.violation("accepted and not found, batch " + batch.id() + ": " + answer);
    }
    return answer;
  }

  private TimedResponse ask(Picture picture) throws Exception {
    TimedResponse answer = system.get(DeployedFunction.STATUS, picture.path());
    system.timeline().add(picture.hash(), "status: " + answer.status());
    if (answer.status() == 200 || answer.status() == 202) {
      JsonObject json = answer.json();
      seen.put(picture.hash(), json);
      if (isError(json) && error(json, "code").equals("ATTEMPTS_EXHAUSTED")) {
        exhausted.add(picture.hash());
      }
    } else if (answer.status() != 503) {
      system.violation("accepted and not found, " + picture.hash() + ": " + answer);
    }
    return answer;
  }

  /** Requests a retry for each picture with an error. */
  void retryErrors() throws Exception {
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
  void retryResults() throws Exception {
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
    TimedResponse answer =
        system.post(DeployedFunction.CONTROL, picture.path() + ":retry", new byte[0]);
    system.timeline().add(picture.hash(), "retry: " + answer.status());
    if (answer.status() != 202 && answer.status() != 409 && answer.status() != 503) {
      system.violation("retry of " + picture.hash() + ": " + answer);
    }
    return answer;
  }

  /** Delivers the messages of all queues, some of them twice at the same moment. */
  void deliver() throws Exception {
    system.publishDue();
    deliver(system.fetches(), DeployedFunction.FETCH);
    deliver(system.work(), DeployedFunction.CLASSIFY);
    deliver(system.resultsForProgress(), DeployedFunction.PROGRESS);
    deliver(system.resultsForNotify(), DeployedFunction.NOTIFY);
  }

  /** Delivers the dead letters. */
  void deliverLetters() throws Exception {
    deliver(system.deadLetters(), DeployedFunction.DEAD_LETTER);
  }

  private void deliver(Subscription from, DeployedFunction to) throws Exception {
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
            TimedResponse answer = push(message, image, to);
            if (answer.status() == 204 && !isAcknowledgementLost) {
              from.ack(message);
            } else {
              from.nack(message);
            }
            return answer;
          });
    }
    all(deliveries);
  }

  private TimedResponse push(Pulled message, String image, DeployedFunction to) throws Exception {
    byte[] body = message.push().getBytes(UTF_8);
    TimedResponse answer = system.post(to, "/", body);
    system.timeline().add(image, to + " of message " + message.id() + ": " + answer.status());
    if (answer.status() != 204 && answer.status() != 503) {
      system.violation(to + " about " + image + ": " + answer);
    }
    return answer;
  }

  /** Calls the sweep, as the scheduler does. */
  void sweep() throws Exception {
    TimedResponse answer = system.post(DeployedFunction.SWEEP, "/", new byte[0]);
    system.timeline().add(Call.NO_IMAGE, "sweep: " + answer);
    if (answer.status() == 503) {
      refusals++;
    } else if (answer.status() != 200) {
      system.violation("sweep: " + answer);
    }
  }

  /** One step of each kind. */
  void round() throws Exception {
    submit();
    deliver();
    deliverLetters();
    ask();
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
      // Its circuit breakers for receivers use the real clock, which the test cannot move.
      system.replace(DeployedFunction.NOTIFY);
      submit();
      deliver();
      deliverLetters();
      // A status seen earlier may belong to an earlier run.
      seen.clear();
      ask();
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
            + String.join("\n", unsettled().stream().map(system.timeline()::of).toList()));
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
        throw new AssertionError("never seen: " + system.timeline().of(picture.hash()));
      }
      String label =
          json.getAsJsonArray("annotations").get(0).getAsJsonObject().get("label").getAsString();
      if (!label.equals(VisionVerdicts.labelOf(picture.hash()))) {
        system.violation("another picture's result: " + json);
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
      checkTold(image);
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
                      .map(system.timeline()::of)
                      .toList()));
    }
  }

  /** Checks that a run's notification has one id, however often it is sent. */
  private void checkTold(String image) {
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
    List<TimedResponse> answers = new ArrayList<>();
    for (Future<TimedResponse> future : threads.invokeAll(tasks)) {
      try {
        TimedResponse answer = future.get();
        answers.add(answer);
        refusals += answer.status() == 503 ? 1 : 0;
      } catch (ExecutionException e) {
        throw new AssertionError(
            "a function did not respond at all: " + e.getCause(), e.getCause());
      }
    }
    return answers;
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
