package dev.whatsit.benchmarks.load;

import dev.whatsit.benchmarks.Photos;
import dev.whatsit.local.Main;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A child JVM with this one's class path. Its output goes to a file, so that nothing must read it
 * during a measurement.
 */
final class Child implements AutoCloseable {
  private static final int STOP_TIMEOUT_SECONDS = 40;
  private static final int POLL_MILLIS = 20;

  private final Process process;
  private final Path output;

  private Child(Process process, Path output) {
    this.process = process;
    this.output = output;
  }

  /**
   * Starts a child JVM.
   *
   * @param heap in the format of {@code -Xmx}
   * @param output the file for its output
   */
  static Child start(
      String heap,
      Map<String, String> environment,
      Path output,
      String mainClass,
      String... arguments)
      throws IOException {
    return start(
        heap, System.getProperty("java.class.path"), environment, output, mainClass, arguments);
  }

  private static Child start(
      String heap,
      String classPath,
      Map<String, String> environment,
      Path output,
      String mainClass,
      String... arguments)
      throws IOException {
    if (!heap.matches("[1-9][0-9]*[mg]")) {
      throw new IllegalArgumentException("--heap is " + heap + ", must be like 512m or 2g");
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx" + heap);
    command.add("-Dbenchmark.samples=" + Photos.samples());
    command.add("-cp");
    command.add(classPath);
    command.add(mainClass);
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    builder.redirectErrorStream(true).redirectOutput(output.toFile());
    return new Child(builder.start(), output);
  }

  /**
   * Starts the whole of Whatsit on a free port.
   *
   * @param folder for the folder {@code data}, which may exist, and the file {@code server.log}
   */
  static Child startServer(Path folder, String heap) throws IOException {
    return startServer(folder, heap, System.getProperty("java.class.path"));
  }

  /** As above, of another build. */
  static Child startServer(Path folder, String heap, String classPath) throws IOException {
    return start(
        heap,
        classPath,
        Map.of(
            "WHATSIT_DATA", folder.resolve("data").toString(), "PORT", "0", "LOG_FORMAT", "json"),
        folder.resolve("server.log"),
        Main.class.getName());
  }

  /** The address of the server in this process, when it listens. */
  String awaitUrl() throws IOException, InterruptedException {
    Pattern listens = Pattern.compile("^Whatsit listens on http://.*:(\\d+)$");
    return "http://127.0.0.1:" + awaitLine(listens, Duration.ofSeconds(60)).group(1);
  }

  /**
   * Waits until its output matches a pattern.
   *
   * @return the match
   * @throws IOException with its whole output, if it ends first or on a timeout
   */
  Matcher awaitLine(Pattern pattern, Duration timeout) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (true) {
      boolean alive = process.isAlive();
      for (String line : Files.readAllLines(output)) {
        Matcher matcher = pattern.matcher(line);
        if (matcher.find()) {
          return matcher;
        }
      }
      if (!alive || System.nanoTime() - deadline > 0) {
        throw new IOException("no " + pattern + " in:\n" + Files.readString(output));
      }
      process.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  /** Its processor time so far; zero if the system does not report it. */
  Duration processorTime() {
    return process.info().totalCpuDuration().orElse(Duration.ZERO);
  }

  /** Stops it, and waits until it has ended. */
  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(STOP_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
