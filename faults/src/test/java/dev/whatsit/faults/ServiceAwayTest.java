package dev.whatsit.faults;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import dev.whatsit.domain.batch.BatchId;
import dev.whatsit.domain.batch.FetchMessage;
import dev.whatsit.domain.batch.ItemKey;
import dev.whatsit.domain.callback.ResultMessage;
import dev.whatsit.domain.callback.Subject;
import dev.whatsit.emulators.Emulator;
import dev.whatsit.emulators.junit.EmulatorExtension;
import dev.whatsit.faultproxy.Fault;
import dev.whatsit.faults.Subscription.Taken;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A whole service never answers, or nobody listens where it was, or somebody takes connections and
 * says nothing: every door answers within its time and says when to come back, and nothing is lost.
 * Each wait is bounded by the adapter's own deadline.
 */
@Execution(ExecutionMode.CONCURRENT)
class ServiceAwayTest {
  @RegisterExtension static final EmulatorExtension PUBSUB = EmulatorExtension.of(Emulator.PUB_SUB);

  @RegisterExtension
  static final EmulatorExtension FIRESTORE = EmulatorExtension.of(Emulator.FIRESTORE);

  /** Somebody's. */
  private static final Subject SUBJECT = new Subject("0".repeat(64), 1);

  /** Whose work is under way. */
  private final Picture known = Picture.of(3_000_000);

  private final Picture fresh = Picture.of(3_000_001);

  @ParameterizedTest
  @ValueSource(strings = {World.FIRESTORE, World.PUB_SUB, World.STORAGE, World.VISION})
  void everyDoor_serviceNeverAnswers_answersInTimeAndNothingIsLost(
      String service, @TempDir Path folder) throws Exception {
    try (World world = new World(FIRESTORE.hostPort(), PUBSUB.hostPort(), folder)) {
      Faults hanging =
          call -> call.service().equals(service) ? Fault.of(Fault.Kind.HANG_BEFORE) : Fault.NONE;

      check(
          world,
          service,
          Set.of(503),
          () -> world.calls().decideBy(hanging),
          () -> world.calls().decideBy(Faults.NONE));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {World.FIRESTORE, World.PUB_SUB, World.STORAGE, World.VISION})
  void everyDoor_nobodyListens_answersInTimeAndNothingIsLost(String service, @TempDir Path folder)
      throws Exception {
    try (World world = new World(FIRESTORE.hostPort(), PUBSUB.hostPort(), folder)) {
      // Images whose classifier is away are put off, and their messages acknowledged; or the
      // deadline comes in the middle of another try to connect.
      check(
          world,
          service,
          Set.of(204, 503),
          () -> world.road(service).refuse(),
          () -> world.road(service).restore());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {World.FIRESTORE, World.PUB_SUB, World.STORAGE, World.VISION})
  void everyDoor_connectionsAreSwallowed_answersInTimeAndNothingIsLost(
      String service, @TempDir Path folder) throws Exception {
    try (World world = new World(FIRESTORE.hostPort(), PUBSUB.hostPort(), folder)) {
      check(
          world,
          service,
          Set.of(503),
          () -> world.road(service).stall(),
          () -> world.road(service).restore());
    }
  }

  private void check(
      World world, String service, Set<Integer> classified, Runnable begin, Runnable end)
      throws Exception {
    try (Traffic traffic = new Traffic(world, new Random(1))) {
      traffic.add(known);
      traffic.submitAll();
      Taken message = world.work().take().get(0);
      byte[] push = message.push().getBytes(UTF_8);
      world.watch().leap(Duration.ofHours(2));
      begin.run();

      SentBatch batch = traffic.addBatch(List.of(Picture.of(3_000_002)), List.of());
      List<Callable<Answer>> requests = new ArrayList<>();
      requests.add(() -> world.post(Door.UPLOAD, "/v1/images", fresh.bytes()));
      List<Set<Integer>> wanted =
          switch (service) {
            case World.FIRESTORE -> {
              requests.add(() -> world.get(Door.STATUS, known.path()));
              requests.add(() -> world.post(Door.CLASSIFY, "/", push));
              requests.add(() -> world.post(Door.DEAD_LETTER, "/", push));
              requests.add(() -> world.post(Door.CONTROL, known.path() + ":retry", new byte[0]));
              requests.add(() -> world.post(Door.SWEEP, "/", new byte[0]));
              requests.add(() -> submit(world, batch));
              ResultMessage ended = new ResultMessage(SUBJECT, null, null);
              requests.add(
                  () -> world.post(Door.NOTIFY, "/", push(ended.toMessage().attributes())));
              requests.add(
                  () -> world.post(Door.PROGRESS, "/", push(ended.toMessage().attributes())));
              FetchMessage carry = new FetchMessage(new ItemKey(BatchId.random(), 0), null);
              requests.add(() -> world.post(Door.FETCH, "/", push(carry.toMessage().attributes())));
              yield Collections.nCopies(requests.size(), Set.of(503));
            }
            case World.VISION -> {
              requests.add(() -> world.post(Door.CLASSIFY, "/", push));
              yield List.of(Set.of(202), classified);
            }
            case World.STORAGE -> {
              // Its link is signed there.
              requests.add(() -> world.get(Door.STATUS, known.path()));
              yield List.of(Set.of(503), Set.of(503));
            }
            default -> {
              // Its work is overdue: it is tried once, and left to the next sweep.
              requests.add(() -> world.post(Door.SWEEP, "/", new byte[0]));
              // It is written; what carries its items the sweep publishes.
              requests.add(() -> submit(world, batch));
              yield List.of(Set.of(503), Set.of(200), Set.of(202));
            }
          };
      assertThat(answers(requests))
          .zipSatisfy(wanted, (answer, any) -> assertThat(any).contains(answer.status()));

      end.run();
      world.work().giveBack(message);
      traffic.add(fresh);
      // It leaves Vision in peace by the real clock. All others find their way back themselves.
      world.replace(Door.CLASSIFY);
      traffic.settle();
      traffic.check();
    }
  }

  private static Answer submit(World world, SentBatch batch) throws Exception {
    return world.postJson(Door.BATCH, "/v1/batches", batch.key(), batch.json());
  }

  /** A message with these attributes, as Pub/Sub pushes it. */
  private static byte[] push(Map<String, String> attributes) {
    JsonObject message = new JsonObject();
    message.add("attributes", new Gson().toJsonTree(attributes));
    message.addProperty("messageId", "1");
    JsonObject push = new JsonObject();
    push.add("message", message);
    push.addProperty("subscription", "projects/p/subscriptions/s");
    return push.toString().getBytes(UTF_8);
  }

  private static List<Answer> answers(List<Callable<Answer>> requests) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(requests.size());
    try {
      List<Answer> answers = new ArrayList<>();
      for (Future<Answer> answer : threads.invokeAll(requests)) {
        answers.add(answer.get());
      }
      return answers;
    } finally {
      threads.shutdownNow();
    }
  }
}
