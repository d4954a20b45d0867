package dev.whatsit.local;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Whatsit in its own process, as a user starts it. */
final class Child implements AutoCloseable {
  private static final String LISTENS = "Whatsit listens on ";
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final Process process;
  private final List<String> lines = new ArrayList<>();
  private final CountDownLatch listening = new CountDownLatch(1);
  private final Thread reader;

  private Child(Process process) {
    this.process = process;
    this.reader = new Thread(this::read, "child-output");
    reader.setDaemon(true);
    reader.start();
  }

  /** Starts the process, without waiting until it listens. */
  static Child start(
      Path data, Map<String, String> settings, List<String> options, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    // Without it a newer JDK warns of each native library.
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-cp");
    command.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.add(Main.class.getName());
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("WHATSIT_DATA", data.toString());
    builder.environment().put("PORT", "0");
    builder.environment().put("CLASSIFIER", "onnx");
    settings.forEach(
        (name, value) -> {
          // Google's Firestore client takes a blank variable as an emulator's address.
          if (value.isBlank()) {
            builder.environment().remove(name);
          } else {
            builder.environment().put(name, value);
          }
        });
    return new Child(builder.start());
  }

  private void read() {
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        synchronized (lines) {
          lines.add(line);
          lines.notifyAll();
        }
        if (line.startsWith(LISTENS)) {
          listening.countDown();
        }
      }
    } catch (IOException e) {
      // The process was killed.
    }
    listening.countDown();
  }

  /** Waits until the process listens, and returns its port. */
  int port() throws InterruptedException {
    if (!listening.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      throw new AssertionError("does not listen: " + output());
    }
    for (String line : output()) {
      if (line.startsWith(LISTENS)) {
        return Integer.parseInt(line.substring(line.lastIndexOf(':') + 1));
      }
    }
    throw new AssertionError("ended before it listened: " + output());
  }

  /** The lines printed so far, on both streams. */
  List<String> output() {
    synchronized (lines) {
      return List.copyOf(lines);
    }
  }

  /** Waits for a line with this beginning. */
  void awaitLine(String beginning) throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    synchronized (lines) {
      while (lines.stream().noneMatch(line -> line.startsWith(beginning))) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          throw new AssertionError("no line " + beginning + ": " + lines);
        }
        TimeUnit.NANOSECONDS.timedWait(lines, left);
      }
    }
  }

  /** Sends SIGKILL and waits for the exit. */
  void kill() throws InterruptedException {
    // Through its handle: Process.destroy would also close the output stream.
    process.toHandle().destroyForcibly();
    process.waitFor();
    reader.join(PATIENCE.toMillis());
  }

  /** Sends SIGTERM, without waiting for the exit. */
  void terminate() {
    process.toHandle().destroy();
  }

  /** The child processes that it has started. */
  List<ProcessHandle> children() {
    return process.children().toList();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Waits for its end. */
  int exitCode() throws InterruptedException {
    if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      throw new AssertionError("does not end: " + output());
    }
    reader.join(PATIENCE.toMillis());
    return process.exitValue();
  }

  @Override
  public void close() throws InterruptedException {
    kill();
  }
}
