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
import dev.whatsit.faultproxy.TcpProxy;
import dev.whatsit.faults.Subscription.Pulled;
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
import java.util.function.Consumer;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A whole service refuses connections, or accepts them without responding. Every function must
 * respond in time with Retry-After, and nothing may be lost. Each wait is bounded by the adapter's
 * own deadline. A service that does not respond to single calls is in {@link EachCallFailsTest}.
 */
@Execution(ExecutionMode.CONCURRENT)
class ServiceAwayTest {
  @RegisterExtension static final EmulatorExtension PUBSUB = EmulatorExtension.of(Emulator.PUB_SUB);

  @RegisterExtension
  static final EmulatorExtension FIRESTORE = EmulatorExtension.of(Emulator.FIRESTORE);

  private static final Subject SUBJECT = new Subject("0".repeat(64), 1);

  /** Its work is in progress. */
  private final Picture known = Picture.of(3_000_000);

  private final Picture fresh = Picture.of(3_000_001);

  @ParameterizedTest
  @ValueSource(strings = {TestSystem.FIRESTORE, TestSystem.VISION})
  void everyFunction_connectionsAreRefused_respondsInTimeAndNothingIsLost(
      String service, @TempDir Path folder) throws Exception {
    check(service, TcpProxy::refuse, folder);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {TestSystem.FIRESTORE, TestSystem.PUB_SUB, TestSystem.STORAGE, TestSystem.VISION})
  void everyFunction_connectionsStall_respondsInTimeAndNothingIsLost(
      String service, @TempDir Path folder) throws Exception {
    check(service, TcpProxy::stall, folder);
  }

  private void check(String service, Consumer<TcpProxy> outage, Path folder) throws Exception {
    try (TestSystem system = new TestSystem(FIRESTORE.hostPort(), PUBSUB.hostPort(), folder);
        Traffic traffic = new Traffic(system, new Random(1))) {
      traffic.warmUp(Picture.of(3_000_003));
      traffic.add(known);
      traffic.submitAll();
      traffic.sweep();
      // The new instances have not connected yet; the others have.
      system.replace(DeployedFunction.UPLOAD);
      system.replace(DeployedFunction.CLASSIFY);
      Pulled message = system.subscription(DeployedFunction.CLASSIFY).pull().get(0);
      byte[] push = message.push().getBytes(UTF_8);
      system.invariants().leap(Duration.ofHours(2));
      outage.accept(system.connections(service));

      SentBatch batch = traffic.addBatch(List.of(Picture.of(3_000_002)), List.of());
      List<Callable<TimedResponse>> requests = new ArrayList<>();
      requests.add(() -> system.post(DeployedFunction.UPLOAD, "/v1/images", fresh.bytes()));
      List<Set<Integer>> wanted =
          switch (service) {
            case TestSystem.FIRESTORE -> {
              requests.add(() -> system.get(DeployedFunction.STATUS, known.path()));
              requests.add(() -> system.post(DeployedFunction.CLASSIFY, "/", push));
              requests.add(() -> system.post(DeployedFunction.DEAD_LETTER, "/", push));
              requests.add(
                  () ->
                      system.post(DeployedFunction.CONTROL, known.path() + ":retry", new byte[0]));
              requests.add(() -> system.post(DeployedFunction.SWEEP, "/", new byte[0]));
              requests.add(() -> submit(system, batch));
              byte[] result = push(new ResultMessage(SUBJECT, null, null).toMessage().attributes());
              requests.add(() -> system.post(DeployedFunction.NOTIFY, "/", result));
              requests.add(() -> system.post(DeployedFunction.PROGRESS, "/", result));
              ItemKey item = new ItemKey(BatchId.random(), 0);
              byte[] fetch = push(new FetchMessage(item, null).toMessage().attributes());
              requests.add(() -> system.post(DeployedFunction.FETCH, "/", fetch));
              yield Collections.nCopies(requests.size(), Set.of(503));
            }
            case TestSystem.VISION -> {
              requests.add(() -> system.post(DeployedFunction.CLASSIFY, "/", push));
              // Classify defers the work and acks the message when Vision is unavailable, or
              // reaches its deadline while it reconnects.
              yield List.of(Set.of(202), Set.of(204, 503));
            }
            case TestSystem.STORAGE -> {
              // Status signs the link.
              requests.add(() -> system.get(DeployedFunction.STATUS, known.path()));
              yield List.of(Set.of(503), Set.of(503));
            }
            default -> {
              // The sweep tries the overdue work once and leaves it to the next sweep.
              requests.add(() -> system.post(DeployedFunction.SWEEP, "/", new byte[0]));
              // The batch is written; the sweep publishes the messages of its items.
              requests.add(() -> submit(system, batch));
              yield List.of(Set.of(503), Set.of(200), Set.of(202));
            }
          };
      assertThat(responses(requests))
          .zipSatisfy(wanted, (response, any) -> assertThat(any).contains(response.status()));

      system.connections(service).restore();
      system.subscription(DeployedFunction.CLASSIFY).nack(message);
      traffic.add(fresh);
      traffic.settle();
      traffic.check();
    }
  }

  private static TimedResponse submit(TestSystem system, SentBatch batch) throws Exception {
    return system.postJson(DeployedFunction.BATCH, "/v1/batches", batch.key(), batch.json());
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

  private static List<TimedResponse> responses(List<Callable<TimedResponse>> requests)
      throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(requests.size());
    try {
      List<TimedResponse> responses = new ArrayList<>();
      for (Future<TimedResponse> response : threads.invokeAll(requests)) {
        responses.add(response.get());
      }
      return responses;
    } finally {
      threads.shutdownNow();
    }
  }
}
