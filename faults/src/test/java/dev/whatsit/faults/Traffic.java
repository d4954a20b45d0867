package dev.whatsit.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.whatsit.faults.Subscription.Taken;
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
 * What comes to the functions: clients that repeat what was refused, queues that deliver at least
 * once, a scheduler. Each step does the same for all pictures at once and waits for the answers. To
 * be used by one thread.
 */
final class Traffic implements AutoCloseable {
  private static final int THREADS = 8;

  /** After so many rounds in which everything works nothing may be left to do. */
  private static final int MOST_ROUNDS = 12;

  private static final Duration LONG = Duration.ofHours(2);

  private final World world;
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
   * No traffic yet.
   *
   * @param random what is delivered twice or again
   */
  Traffic(World world, Random random) {
    this.world = world;
    this.random = random;
  }

  /** How often somebody was told to come back later. */
  int refusals() {
    return refusals;
  }

  List<Picture> pictures() {
    return List.copyOf(pictures);
  }

  /** Somebody wants this picture classified. */
  void add(Picture picture) {
    pictures.add(picture);
  }

  /** Somebody wants this picture classified, and to be told when it is. */
  void addWatched(Picture picture) {
    pictures.add(picture);
    watched.add(picture.hash());
  }

  /**
   * Somebody wants these pictures classified, and to be told once they all are.
   *
   * @param fetched those that are to be fetched
   * @param known those that were sent, whether they were accepted or not
   */
  SentBatch addBatch(List<Picture> fetched, List<Picture> known) {
    SentBatch batch = new SentBatch(batches.size(), world.outside(), fetched, known);
    batches.add(batch);
    return batch;
  }

  /** Each client that was not told yet that its picture or batch is accepted sends it. */
  void submit() throws Exception {
    List<Callable<Answer>> submissions = new ArrayList<>();
    pictures.stream()
        .filter(picture -> !accepted.contains(picture.hash()))
        .forEach(picture -> submissions.add(() -> submit(picture)));
    batches.stream()
        .filter(batch -> !batch.isAccepted())
        .forEach(batch -> submissions.add(() -> submit(batch)));
    all(submissions);
  }

  /** The same until everybody was told so. */
  void submitAll() throws Exception {
    for (int i = 0; i < MOST_ROUNDS && accepted.size() < pictures.size(); i++) {
      submit();
    }
  }

  private Answer submit(Picture picture) throws Exception {
    String query =
        watched.contains(picture.hash())
            ? "?callback_url=" + world.outside().hook(picture.hash())
            : "";
    Answer answer = world.post(Door.UPLOAD, "/v1/images" + query, picture.bytes());
    world.story().tell(picture.hash(), "upload: " + answer.status());
    if (answer.status() == 202 || answer.status() == 200) {
      accepted.add(picture.hash());
    } else if (answer.status() != 503) {
      world.wrong("upload of " + picture.hash() + ": " + answer);
    }
    return answer;
  }

  private Answer submit(SentBatch batch) throws Exception {
    Answer answer = world.postJson(Door.BATCH, "/v1/batches", batch.key(), batch.json());
    world.story().tell(batch.key(), "batch: " + answer);
    if (answer.status() == 202) {
      String id = answer.text("batch_id");
      batch.accepted(id).ifPresent(world::wrong);
      world.story().tell(id, "is batch " + batch.key());
    } else if (answer.status() != 503) {
      world.wrong("batch " + batch.key() + ": " + answer);
    }
    return answer;
  }

  /** Each client whose picture or batch was accepted asks what became of it. */
  void ask() throws Exception {
    List<Callable<Answer>> questions = new ArrayList<>();
    pictures.stream()
        .filter(picture -> accepted.contains(picture.hash()))
        .forEach(picture -> questions.add(() -> ask(picture)));
    batches.stream()
        .filter(SentBatch::isAccepted)
        .forEach(batch -> questions.add(() -> ask(batch)));
    all(questions);
  }

  private Answer ask(SentBatch batch) throws Exception {
    Answer answer = world.get(Door.BATCH, "/v1/batches/" + batch.id());
    if (answer.status() == 200 || answer.status() == 202) {
      batch.seen(answer.json()).ifPresent(world::wrong);
    } else if (answer.status() != 503) {
      world.wrong("accepted and not found, batch " + batch.id() + ": " + answer);
    }
    return answer;
  }

  private Answer ask(Picture picture) throws Exception {
    Answer answer = world.get(Door.STATUS, picture.path());
    world.story().tell(picture.hash(), "status: " + answer.status());
    if (answer.status() == 200 || answer.status() == 202) {
      JsonObject json = answer.json();
      seen.put(picture.hash(), json);
      if (isError(json) && error(json, "code").equals("ATTEMPTS_EXHAUSTED")) {
        exhausted.add(picture.hash());
      }
    } else if (answer.status() != 503) {
      world.wrong("accepted and not found, " + picture.hash() + ": " + answer);
    }
    return answer;
  }

  /** Each client who saw an error asks for another run. */
  void retryErrors() throws Exception {
    List<Callable<Answer>> retries = new ArrayList<>();
    for (Picture picture : pictures) {
      JsonObject json = seen.get(picture.hash());
      if (json != null && isError(json)) {
        if (!error(json, "retryable").equals("true")) {
          world.wrong("ended for good: " + json);
        }
        retries.add(() -> retry(picture));
      }
    }
    all(retries);
  }

  /** Now and then a client wants a result anew. */
  void retryResults() throws Exception {
    all(
        pictures.stream()
            .filter(picture -> isClassified(picture.hash()) && random.nextInt(8) == 0)
            .<Callable<Answer>>map(picture -> () -> retry(picture))
            .toList());
  }

  /** Everybody wants a result anew, once. */
  List<Answer> retryAll() throws Exception {
    return all(pictures.stream().<Callable<Answer>>map(picture -> () -> retry(picture)).toList());
  }

  private Answer retry(Picture picture) throws Exception {
    Answer answer = world.post(Door.CONTROL, picture.path() + ":retry", new byte[0]);
    world.story().tell(picture.hash(), "retry: " + answer.status());
    if (answer.status() != 202 && answer.status() != 409 && answer.status() != 503) {
      world.wrong("retry of " + picture.hash() + ": " + answer);
    }
    return answer;
  }

  /** The queues deliver what they have, some of it twice at the same moment. */
  void deliver() throws Exception {
    world.publishDue();
    deliver(world.fetches(), Door.FETCH);
    deliver(world.work(), Door.CLASSIFY);
    deliver(world.followed(), Door.PROGRESS);
    deliver(world.told(), Door.NOTIFY);
  }

  /** The queue delivers its dead letters. */
  void deliverLetters() throws Exception {
    deliver(world.letters(), Door.DEAD_LETTER);
  }

  private void deliver(Subscription from, Door to) throws Exception {
    List<Callable<Answer>> deliveries = new ArrayList<>();
    for (Taken message : from.take()) {
      String image = HttpWire.imageOf(message.push().getBytes(UTF_8));
      if (to == Door.DEAD_LETTER) {
        lettered.add(image);
      }
      boolean twice = random.nextInt(6) == 0;
      boolean isAcknowledgementLost = random.nextInt(10) == 0;
      if (twice) {
        deliveries.add(() -> push(message, image, to));
      }
      deliveries.add(
          () -> {
            Answer answer = push(message, image, to);
            if (answer.status() == 204 && !isAcknowledgementLost) {
              from.acknowledge(message);
            } else {
              from.giveBack(message);
            }
            return answer;
          });
    }
    all(deliveries);
  }

  private Answer push(Taken message, String image, Door to) throws Exception {
    byte[] body = message.push().getBytes(UTF_8);
    Answer answer = world.post(to, "/", body);
    world.story().tell(image, to + " of message " + message.id() + ": " + answer.status());
    if (answer.status() != 204 && answer.status() != 503) {
      world.wrong(to + " about " + image + ": " + answer);
    }
    return answer;
  }

  /** The scheduler calls. */
  void sweep() throws Exception {
    Answer answer = world.post(Door.SWEEP, "/", new byte[0]);
    world.story().tell(Call.NO_IMAGE, "sweep: " + answer);
    if (answer.status() == 503) {
      refusals++;
    } else if (answer.status() != 200) {
      world.wrong("sweep: " + answer);
    }
  }

  /** One of everything. */
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
   * Goes on, while everything works, until each picture is accepted and classified, each batch
   * complete, and everybody told who wanted to be.
   *
   * @throws AssertionError if some never are
   */
  void settle() throws Exception {
    for (int round = 0; round < MOST_ROUNDS; round++) {
      // It leaves receivers in peace by the real clock, which does not leap.
      world.replace(Door.NOTIFY);
      submit();
      deliver();
      deliverLetters();
      // What was seen before may have been of an earlier run.
      seen.clear();
      ask();
      if (unsettled().isEmpty()) {
        return;
      }
      retryErrors();
      world.watch().leap(LONG);
      sweep();
    }
    throw new AssertionError(
        "stuck or lost, though everything has worked for long:\n"
            + String.join("\n", world.wrongs())
            + "\n"
            + String.join("\n", unsettled().stream().map(world.story()::of).toList()));
  }

  private List<String> unsettled() {
    List<String> unsettled = new ArrayList<>();
    for (Picture picture : pictures) {
      String hash = picture.hash();
      if (!isClassified(hash) || (watched.contains(hash) && world.outside().told(hash).isEmpty())) {
        unsettled.add(hash);
      }
    }
    for (SentBatch batch : batches) {
      if (!batch.isComplete() || batch.told().isEmpty()) {
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
   * Checks every result, and all that was noted on the way.
   *
   * @throws AssertionError if something is wrong
   */
  void check() throws Exception {
    for (Picture picture : pictures) {
      JsonObject json = seen.get(picture.hash());
      if (json == null) {
        throw new AssertionError("never seen: " + world.story().of(picture.hash()));
      }
      String label =
          json.getAsJsonArray("annotations").get(0).getAsJsonObject().get("label").getAsString();
      if (!label.equals(FakeVision.labelOf(picture.hash()))) {
        world.wrong("another picture's result: " + json);
      }
      String racy = json.getAsJsonObject("safe_search").get("racy").getAsString();
      if (!racy.equals("very_likely")) {
        world.wrong("another safe search: " + json);
      }
      if (!Arrays.equals(world.open(json.get("image_url").getAsString()), picture.bytes())) {
        world.wrong("other bytes are stored: " + json);
      }
    }
    for (String image : watched) {
      checkTold(image);
    }
    batches.forEach(batch -> batch.wrongs().forEach(world::wrong));
    for (String image : exhausted) {
      if (!lettered.contains(image)) {
        world.wrong(image + " ended after its attempts without a dead letter");
      }
    }
    if (!world.wrongs().isEmpty()) {
      throw new AssertionError(
          String.join("\n", world.wrongs())
              + "\n"
              + String.join(
                  "\n",
                  pictures.stream()
                      .map(Picture::hash)
                      .filter(hash -> world.wrongs().toString().contains(hash))
                      .map(world.story()::of)
                      .toList()));
    }
  }

  /** One id for a run, however often it is told; the callback is of the run it was asked for in. */
  private void checkTold(String image) {
    Map<String, Set<String>> bodies = new TreeMap<>();
    for (Outside.Told told : world.outside().told(image)) {
      bodies.computeIfAbsent(told.id(), id -> new TreeSet<>()).add(told.body());
      JsonObject body = JsonParser.parseString(told.body()).getAsJsonObject();
      if (!body.get("image_hash").getAsString().equals(image)
          || !body.get("type").getAsString().matches("image\\.(success|error)")) {
        world.wrong(image + " was told " + body);
      }
    }
    bodies.forEach(
        (id, all) -> {
          if (all.size() > 1) {
            world.wrong(image + " was told under one id " + all);
          }
        });
    JsonObject json = Objects.requireNonNull(seen.get(image));
    int runs = json.get("run").getAsInt();
    if (bodies.size() > runs) {
      world.wrong(image + " was told of " + runs + " runs under the ids " + bodies.keySet());
    }
  }

  private List<Answer> all(List<Callable<Answer>> tasks) throws Exception {
    List<Answer> answers = new ArrayList<>();
    for (Future<Answer> future : threads.invokeAll(tasks)) {
      try {
        Answer answer = future.get();
        answers.add(answer);
        refusals += answer.status() == 503 ? 1 : 0;
      } catch (ExecutionException e) {
        throw new AssertionError("a function did not answer at all: " + e.getCause(), e.getCause());
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
