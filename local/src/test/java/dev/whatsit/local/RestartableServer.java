package dev.whatsit.local;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Runs several servers in sequence on the same data, each in its own process that can be killed. A
 * thread that needs a client between two servers waits for the next. Only one thread may start and
 * kill servers; any thread may call {@link #awaitClient} and {@link #awaitKills}.
 */
final class RestartableServer implements AutoCloseable {
  private final Path data;
  private final Map<String, String> settings;
  private final List<String> log = new ArrayList<>();
  private final Object lock = new Object();
  private @Nullable ChildProcess child;
  private @Nullable Client client;
  private int kills;

  RestartableServer(Path data, Map<String, String> settings) {
    this.data = data;
    this.settings = settings;
  }

  /** Starts the next server and waits until it listens. */
  void start() throws IOException, InterruptedException {
    ChildProcess next = ChildProcess.start(data, settings, List.of("-Xmx512m"));
    child = next;
    int port = next.port();
    synchronized (lock) {
      client = new Client(port);
      lock.notifyAll();
    }
  }

  /** Kills the running server. */
  void kill() throws InterruptedException {
    ChildProcess killed = child;
    if (killed == null) {
      throw new IllegalStateException("no server runs");
    }
    synchronized (lock) {
      client = null;
    }
    killed.kill();
    log.addAll(killed.output());
    child = null;
    synchronized (lock) {
      kills++;
      lock.notifyAll();
    }
  }

  /** Stops the running server gracefully. */
  void stop() throws InterruptedException {
    ChildProcess stopped = child;
    if (stopped == null) {
      throw new IllegalStateException("no server runs");
    }
    stopped.terminate();
    stopped.exitCode();
    log.addAll(stopped.output());
    child = null;
  }

  /** A client of the running server; waits for the next one if none runs. */
  Client awaitClient() throws InterruptedException {
    synchronized (lock) {
      while (client == null) {
        lock.wait();
      }
      return client;
    }
  }

  /** Waits until this many servers were killed. */
  void awaitKills(int count) throws InterruptedException {
    synchronized (lock) {
      while (kills < count) {
        lock.wait();
      }
    }
  }

  /** The output of the servers that have exited. */
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
