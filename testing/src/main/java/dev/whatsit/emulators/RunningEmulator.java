package dev.whatsit.emulators;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
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
  private static final Duration START_TIMEOUT = Duration.ofMinutes(1);
  private static final Duration PROBE_TIMEOUT = Duration.ofSeconds(5);
  private static final int STOP_TIMEOUT_SECONDS = 10;
  private static final int PAUSE_MILLIS = 50;
  private static final int KEPT_LINES = 40;

  private static final HttpClient CLIENT =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(PROBE_TIMEOUT)
          .proxy(HttpClient.Builder.NO_PROXY)
          .build();

  /** Another process may take the free port before the emulator listens on it. */
  private static final int MAX_STARTS = 3;

  private final String hostPort;
  private final @Nullable Process process;
  private final Deque<String> lastLines = new ArrayDeque<>();

  private RunningEmulator(String hostPort, @Nullable Process process) {
    this.hostPort = hostPort;
    this.process = process;
  }

  static RunningEmulator named(Emulator emulator, String hostPort) {
    URI uri;
    try {
      uri = new URI("http://" + hostPort + "/");
    } catch (URISyntaxException e) {
      uri = URI.create("/");
    }
    if (uri.getHost() == null || uri.getPort() < 0) {
      throw new IllegalStateException(
          emulator.hostVariable() + " is " + hostPort + ", must be like 127.0.0.1:8085");
    }
    RunningEmulator named = new RunningEmulator(hostPort, null);
    if (!named.responds()) {
      throw new IllegalStateException(
          emulator.hostVariable() + " is " + hostPort + ", where nothing answers");
    }
    return named;
  }

  static RunningEmulator launch(Emulator emulator, Path jar) {
    RunningEmulator started = start(emulator, jar);
    for (int i = 1; !started.awaitReady() && i < MAX_STARTS; i++) {
      started = start(emulator, jar);
    }
    if (!started.isAlive()) {
      throw new IllegalStateException(
          "the " + emulator.component() + " does not start: " + started.printed());
    }
    return started;
  }

  private static RunningEmulator start(Emulator emulator, Path jar) {
    try {
      int port = freePort();
      Path ownClasses =
          Path.of(
              RunningEmulator.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      ProcessBuilder builder =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  // Halves the start time, and leaves processors to the tests.
                  "-XX:TieredStopAtLevel=1",
                  "-XX:+UseSerialGC",
                  // As in the SDK's start script: the emulator's messages exist only in English.
                  "-Duser.language=en",
                  "-cp",
                  jar + File.pathSeparator + ownClasses,
                  ParentProcessWatchdog.class.getName(),
                  emulator.mainClass(),
                  "--host=127.0.0.1",
                  "--port=" + port)
              .redirectErrorStream(true);
      // These options are for this process only, and the child's JVM would print them.
      builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
      RunningEmulator started = new RunningEmulator("127.0.0.1:" + port, builder.start());
      Thread reader = new Thread(started::readOutput, emulator.component() + "-output");
      reader.setDaemon(true);
      reader.start();
      return started;
    } catch (IOException | URISyntaxException e) {
      throw new IllegalStateException("cannot start the " + emulator.component(), e);
    }
  }

  /** The address as {@code host:port}, the format of Google's clients. */
  public String hostPort() {
    return hostPort;
  }

  /** Whether it was started here, so that {@link #close} stops it. */
  public boolean isOwn() {
    return process != null;
  }

  /**
   * The id of the process that was started here.
   *
   * @throws IllegalStateException if it was not started here
   */
  long pid() {
    if (process == null) {
      throw new IllegalStateException("the emulator at " + hostPort + " was not started here");
    }
    return process.pid();
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
    try {
      Process kill = new ProcessBuilder("kill", signal, Long.toString(pid())).start();
      if (kill.waitFor() != 0) {
        throw new IllegalStateException("kill " + signal + " " + pid() + " failed");
      }
    } catch (IOException e) {
      throw new IllegalStateException("cannot run kill", e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  /** Stops the emulator if it was started here, and waits until it has ended. */
  @Override
  public void close() {
    if (process == null) {
      return;
    }
    process.toHandle().destroyForcibly();
    try {
      if (!process.waitFor(STOP_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException("process " + pid() + " did not end when killed");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private void readOutput() {
    if (process == null) {
      return;
    }
    try (BufferedReader in = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        synchronized (lastLines) {
          lastLines.addLast(line);
          if (lastLines.size() > KEPT_LINES) {
            lastLines.removeFirst();
          }
        }
      }
    } catch (IOException e) {
      // The process was stopped.
    }
  }

  private String printed() {
    synchronized (lastLines) {
      return String.join("\n", lastLines);
    }
  }

  private boolean isAlive() {
    return process != null && process.isAlive();
  }

  /** Waits until the emulator is ready; false when the process has ended. */
  private boolean awaitReady() {
    long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
    boolean ready = false;
    try {
      while (isAlive() && !ready) {
        ready = responds();
        if (!ready && System.nanoTime() > deadline) {
          throw new IllegalStateException(
              "no response from " + hostPort + " within " + START_TIMEOUT + ": " + printed());
        }
        TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
      }
      // Another process's server may have responded on this port.
      return isAlive();
    } catch (InterruptedException e) {
      throw interrupted(e);
    } finally {
      if (!ready) {
        close();
      }
    }
  }

  /** Sends {@code GET /}, to which both emulators respond with 200 when they are ready. */
  private boolean responds() {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://" + hostPort + "/"))
            .timeout(PROBE_TIMEOUT)
            .build();
    try {
      return CLIENT.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static IllegalStateException interrupted(InterruptedException cause) {
    Thread.currentThread().interrupt();
    return new IllegalStateException("interrupted while waiting for an emulator", cause);
  }
}
