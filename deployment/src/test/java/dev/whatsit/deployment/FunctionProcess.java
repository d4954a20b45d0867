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
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A deployed function as the platform runs it: the invoker's jar as a process of its own, that is
 * told the folder by an argument, and target, signature and port by the environment.
 */
final class FunctionProcess implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration GRACE = Duration.ofSeconds(30);
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
   * Starts one and waits until it is alive.
   *
   * @param flags for its JVM
   * @param signature {@code http} or {@code cloudevent}
   * @param settings the whole environment, beside target, signature and port
   * @param logs a folder for what it prints
   */
  static FunctionProcess start(
      Platform platform,
      List<String> flags,
      DeployedFunction function,
      String target,
      String signature,
      Map<String, String> settings,
      Path logs)
      throws IOException, InterruptedException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Path log = logs.resolve(target + ".log");
    List<String> command = new ArrayList<>();
    command.add(platform.command().toString());
    command.addAll(flags);
    command.addAll(
        List.of(
            "-jar", platform.invokerJar().toString(), "--classpath", function.directory() + "/*"));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().clear();
    builder.environment().putAll(settings);
    builder.environment().put("FUNCTION_TARGET", target);
    builder.environment().put("FUNCTION_SIGNATURE_TYPE", signature);
    builder.environment().put("PORT", String.valueOf(port));
    builder.redirectErrorStream(true).redirectOutput(log.toFile());
    Process process = builder.start();
    // Whoever stops the tests stops it too.
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    FunctionProcess started = new FunctionProcess(process, port, log);
    try {
      started.awaitAnswer();
      return started;
    } catch (IOException | InterruptedException | RuntimeException | Error e) {
      started.close();
      throw e;
    }
  }

  private void awaitAnswer() throws IOException, InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        CLIENT.send(
            HttpRequest.newBuilder(at("/health/live")).build(),
            HttpResponse.BodyHandlers.discarding());
        return;
      } catch (ConnectException e) {
        if (!process.isAlive() || System.nanoTime() > deadline) {
          throw new IOException("it did not start:\n" + Files.readString(log), e);
        }
        Thread.onSpinWait();
        process.waitFor(50, TimeUnit.MILLISECONDS);
      }
    }
  }

  /** An address of this function. */
  URI at(String path) {
    return URI.create("http://127.0.0.1:" + port + path);
  }

  long pid() {
    return process.pid();
  }

  /** Everything that it has printed. */
  String printed() throws IOException {
    return Files.readString(log);
  }

  /** Ends it as the platform does, with SIGTERM. */
  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(GRACE.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
