package dev.whatsit.emulators.junit;

import dev.whatsit.emulators.Emulator;
import dev.whatsit.emulators.RunningEmulator;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.opentest4j.TestAbortedException;

/**
 * Gives a test class an emulator, the same one to every class of the test run; it is stopped when
 * the run ends. Tests use projects, databases or topics of their own instead of emptying it.
 *
 * <pre>{@code
 * @RegisterExtension
 * static final EmulatorExtension FIRESTORE = EmulatorExtension.of(Emulator.FIRESTORE);
 * }</pre>
 *
 * <p>Where the emulator is not installed the class is skipped, and standard error says so; the
 * environment variable {@code REQUIRE_EMULATORS=true} makes it fail instead.
 */
public final class EmulatorExtension implements BeforeAllCallback {
  /** The environment variable that turns a skip into a failure. */
  public static final String REQUIRED = "REQUIRE_EMULATORS";

  private static final ExtensionContext.Namespace NAMESPACE =
      ExtensionContext.Namespace.create(EmulatorExtension.class);

  private final Emulator emulator;
  private final Map<String, String> environment;
  private final Consumer<String> teller;
  private volatile @Nullable String hostPort;

  EmulatorExtension(Emulator emulator, Map<String, String> environment, Consumer<String> teller) {
    this.emulator = emulator;
    this.environment = environment;
    this.teller = teller;
  }

  /** For a static field with {@code @RegisterExtension}; by this process's environment. */
  public static EmulatorExtension of(Emulator emulator) {
    return new EmulatorExtension(emulator, System.getenv(), EmulatorExtension::tell);
  }

  /**
   * Where the emulator answers, as {@code host:port}.
   *
   * @throws IllegalStateException before the test class has begun
   */
  public String hostPort() {
    String started = hostPort;
    if (started == null) {
      throw new IllegalStateException(
          "not started yet: put the extension into a static field with @RegisterExtension");
    }
    return started;
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    Shared shared =
        context
            .getRoot()
            .getStore(NAMESPACE)
            .getOrComputeIfAbsent(
                emulator, key -> new Shared(emulator.start(environment)), Shared.class);
    if (shared.running().isEmpty()) {
      String absent =
          "the " + emulator.component() + " of the Google Cloud SDK is not installed here";
      if ("true".equals(environment.get(REQUIRED))) {
        throw new IllegalStateException(absent + ", and " + REQUIRED + " is true");
      }
      teller.accept("SKIPPED " + context.getRequiredTestClass().getName() + ": " + absent);
      throw new TestAbortedException(absent);
    }
    hostPort = shared.running().get().hostPort();
  }

  /** To the process's own standard error, which test runners do not move into a file. */
  private static void tell(String line) {
    // Not closed: the descriptor is the process's.
    PrintStream err =
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
    err.println(line);
  }

  /** JUnit closes it with the test run. */
  private record Shared(Optional<RunningEmulator> running) implements AutoCloseable {
    @Override
    public void close() {
      running.ifPresent(RunningEmulator::close);
    }
  }
}
