package dev.whatsit.emulators.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.whatsit.emulators.Emulator;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.ClassSelector;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;

class EmulatorExtensionTest {
  private static final Set<String> SAID = ConcurrentHashMap.newKeySet();
  private static final Set<String> SEEN = ConcurrentHashMap.newKeySet();

  @Test
  void notInstalled_skipsTheClassAndSaysSo() {
    SAID.clear();

    EngineExecutionResults results = run(Absent.class);

    assertThat(results.testEvents().started().count()).isZero();
    assertThat(SAID)
        .singleElement()
        .asString()
        .startsWith("SKIPPED " + Absent.class.getName())
        .contains("pubsub-emulator");
    assertThat(results.containerEvents().aborted().list())
        .singleElement()
        .satisfies(
            event ->
                assertThat(event.getPayload(TestExecutionResult.class))
                    .flatMap(TestExecutionResult::getThrowable)
                    .get(InstanceOfAssertFactories.THROWABLE)
                    .hasMessageContaining("pubsub-emulator")
                    .hasMessageContaining("not installed"));
  }

  @Test
  void notInstalledButRequired_failsTheClass() {
    EngineExecutionResults results = run(AbsentButRequired.class);

    assertThat(results.testEvents().started().count()).isZero();
    assertThat(results.containerEvents().failed().count()).isEqualTo(1);
  }

  @Test
  void hostPort_beforeTheClassBegan_isRefused() {
    assertThatThrownBy(() -> EmulatorExtension.of(Emulator.PUB_SUB).hostPort())
        .isInstanceOf(IllegalStateException.class);
  }

  @Nested
  class Installed {
    // Skips this class if the emulator is not installed.
    @RegisterExtension
    static final EmulatorExtension PUB_SUB = EmulatorExtension.of(Emulator.PUB_SUB);

    @Test
    void severalClasses_shareOneEmulatorThatEndsWithTheRun() {
      SEEN.clear();

      EngineExecutionResults results = run(One.class, Two.class);

      assertThat(results.testEvents().succeeded().count()).isEqualTo(2);
      assertThat(SEEN).hasSize(1).doesNotContain(PUB_SUB.hostPort());
      String gone = SEEN.iterator().next();
      assertThatThrownBy(() -> Emulator.PUB_SUB.start(Map.of("PUBSUB_EMULATOR_HOST", gone)))
          .hasMessageContaining("nothing answers");
    }
  }

  private static EngineExecutionResults run(Class<?>... classes) {
    return EngineTestKit.engine("junit-jupiter")
        .selectors(
            Stream.of(classes).map(DiscoverySelectors::selectClass).toArray(ClassSelector[]::new))
        .execute();
  }

  /** This process's environment without an already running emulator. */
  private static Map<String, String> own() {
    Map<String, String> environment = new HashMap<>(System.getenv());
    environment.remove(Emulator.PUB_SUB.hostVariable());
    return environment;
  }

  static class One {
    @RegisterExtension
    static final EmulatorExtension PUB_SUB =
        new EmulatorExtension(Emulator.PUB_SUB, own(), SAID::add);

    @Test
    void sees() {
      SEEN.add(PUB_SUB.hostPort());
    }
  }

  static class Two {
    @RegisterExtension
    static final EmulatorExtension PUB_SUB =
        new EmulatorExtension(Emulator.PUB_SUB, own(), SAID::add);

    @Test
    void sees() {
      SEEN.add(PUB_SUB.hostPort());
    }
  }

  static class Absent {
    @RegisterExtension
    static final EmulatorExtension PUB_SUB =
        new EmulatorExtension(Emulator.PUB_SUB, Map.of(), SAID::add);

    @Test
    void neverRuns() {
      throw new AssertionError("there is no emulator");
    }
  }

  static class AbsentButRequired {
    @RegisterExtension
    static final EmulatorExtension PUB_SUB =
        new EmulatorExtension(
            Emulator.PUB_SUB, Map.of(EmulatorExtension.REQUIRED, "true"), SAID::add);

    @Test
    void neverRuns() {
      throw new AssertionError("there is no emulator");
    }
  }
}
