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
import java.util.concurrent.TimeUnit;

/** A Java process: Whatsit as a user starts it, or the example receiver of callbacks. */
final class ChildProcess implements AutoCloseable {
  private static final String WHATSIT_READY = "Whatsit listens on http";
  private static final String RECEIVER_READY = "receiving at http://localhost:";
  private static final String JAVA =
      Path.of(System.getProperty("java.home"), "bin", "java").toString();
  private static final Duration TIMEOUT = Duration.ofMinutes(2);

  private final Process process;
  private final String readyLine;
  private final List<String> lines = new ArrayList<>();
  private final Thread reader;
  private boolean ended;

  private ChildProcess(Process process, String readyLine) {
    this.process = process;
    this.readyLine = readyLine;
    this.reader = new Thread(this::read, "child-output");
    reader.setDaemon(true);
    reader.start();
  }

  /** Starts Whatsit, without waiting until it listens. */
  static ChildProcess start(
      Path data, Map<String, String> settings, List<String> options, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(JAVA);
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
    return new ChildProcess(builder.start(), WHATSIT_READY);
  }

  /** Starts {@code examples/receiver/Receiver.java} as its comment says, on a port, 0 for any. */
  static ChildProcess startReceiver(int port, String secret) throws IOException {
    Path source = Path.of("..", "examples", "receiver", "Receiver.java");
    return new ChildProcess(
        new ProcessBuilder(JAVA, source.toString(), Integer.toString(port), secret)
            .redirectErrorStream(true)
            .start(),
        RECEIVER_READY);
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
      }
    } catch (IOException e) {
      // The process was killed.
    }
    synchronized (lines) {
      ended = true;
      lines.notifyAll();
    }
  }

  /** Waits until the process listens, and returns its port. */
  int port() throws InterruptedException {
    String line = awaitLine(readyLine);
    return Integer.parseInt(line.substring(line.lastIndexOf(':') + 1).replace("/", ""));
  }

  /** The lines printed so far, on both streams. */
  List<String> output() {
    synchronized (lines) {
      return List.copyOf(lines);
    }
  }

  /** Waits for a line with this beginning and returns it. */
  String awaitLine(String beginning) throws InterruptedException {
    long deadline = System.nanoTime() + TIMEOUT.toNanos();
    synchronized (lines) {
      while (true) {
        for (String line : lines) {
          if (line.startsWith(beginning)) {
            return line;
          }
        }
        long left = deadline - System.nanoTime();
        if (ended || left <= 0) {
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
    reader.join(TIMEOUT.toMillis());
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
    if (!process.waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
      throw new AssertionError("does not end: " + output());
    }
    reader.join(TIMEOUT.toMillis());
    return process.exitValue();
  }

  @Override
  public void close() throws InterruptedException {
    kill();
  }
}
