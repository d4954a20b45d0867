package dev.whatsit.benchmarks.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A child JVM with this one's class path. Its output goes to a file, so that nothing must read it
 * during a measurement.
 */
final class Child implements AutoCloseable {
  private static final Duration STOP = Duration.ofSeconds(40);
  private static final int LOOK_MILLIS = 20;

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
    if (!heap.matches("[1-9][0-9]*[mg]")) {
      throw new IllegalArgumentException("--heap is " + heap + ", must be like 512m or 2g");
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx" + heap);
    String samples = System.getProperty("benchmark.samples");
    if (samples != null) {
      command.add("-Dbenchmark.samples=" + samples);
    }
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(mainClass);
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    builder.redirectErrorStream(true).redirectOutput(output.toFile());
    return new Child(builder.start(), output);
  }

  /**
   * Waits until its output matches a pattern.
   *
   * @return the match
   * @throws IOException with its whole output, if it ends first or on a timeout
   */
  Matcher awaitLine(Pattern pattern, Duration longest) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + longest.toNanos();
    while (true) {
      boolean alive = process.isAlive();
      Optional<Matcher> found = find(pattern);
      if (found.isPresent()) {
        return found.get();
      }
      if (!alive || System.nanoTime() - deadline > 0) {
        throw new IOException("the child did not come so far:\n" + Files.readString(output));
      }
      process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private Optional<Matcher> find(Pattern pattern) throws IOException {
    for (String line : Files.readAllLines(output)) {
      Matcher matcher = pattern.matcher(line);
      if (matcher.find()) {
        return Optional.of(matcher);
      }
    }
    return Optional.empty();
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
      if (!process.waitFor(STOP.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
