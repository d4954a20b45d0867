package dev.whatsit.emulators;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An emulator that is ready. {@link #close} stops it if it was started here, and does nothing if it
 * was already running. A started emulator also ends with the process that started it, however that
 * ends. Thread-safe.
 */
public final class RunningEmulator implements AutoCloseable {
  private static final String LOOPBACK = "127.0.0.1";
  private static final Duration MAX_START = Duration.ofMinutes(1);
  private static final Duration PAUSE = Duration.ofMillis(50);
  private static final Duration MAX_STOP = Duration.ofSeconds(10);

  /**
   * The number of start attempts: another process may take the free port before the emulator
   * listens on it.
   */
  private static final int STARTS = 3;

  private final String hostPort;
  private final @Nullable Child child;

  private RunningEmulator(String hostPort, @Nullable Child child) {
    this.hostPort = hostPort;
    this.child = child;
  }

  static RunningEmulator named(Emulator emulator, String hostPort) {
    try {
      if (!new Probe(hostPort).answers()) {
        throw new IllegalStateException(
            emulator.hostVariable() + " is " + hostPort + ", where nothing answers");
      }
    } catch (URISyntaxException e) {
      throw new IllegalStateException(
          emulator.hostVariable() + " is " + hostPort + ", must be like 127.0.0.1:8085", e);
    }
    return new RunningEmulator(hostPort, null);
  }

  static RunningEmulator launch(Emulator emulator, Path jar) {
    Child last = null;
    for (int i = 0; i < STARTS; i++) {
      int port = freePort();
      String hostPort = LOOPBACK + ":" + port;
      last = Child.start(emulator, jar, port);
      boolean ready = false;
      try {
        ready = last.awaitReady(hostPort);
      } finally {
        if (!ready) {
          last.stop();
        }
      }
      if (ready) {
        return new RunningEmulator(hostPort, last);
      }
    }
    throw new IllegalStateException(
        "the " + emulator.component() + " does not start: " + (last == null ? "" : last.tail()));
  }

  /** The address as {@code host:port}, the format of Google's clients. */
  public String hostPort() {
    return hostPort;
  }

  /** Whether it was started here, so that {@link #close} stops it. */
  public boolean isOwn() {
    return child != null;
  }

  /** The id of the process that was started here, for tests; -1 if none was started. */
  long pid() {
    return child == null ? -1 : child.process.pid();
  }

  /**
   * Suspends the process that was started here: its connections stay open, and it does not respond
   * until {@link #resume()}.
   *
   * @throws IllegalStateException if it was not started here, or the system has no such signals
   */
  public void suspend() {
    signal("-STOP");
  }

  /** Resumes the process, which then reads the requests that were sent in between. */
  public void resume() {
    signal("-CONT");
  }

  private void signal(String signal) {
    if (child == null) {
      throw new IllegalStateException("the emulator at " + hostPort + " was not started here");
    }
    try {
      Process kill = new ProcessBuilder("kill", signal, Long.toString(pid())).start();
      if (kill.waitFor() != 0) {
        throw new IllegalStateException("kill " + signal + " " + pid() + " failed");
      }
    } catch (IOException e) {
      throw new IllegalStateException("cannot run kill", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the emulator got a signal", e);
    }
  }

  /** Stops the emulator if it was started here, and waits until it has ended. */
  @Override
  public void close() {
    if (child != null) {
      child.stop();
    }
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new IllegalStateException("no free port on " + LOOPBACK, e);
    }
  }

  /** The emulator's process, and the last lines that it printed. */
  private static final class Child {
    private static final int KEPT_LINES = 40;

    private final Process process;
    private final Deque<String> lines = new ArrayDeque<>();

    private Child(Process process) {
      this.process = process;
    }

    static Child start(Emulator emulator, Path jar, int port) {
      List<String> command =
          List.of(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              // Halves the start time, and leaves processors to the tests.
              "-XX:TieredStopAtLevel=1",
              "-XX:+UseSerialGC",
              // As in the SDK's start script: the emulator's messages exist only in English.
              "-Duser.language=en",
              "-cp",
              jar + System.getProperty("path.separator") + ownClasses(),
              ParentProcessWatchdog.class.getName(),
              emulator.mainClass(jar),
              "--host=" + LOOPBACK,
              "--port=" + port);
      ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
      // These options are for this process only, and the child's JVM would print them.
      builder.environment().remove("JAVA_TOOL_OPTIONS");
      builder.environment().remove("JDK_JAVA_OPTIONS");
      Child child;
      try {
        child = new Child(builder.start());
      } catch (IOException e) {
        throw new IllegalStateException("cannot start " + command.get(0), e);
      }
      Thread reader = new Thread(child::read, emulator.component() + "-output");
      reader.setDaemon(true);
      reader.start();
      return child;
    }

    private static Path ownClasses() {
      try {
        return Path.of(
            ParentProcessWatchdog.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
      } catch (URISyntaxException e) {
        throw new IllegalStateException(
            "cannot tell where " + ParentProcessWatchdog.class + " came from", e);
      }
    }

    private void read() {
      try (BufferedReader in =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
        for (String line = in.readLine(); line != null; line = in.readLine()) {
          synchronized (lines) {
            lines.addLast(line);
            if (lines.size() > KEPT_LINES) {
              lines.removeFirst();
            }
          }
        }
      } catch (IOException e) {
        // The process was stopped.
      }
    }

    String tail() {
      synchronized (lines) {
        return String.join("\n", lines);
      }
    }

    /** Waits until the emulator is ready; false when the process has ended. */
    boolean awaitReady(String hostPort) {
      long deadline = System.nanoTime() + MAX_START.toNanos();
      try {
        Probe probe = new Probe(hostPort);
        while (!probe.answers()) {
          if (process.waitFor(PAUSE.toMillis(), TimeUnit.MILLISECONDS)) {
            return false;
          }
          if (System.nanoTime() > deadline) {
            throw new IllegalStateException(
                "no answer on " + hostPort + " within " + MAX_START + ": " + tail());
          }
        }
        return process.isAlive();
      } catch (URISyntaxException e) {
        throw new IllegalStateException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while the emulator started", e);
      }
    }

    void stop() {
      ProcessHandle handle = process.toHandle();
      handle.destroyForcibly();
      try {
        if (!process.waitFor(MAX_STOP.toMillis(), TimeUnit.MILLISECONDS)) {
          throw new IllegalStateException("process " + handle.pid() + " outlived its killing");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Sends {@code GET /}, to which both emulators respond with 200 when they are ready. */
  private static final class Probe {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private final HttpRequest request;
    private final HttpClient client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(TIMEOUT)
            .proxy(HttpClient.Builder.NO_PROXY)
            .build();

    Probe(String hostPort) throws URISyntaxException {
      URI uri = new URI("http://" + hostPort + "/");
      if (uri.getHost() == null || uri.getPort() < 0) {
        throw new URISyntaxException(hostPort, "no host and port");
      }
      request = HttpRequest.newBuilder(uri).timeout(TIMEOUT).build();
    }

    boolean answers() {
      try {
        return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
      } catch (IOException e) {
        return false;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while an emulator was asked", e);
      }
    }
  }
}
