package dev.whatsit.emulators.junit;

import dev.whatsit.emulators.Emulator;
import dev.whatsit.emulators.RunningEmulator;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.opentest4j.TestAbortedException;

/**
 * Provides an emulator to test classes. All classes of a test run share it, and it stops when the
 * run ends. Each test uses its own project, database or topic instead of clearing the emulator.
 *
 * <pre>{@code
 * @RegisterExtension
 * static final EmulatorExtension FIRESTORE = EmulatorExtension.of(Emulator.FIRESTORE);
 * }</pre>
 *
 * <p>If the emulator is not installed, the class is skipped with a line on standard error. With the
 * environment variable {@code REQUIRE_EMULATORS=true} it fails instead.
 */
public final class EmulatorExtension implements BeforeAllCallback {
  private static final String REQUIRED = "REQUIRE_EMULATORS";
  private static final ExtensionContext.Namespace NAMESPACE =
      ExtensionContext.Namespace.create(EmulatorExtension.class);

  private final Emulator emulator;
  private volatile @Nullable String hostPort;

  private EmulatorExtension(Emulator emulator) {
    this.emulator = emulator;
  }

  /** For a static field with {@code @RegisterExtension}. Uses this process's environment. */
  public static EmulatorExtension of(Emulator emulator) {
    return new EmulatorExtension(emulator);
  }

  /**
   * The emulator's address as {@code host:port}.
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
                emulator, key -> new Shared(emulator.start(System.getenv())), Shared.class);
    if (shared.running().isEmpty()) {
      String absent =
          "the " + emulator.component() + " of the Google Cloud SDK is not installed here";
      if ("true".equals(System.getenv(REQUIRED))) {
        throw new IllegalStateException(absent + ", and " + REQUIRED + " is true");
      }
      // Test runners redirect System.err to a file, but not the descriptor. It is not closed.
      new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8)
          .println("SKIPPED " + context.getRequiredTestClass().getName() + ": " + absent);
      throw new TestAbortedException(absent);
    }
    hostPort = shared.running().get().hostPort();
  }

  /** JUnit closes this at the end of the test run. */
  private record Shared(Optional<RunningEmulator> running) implements AutoCloseable {
    @Override
    public void close() {
      running.ifPresent(RunningEmulator::close);
    }
  }
}
