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
 * A virtual machine of its own on this one's class path, whose output goes to a file: nobody has to
 * read it while something is measured.
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
   * Starts one.
   *
   * @param heap as {@code -Xmx} takes it
   * @param output the file for what it prints
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
   * Waits until it has printed something.
   *
   * @return the match
   * @throws IOException with all that it printed, when it ends or time is up before
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

  /** The processor time that it has used, where the system tells it; else zero. */
  Duration processorTime() {
    return process.info().totalCpuDuration().orElse(Duration.ZERO);
  }

  /** Ends it, and waits for that. */
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
