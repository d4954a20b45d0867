package dev.whatsit.local;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Runs {@code examples/receiver/Receiver.java} as its comment says. */
final class ReceiverProcess implements AutoCloseable {
  private static final String READY = "receiving at http://localhost:";

  private final Process process;
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final int port;

  private ReceiverProcess(Process process, BufferedReader out) throws IOException {
    this.process = process;
    String first = out.readLine();
    if (first == null || !first.startsWith(READY)) {
      throw new IOException("not started: " + first);
    }
    this.port = Integer.parseInt(first.substring(READY.length()).replace("/", ""));
    Thread reader = new Thread(() -> out.lines().forEach(lines::add), "receiver");
    reader.setDaemon(true);
    reader.start();
  }

  /** Starts it on a port, 0 for any. */
  static ReceiverProcess start(int port, String secret) throws IOException {
    Path module = Path.of(System.getProperty("basedir", "."));
    Path source = module.resolve("../examples/receiver/Receiver.java").normalize();
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                source.toString(),
                Integer.toString(port),
                secret)
            .redirectErrorStream(true)
            .start();
    BufferedReader out = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
    try {
      return new ReceiverProcess(process, out);
    } catch (IOException e) {
      process.destroyForcibly();
      throw e;
    }
  }

  int port() {
    return port;
  }

  /** The lines that it has printed, one per message. */
  List<String> lines() {
    return lines;
  }

  /** The messages about an image that had a valid signature and were no duplicates. */
  List<String> told(String hash) {
    return lines.stream()
        .filter(line -> line.startsWith("received msg_") && line.contains(hash))
        .map(line -> line.substring(line.indexOf('{')))
        .toList();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
