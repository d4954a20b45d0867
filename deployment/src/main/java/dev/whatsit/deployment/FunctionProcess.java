package dev.whatsit.deployment;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Runs a deployed function as the platform does: the invoker's jar in its own process, with the
 * folder as an argument, and target, signature and port in the environment. Thread-safe.
 */
public final class FunctionProcess implements AutoCloseable {
  private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(30);
  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private final Process process;
  private final int port;
  private final Path log;

  private FunctionProcess(Process process, int port, Path log) {
    this.process = process;
    this.port = port;
    this.log = log;
  }

  /**
   * The JVM that a function runs on.
   *
   * @param home the folder of a JDK or JRE
   * @param flags of the JVM
   * @param invoker the jar of the Functions Framework's invoker
   */
  public record Machine(Path home, List<String> flags, Path invoker) {
    /** Copies the flags. */
    public Machine {
      flags = List.copyOf(flags);
    }

    /** The Java of this process, with the heap of a small instance. */
    public static Machine running(Path invoker) {
      return new Machine(Path.of(System.getProperty("java.home")), List.of("-Xmx384m"), invoker);
    }

    private List<String> command(List<String> arguments) {
      List<String> command = new ArrayList<>();
      command.add(home.resolve("bin").resolve("java").toString());
      command.addAll(flags);
      command.addAll(arguments);
      return command;
    }
  }

  /**
   * Starts a function and waits until it responds.
   *
   * @param directory the deployed directory
   * @param target the class
   * @param signature {@code http} or {@code cloudevent}
   * @param settings the whole environment, except target, signature and port
   * @param logs a folder for its output
   * @throws IOException with its output, if it did not start
   */
  public static FunctionProcess start(
      Machine machine,
      Path directory,
      String target,
      String signature,
      Map<String, String> settings,
      Path logs)
      throws IOException, InterruptedException {
    FunctionProcess started = begin(machine, directory, target, signature, settings, logs);
    try {
      started.awaitAnswer();
      return started;
    } catch (IOException | InterruptedException | RuntimeException | Error e) {
      started.close();
      throw e;
    }
  }

  /**
   * Starts a function like {@link #start}, but does not wait.
   *
   * @throws IOException if the process cannot be started
   */
  public static FunctionProcess begin(
      Machine machine,
      Path directory,
      String target,
      String signature,
      Map<String, String> settings,
      Path logs)
      throws IOException {
    return begin(
        machine.command(
            List.of(
                "-jar", machine.invoker().toString(), "--classpath", directory.resolve("*") + "")),
        target,
        signature,
        settings,
        logs);
  }

  /**
   * Starts a function as a container does, by its start script. Does not wait.
   *
   * @param home the folder of a JDK
   * @param container see {@link FunctionContainer}
   * @param settings the whole environment, except target, signature, port and {@code JAVA_HOME}
   * @throws IOException if the process cannot be started
   */
  public static FunctionProcess begin(
      Path home,
      FunctionContainer container,
      String target,
      String signature,
      Map<String, String> settings,
      Path logs)
      throws IOException {
    Map<String, String> environment = new HashMap<>(settings);
    environment.put("JAVA_HOME", home.toString());
    return begin(
        List.of("/bin/sh", container.startScript().toString()),
        target,
        signature,
        environment,
        logs);
  }

  private static FunctionProcess begin(
      List<String> command,
      String target,
      String signature,
      Map<String, String> settings,
      Path logs)
      throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Path log = logs.resolve(target + ".log");
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().clear();
    builder.environment().putAll(settings);
    builder.environment().put("FUNCTION_TARGET", target);
    builder.environment().put("FUNCTION_SIGNATURE_TYPE", signature);
    builder.environment().put("PORT", String.valueOf(port));
    builder.redirectErrorStream(true).redirectOutput(log.toFile());
    Process process = builder.start();
    // Stopping the tests or a measurement stops the process too.
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    return new FunctionProcess(process, port, log);
  }

  private void awaitAnswer() throws IOException, InterruptedException {
    long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
    while (true) {
      try {
        CLIENT.send(
            HttpRequest.newBuilder(at("/health/live")).build(),
            HttpResponse.BodyHandlers.discarding());
        return;
      } catch (ConnectException e) {
        if (!process.isAlive() || System.nanoTime() > deadline) {
          throw new IOException("it did not start:\n" + printed(), e);
        }
        Thread.onSpinWait();
        process.waitFor(50, TimeUnit.MILLISECONDS);
      }
    }
  }

  /** The URI of a path of this function. */
  public URI at(String path) {
    return URI.create("http://127.0.0.1:" + port + path);
  }

  /** The process id. */
  public long pid() {
    return process.pid();
  }

  /** The port on 127.0.0.1. */
  public int port() {
    return port;
  }

  /** Whether the process is running. */
  public boolean isAlive() {
    return process.isAlive();
  }

  /** Its processor time so far; zero if the system does not report it. */
  public Duration processorTime() {
    return process.info().totalCpuDuration().orElse(Duration.ZERO);
  }

  /**
   * Its whole output so far.
   *
   * @throws IOException if it cannot be read
   */
  public String printed() throws IOException {
    return Files.readString(log);
  }

  /**
   * Stops the process as the platform does, with SIGTERM, and waits until it has ended.
   *
   * @return whether it has ended within the time
   */
  public boolean stop(Duration timeout) throws InterruptedException {
    process.destroy();
    return process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS);
  }

  /**
   * The exit code; 128 plus the number of the signal that ended it.
   *
   * @throws IllegalThreadStateException if it has not ended
   */
  public int exitCode() {
    return process.exitValue();
  }

  /** Stops the process like {@link #stop}, and by force after a timeout. */
  @Override
  public void close() {
    try {
      if (!stop(STOP_TIMEOUT)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
