package dev.whatsit.local;

import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.embedded.EmbeddedBackend;
import dev.whatsit.embedded.EmbeddedStores;
import dev.whatsit.invoker.FunctionServer;
import dev.whatsit.local.operator.DeadLetters;
import dev.whatsit.logging.Logging;
import java.io.IOException;
import java.io.PrintStream;
import java.net.BindException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Starts Whatsit on this machine, or runs an operator's command on its data. */
public final class Main {
  private static final int FAILED = 1;
  private static final int WRONG_USAGE = 2;

  private static final List<String> USAGE =
      List.of(
          "Without arguments: starts Whatsit.",
          "  dead-letters        lists the dead-lettered messages",
          "  replay <id>|all     runs them again");

  /** Held strongly: {@code java.util.logging} keeps only weak references to loggers. */
  private static final Logger INVOKER = Logger.getLogger("com.google.cloud.functions.invoker");

  /** The system property that selects the platform; {@code mvn -Dbackend=…} sets it. */
  private static final String BACKEND = "backend";

  private final Map<String, String> environment;
  private final String backend;
  private final PrintStream out;
  private final PrintStream err;

  private Main(Map<String, String> environment, String backend, PrintStream out, PrintStream err) {
    this.environment = environment;
    this.backend = backend;
    this.out = out;
    this.err = err;
  }

  /**
   * Runs the program. Settings come from the environment. The system property {@code backend},
   * {@code embedded} (the default) or {@code emulators}, selects the platform.
   */
  public static void main(String[] arguments) {
    String backend = System.getProperty(BACKEND, EmbeddedPlatform.NAME);
    int exit = new Main(System.getenv(), backend, System.out, System.err).run(List.of(arguments));
    if (exit != 0) {
      System.exit(exit);
    }
  }

  private int run(List<String> arguments) {
    try {
      if (!List.of(EmbeddedPlatform.NAME, EmulatorPlatform.NAME).contains(backend)) {
        throw new InvalidSettings(
            List.of(
                BACKEND
                    + " is "
                    + backend
                    + ", must be "
                    + EmbeddedPlatform.NAME
                    + " or "
                    + EmulatorPlatform.NAME));
      }
      if (arguments.isEmpty()) {
        serve();
        return 0;
      }
      if (arguments.equals(List.of("dead-letters"))
          || (arguments.size() == 2 && arguments.get(0).equals("replay"))) {
        return operate(arguments) ? 0 : FAILED;
      }
      USAGE.forEach(err::println);
      return WRONG_USAGE;
    } catch (InvalidSettings e) {
      e.problems().forEach(problem -> err.println("Wrong setting: " + problem));
    } catch (BindException e) {
      err.println(
          "Cannot listen on port "
              + environment.getOrDefault("PORT", "8080")
              + ": another program does, or the address is not this machine's ("
              + e.getMessage()
              + "). Stop it, or set PORT.");
    } catch (IOException | TransientFailure | IllegalStateException e) {
      err.println("Cannot start: " + reason(e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return FAILED;
  }

  private void serve() throws IOException, InterruptedException {
    FunctionServer.load();
    // The functions and the dispatcher log failures themselves; the invoker would repeat them.
    INVOKER.setLevel(Level.OFF);
    Logging.install(environment);
    Platform platform =
        backend.equals(EmulatorPlatform.NAME)
            ? new EmulatorPlatform(environment)
            : new EmbeddedPlatform();
    LocalServer server = LocalServer.start(environment, platform);
    CountDownLatch stopped = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  out.println("Stopping: finishing what is in flight.");
                  server.close();
                  out.println("Stopped. " + platform.farewell());
                  stopped.countDown();
                },
                "stop"));
    Greeting.of(environment, server.port(), platform.greeting()).forEach(out::println);
    stopped.await();
  }

  private boolean operate(List<String> arguments) throws IOException {
    if (!backend.equals(EmbeddedPlatform.NAME)) {
      err.println(
          "Only the embedded backend has "
              + arguments.get(0)
              + ": on emulators dead letters are Pub/Sub's, and POST /v1/images/{hash}:retry runs"
              + " an image again.");
      return false;
    }
    Settings settings = Settings.of(environment);
    Path data = settings.path("WHATSIT_DATA", Path.of("data")).toAbsolutePath().normalize();
    settings.verify();
    if (!DeadLetters.canBeIn(data)) {
      err.println("There is no data of Whatsit in " + data + ". WHATSIT_DATA names the folder.");
      return false;
    }
    try (EmbeddedBackend backend = EmbeddedBackend.besideAServer()) {
      EmbeddedStores stores = backend.stores(settings);
      DeadLetters letters = new DeadLetters(stores.messages(), stores.records(), out);
      if (arguments.size() == 1) {
        letters.list();
        return true;
      }
      return letters.replay(arguments.get(1), Instant.now());
    }
  }

  private static String reason(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String message = root.getMessage() == null ? root.toString() : root.getMessage();
    return (e == root || e.getMessage() == null ? message : e.getMessage() + ": " + message)
        .replaceAll("\\s+", " ");
  }
}
