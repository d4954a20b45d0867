package dev.whatsit.faults;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.emulators.Emulator;
import dev.whatsit.emulators.junit.EmulatorExtension;
import dev.whatsit.faults.Subscription.Pulled;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** One event is delivered many times at once. */
class DuplicateDeliveryTest {
  @RegisterExtension static final EmulatorExtension PUBSUB = EmulatorExtension.of(Emulator.PUB_SUB);

  @RegisterExtension
  static final EmulatorExtension FIRESTORE = EmulatorExtension.of(Emulator.FIRESTORE);

  private static final int DELIVERIES = 50;

  /** In seconds; long enough that no attempt fails on a busy machine. */
  private static final int DEADLINE = 30;

  private final Picture picture = Picture.of(6_000_000);

  @Test
  void events_eachDelivered50TimesAtOnce_makeOneVisionRequestAndOneCallback(@TempDir Path folder)
      throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(DELIVERIES);
    try (TestSystem system =
            new TestSystem(FIRESTORE.hostPort(), PUBSUB.hostPort(), folder, DEADLINE);
        Traffic traffic = new Traffic(system, new Random(1))) {
      traffic.warmUp(Picture.of(6_000_001));
      traffic.addWatched(picture);
      traffic.submitAll();

      deliver(threads, system, DeployedFunction.CLASSIFY);
      deliver(threads, system, DeployedFunction.NOTIFY);
      // Finish the work that one delivery left to another.
      traffic.settle();

      traffic.check();
      assertThat(system.calls().count(TestSystem.VISION, "BatchAnnotateImages", picture.hash()))
          .isEqualTo(1);
      assertThat(system.external().notifications(picture.hash())).hasSize(1);
    } finally {
      threads.shutdownNow();
    }
  }

  private static void deliver(ExecutorService threads, TestSystem system, DeployedFunction to)
      throws Exception {
    Subscription from = system.subscription(to);
    List<Pulled> messages = from.pull();
    assertThat(messages).isNotEmpty();
    Pulled message = messages.get(0);
    Callable<TimedResponse> delivery = () -> system.post(to, "/", message.push().getBytes(UTF_8));
    List<Integer> statuses = new ArrayList<>();
    for (Future<TimedResponse> answer :
        threads.invokeAll(Collections.nCopies(DELIVERIES, delivery))) {
      statuses.add(answer.get().status());
    }
    assertThat(statuses).contains(204).isSubsetOf(204, 503);
    for (Pulled each : messages) {
      from.nack(each);
    }
  }
}
