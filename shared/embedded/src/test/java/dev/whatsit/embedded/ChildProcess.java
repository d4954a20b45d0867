package dev.whatsit.embedded;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A Java process of its own that runs a main class of this module's tests. */
final class ChildProcess implements AutoCloseable {
  private final Process process;
  private final BufferedReader lines;

  ChildProcess(Class<?> main, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of("-Xmx128m", "-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(List.of(arguments));
    process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    lines =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  /** The next line that was written whole, or empty at the end. */
  Optional<String> line() throws IOException {
    String line = lines.readLine();
    // A killed process may leave half a line.
    return line != null && line.endsWith(";")
        ? Optional.of(line.substring(0, line.length() - 1))
        : Optional.empty();
  }

  /** Tells the process to go on. */
  void send(String line) throws IOException {
    process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().flush();
  }

  /** Ends it as kill -9 does, and waits until it is gone. */
  void kill() throws InterruptedException {
    // Process.destroyForcibly would close the stream too, with what is still to be read.
    process.toHandle().destroyForcibly();
    if (!process.waitFor(1, TimeUnit.MINUTES)) {
      throw new IllegalStateException("the child process outlived its killing");
    }
  }

  int exitCode() throws InterruptedException {
    if (!process.waitFor(1, TimeUnit.MINUTES)) {
      throw new IllegalStateException("the child process did not end");
    }
    return process.exitValue();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  /** Writes a line, from the child, in one piece. */
  static synchronized void say(String line) {
    System.out.println(line + ";");
    System.out.flush();
  }
}
