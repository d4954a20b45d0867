package dev.whatsit.local;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One server after the other on the same data, each in a process of its own that is killed. Who
 * asks between two of them waits for the next. Begun and killed by one thread, asked by any.
 */
final class Lives implements AutoCloseable {
  private final Path data;
  private final Map<String, String> settings;
  private final Contract contract;
  private final List<String> log = new ArrayList<>();
  private final Object lock = new Object();
  private @Nullable Child child;
  private @Nullable Client client;
  private int kills;

  Lives(Path data, Map<String, String> settings, Contract contract) {
    this.data = data;
    this.settings = settings;
    this.contract = contract;
  }

  /** Starts the next one, and waits until it listens. */
  void begin() throws IOException, InterruptedException {
    Child next = Child.start(data, settings, List.of("-Xmx512m"));
    child = next;
    int port = next.port();
    synchronized (lock) {
      client = new Client(port, contract);
      lock.notifyAll();
    }
  }

  /** Ends the one that lives, at once. */
  void kill() throws InterruptedException {
    Child dying = child;
    if (dying == null) {
      throw new IllegalStateException("none lives");
    }
    synchronized (lock) {
      client = null;
    }
    dying.kill();
    log.addAll(dying.output());
    child = null;
    synchronized (lock) {
      kills++;
      lock.notifyAll();
    }
  }

  /** Ends the one that lives, in order. */
  void end() throws InterruptedException {
    Child ending = child;
    if (ending == null) {
      throw new IllegalStateException("none lives");
    }
    ending.terminate();
    ending.exitCode();
    log.addAll(ending.output());
    child = null;
  }

  /** A client of the one that lives, or of the next. */
  Client awaitClient() throws InterruptedException {
    synchronized (lock) {
      while (client == null) {
        lock.wait();
      }
      return client;
    }
  }

  /** Waits until so many were killed. */
  void awaitKills(int count) throws InterruptedException {
    synchronized (lock) {
      while (kills < count) {
        lock.wait();
      }
    }
  }

  /** What those printed that have ended. */
  List<String> log() {
    return log;
  }

  @Override
  public void close() throws InterruptedException {
    if (child != null) {
      kill();
    }
  }
}
