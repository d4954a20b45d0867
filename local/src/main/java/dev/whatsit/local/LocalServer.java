package dev.whatsit.local;

import dev.whatsit.batch.BatchFunction;
import dev.whatsit.control.ControlFunction;
import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.backend.ClassifierProvider;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.http.CompletionWaiter;
import dev.whatsit.http.HttpService;
import dev.whatsit.http.MemoryBudget;
import dev.whatsit.local.dispatch.Sweeper;
import dev.whatsit.local.functions.InProcessServer;
import dev.whatsit.local.gateway.Gateway;
import dev.whatsit.local.metrics.LocalMetrics;
import dev.whatsit.logging.EventLog;
import dev.whatsit.logging.Labels;
import dev.whatsit.status.StatusFunction;
import dev.whatsit.submission.QueueLimit;
import dev.whatsit.sweep.SweepFunction;
import dev.whatsit.upload.UploadFunction;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/**
 * Runs all of Whatsit in this process: the HTTP functions on the gateway's server, the message
 * deliveries to the event functions and the sweep's timer. Several servers can run in one process,
 * each with its own data folder and port. This is the composition root of the module; {@link
 * Platform} has what differs between platforms.
 */
public final class LocalServer implements AutoCloseable {
  /** How long {@link #close} waits for requests and deliveries in flight. */
  static final Duration DRAIN = Duration.ofSeconds(20);

  /** The thumbnail function's minimum decode budget, in bytes. */
  private static final long MIN_BUDGET = 16L << 20;

  /** The HTTP functions, by the names that routes and readiness give them. */
  private static final SortedMap<String, BiFunction<Map<String, String>, Backend, HttpService>>
      HTTP_FUNCTIONS =
          new TreeMap<>(
              Map.of(
                  "upload",
                  UploadFunction::new,
                  "status",
                  StatusFunction::new,
                  "control",
                  ControlFunction::new,
                  "batch",
                  BatchFunction::new,
                  Sweeper.FUNCTION,
                  SweepFunction::new));

  private static final EventLog LOG = EventLog.of(LocalServer.class);

  private final Gateway gateway;
  private final Map<String, String> functionSettings;

  /** Actions that stop the gateway, the deliveries and the sweeper; run in parallel. */
  private final List<Runnable> stops;

  /** Closed after the stops have run. */
  private final CloseableStack rest;

  private LocalServer(
      Gateway gateway,
      Map<String, String> functionSettings,
      List<Runnable> stops,
      CloseableStack rest) {
    this.gateway = gateway;
    this.functionSettings = functionSettings;
    this.stops = stops;
    this.rest = rest;
  }

  /**
   * Starts everything on the embedded backend. Work that was in flight when the previous process
   * ended continues at once.
   *
   * @param environment settings of this server, of the functions and of the embedded backend
   * @throws InvalidSettings naming every wrong setting of any part
   * @throws IOException if the port cannot be listened on
   */
  public static LocalServer start(Map<String, String> environment) throws IOException {
    return start(environment, new EmbeddedPlatform());
  }

  /**
   * Starts everything.
   *
   * @param environment settings of this server, of the functions and of the platform
   * @param platform not open yet; closed with the server, or if the start fails
   * @throws InvalidSettings naming every wrong setting of any part
   * @throws IllegalStateException if the platform lacks a prerequisite on this machine
   * @throws IOException if the port cannot be listened on
   */
  static LocalServer start(Map<String, String> environment, Platform platform) throws IOException {
    Map<String, String> values = new HashMap<>(environment);
    values.putIfAbsent(ClassifierProvider.SETTING, "onnx");
    // One process holds all waiting requests, which many instances share on Google Cloud.
    values.putIfAbsent(CompletionWaiter.SETTING, "50");
    // Classification is slower than uploads; on Google Cloud it grows with them.
    values.putIfAbsent(QueueLimit.SETTING, Integer.toString(QueueLimit.MAX));
    // A tenth of the heap: the other functions need the rest.
    long heap = Runtime.getRuntime().maxMemory();
    values.putIfAbsent("THUMBNAIL_BUDGET_BYTES", Long.toString(Math.max(MIN_BUDGET, heap / 10)));
    CloseableStack opened = new CloseableStack();
    try {
      return start(values, opened.keep(platform), opened);
    } catch (IOException | RuntimeException | Error e) {
      opened.closeAfter(e);
      throw e;
    }
  }

  private static LocalServer start(
      Map<String, String> given, Platform platform, CloseableStack opened) throws IOException {
    Clock clock = Clock.systemUTC();
    Settings settings = Settings.of(given);
    LocalSettings local = LocalSettings.read(settings, platform.sweepInterval());
    settings.collect(
        () -> {
          platform.open(Settings.of(given), clock);
          return platform;
        });
    Map<String, String> values = CallbackSecret.in(platform.functionSettings(given), settings);
    Backend backend = platform.backend();
    Map<String, HttpService> functions = new TreeMap<>();
    HTTP_FUNCTIONS.forEach(
        (name, building) -> {
          HttpService function = settings.collect(() -> building.apply(values, backend));
          if (function != null) {
            functions.put(name, opened.keep(function));
          }
        });
    Deliveries deliveries = settings.collect(() -> platform.deliveries(values, local, clock));
    opened.keepNullable(deliveries);
    settings.verify();
    if (deliveries == null) {
      throw new IllegalStateException("a part is missing although no setting is wrong");
    }

    LocalMetrics metrics = new LocalMetrics();
    InProcessServer server = opened.keep(new InProcessServer());
    HttpService sweep = Objects.requireNonNull(functions.remove(Sweeper.FUNCTION));
    server.mount(Sweeper.FUNCTION, sweep);
    deliveries.mount(server, metrics);
    server.start();
    MemoryBudget multipartBudget = new MemoryBudget(local.multipartBudget());
    metrics.gauge(
        "whatsit_upload_bytes_in_flight",
        "Bytes that images take in the upload function.",
        Objects.requireNonNull(functions.get("upload"))::bytesInFlight);
    metrics.gauge(
        "whatsit_multipart_bytes_in_flight",
        "Bytes that multipart bodies take, all copies counted.",
        multipartBudget::used);
    metrics.gauge(
        "whatsit_deliveries_in_flight", "Deliveries not answered yet.", deliveries::inFlight);
    Map<String, Supplier<Map<String, Boolean>>> health = new HashMap<>(deliveries.health());
    health.put(Sweeper.FUNCTION, sweep::health);
    Gateway gateway =
        Gateway.start(
            new Gateway.Parts(
                functions,
                health,
                deliveries::areGoingOn,
                platform.content(),
                multipartBudget,
                local.uploadTime(),
                local.connectionsPerPeer(),
                local.hosts(),
                local.key(),
                local.origins(),
                metrics,
                clock),
            local.addresses(),
            local.port(),
            DRAIN);
    try {
      deliveries.start();
    } catch (RuntimeException e) {
      gateway.close();
      throw e;
    }
    Sweeper sweeper =
        Sweeper.start(
            server,
            local.sweepInterval(),
            DRAIN,
            () -> {
              platform.removeExpired(clock.instant());
              // Some libraries are loaded when they are needed first.
              TemporaryLibraries.delete();
            });
    TemporaryLibraries.delete();
    List<Runnable> stops = new ArrayList<>(deliveries.stops());
    stops.add(gateway::close);
    stops.add(sweeper::close);
    return new LocalServer(gateway, values, stops, opened);
  }

  /** The port that the gateway listens on. */
  public int port() {
    return gateway.port();
  }

  /** The settings that the functions were built with. */
  Map<String, String> functionSettings() {
    return functionSettings;
  }

  /**
   * Stops accepting requests and messages, waits for those in flight for a bounded time, and closes
   * everything. Unfinished work is resumed after the next start.
   */
  @Override
  public void close() {
    // In parallel: none depends on another.
    List<Thread> stopping = stops.stream().map(LocalServer::stopping).toList();
    stopping.forEach(Thread::start);
    boolean interrupted = false;
    for (Thread stop : stopping) {
      try {
        stop.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    rest.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static Thread stopping(Runnable stop) {
    return new Thread(
        () -> {
          try {
            stop.run();
          } catch (RuntimeException e) {
            LOG.warning("not stopped in order", Labels.NONE, e);
          }
        },
        "stop");
  }
}
