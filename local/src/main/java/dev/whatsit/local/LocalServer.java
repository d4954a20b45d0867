package dev.whatsit.local;

import dev.whatsit.classify.ClassifyFunction;
import dev.whatsit.control.ControlFunction;
import dev.whatsit.deadletter.DeadLetterFunction;
import dev.whatsit.domain.backend.Backends;
import dev.whatsit.domain.backend.ClassifierProvider;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.domain.settings.SettingsCheck;
import dev.whatsit.embedded.EmbeddedBackend;
import dev.whatsit.embedded.EmbeddedStores;
import dev.whatsit.embedded.QueueDepth;
import dev.whatsit.http.MemoryBudget;
import dev.whatsit.invoker.FunctionServer;
import dev.whatsit.local.dispatch.Dispatcher;
import dev.whatsit.local.dispatch.EventSender;
import dev.whatsit.local.dispatch.Sweeper;
import dev.whatsit.local.dispatch.Topic;
import dev.whatsit.local.functions.Guard;
import dev.whatsit.local.gateway.Gateway;
import dev.whatsit.local.metrics.LocalMetrics;
import dev.whatsit.logging.EventLog;
import dev.whatsit.logging.Labels;
import dev.whatsit.status.StatusFunction;
import dev.whatsit.sweep.SweepFunction;
import dev.whatsit.upload.UploadFunction;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Whatsit whole, in this process: the functions on the Functions Framework's invoker, the gateway
 * in front of them, and what calls them by itself: the dispatchers and the sweep's timer. Several
 * can run in one process, each with a data folder and a port of its own. The only place here that
 * puts parts together.
 */
public final class LocalServer implements AutoCloseable {
  /** How long requests and deliveries in flight are waited for. */
  private static final Duration DRAIN = Duration.ofSeconds(20);

  private static final EventLog LOG = EventLog.of(LocalServer.class);

  private final Gateway gateway;

  /** What calls functions by itself; closed together with the gateway. */
  private final List<AutoCloseable> callers;

  /** What is to be closed after gateway and callers, the newest first. */
  private final Deque<AutoCloseable> rest;

  private LocalServer(Gateway gateway, List<AutoCloseable> callers, Deque<AutoCloseable> rest) {
    this.gateway = gateway;
    this.callers = callers;
    this.rest = rest;
  }

  /**
   * Starts everything. Work that was under way when another process died goes on at once.
   *
   * @param environment settings of this server, of the functions and of the embedded backend
   * @throws InvalidSettings naming every wrong setting, whoever reads it
   * @throws IOException if the port cannot be listened on
   */
  public static LocalServer start(Map<String, String> environment) throws IOException {
    Map<String, String> values = new HashMap<>(environment);
    values.put(Backends.SETTING, "embedded");
    values.putIfAbsent(ClassifierProvider.SETTING, "onnx");
    Deque<AutoCloseable> opened = new ArrayDeque<>();
    try {
      return start(values, opened);
    } catch (IOException | RuntimeException | Error e) {
      closeAll(opened, e);
      throw e;
    }
  }

  private static LocalServer start(Map<String, String> values, Deque<AutoCloseable> opened)
      throws IOException {
    Clock clock = Clock.systemUTC();
    SettingsCheck problems = new SettingsCheck();
    Settings settings = Settings.of(values);
    LocalSettings local = LocalSettings.read(settings);
    problems.collect(
        () -> {
          settings.verify();
          return local;
        });
    EmbeddedBackend backend = new EmbeddedBackend();
    opened.push(backend);
    EmbeddedStores stores = problems.collect(() -> backend.stores(Settings.of(values)));
    if (stores != null) {
      stores.recover(clock.instant());
    }
    UploadFunction upload = problems.collect(() -> new UploadFunction(values, backend));
    keep(upload, opened);
    StatusFunction status = problems.collect(() -> new StatusFunction(values, backend));
    keep(status, opened);
    ClassifyFunction classify = problems.collect(() -> new ClassifyFunction(values, backend));
    keep(classify, opened);
    ControlFunction control = problems.collect(() -> new ControlFunction(values, backend));
    keep(control, opened);
    SweepFunction sweep = problems.collect(() -> new SweepFunction(values, backend));
    keep(sweep, opened);
    DeadLetterFunction deadLetter = problems.collect(() -> new DeadLetterFunction(values, backend));
    keep(deadLetter, opened);
    problems.verify();
    if (stores == null
        || upload == null
        || status == null
        || classify == null
        || control == null
        || sweep == null
        || deadLetter == null) {
      throw new IllegalStateException("a part is missing although no setting is wrong");
    }

    Guard guard = new Guard();
    FunctionServer uploadServer = FunctionServer.serve(guard.over(upload));
    opened.push(uploadServer);
    FunctionServer statusServer = FunctionServer.serve(guard.over(status));
    opened.push(statusServer);
    FunctionServer classifyServer = FunctionServer.serve(guard.over(classify));
    opened.push(classifyServer);
    FunctionServer controlServer = FunctionServer.serve(guard.over(control));
    opened.push(controlServer);
    FunctionServer sweepServer = FunctionServer.serve(guard.over(sweep));
    opened.push(sweepServer);
    FunctionServer deadLetterServer = FunctionServer.serve(guard.over(deadLetter));
    opened.push(deadLetterServer);
    EventSender sender =
        EventSender.start(
            guard,
            classifyServer.port(),
            Topic.WORK,
            local.concurrency(),
            local.times().function());
    opened.push(sender);
    EventSender deadLetterSender =
        EventSender.start(
            guard, deadLetterServer.port(), Topic.DEAD_LETTERS, 1, local.times().function());
    opened.push(deadLetterSender);

    LocalMetrics metrics = new LocalMetrics();
    MemoryBudget multipartBudget = new MemoryBudget(local.multipartBudget());
    Dispatcher dispatcher =
        new Dispatcher(
            stores.queue(),
            stores.records(),
            sender,
            metrics,
            clock,
            local.concurrency(),
            local.times().acknowledgement(),
            DRAIN);
    Dispatcher deadLetters =
        new Dispatcher(
            stores.queue().deadLetterSubscription(),
            stores.records(),
            deadLetterSender,
            metrics,
            clock,
            1,
            local.times().acknowledgement(),
            DRAIN);
    metrics.gauge(
        "whatsit_upload_bytes_in_flight",
        "Bytes that images take in the upload function.",
        upload::bytesInFlight);
    metrics.gauge(
        "whatsit_multipart_bytes_in_flight",
        "Bytes that multipart bodies take, all copies counted.",
        multipartBudget::used);
    metrics.gauge(
        "whatsit_deliveries_in_flight",
        "Deliveries not answered yet.",
        () -> dispatcher.inFlight() + deadLetters.inFlight());
    metrics.gauges(
        "whatsit_queue_messages",
        "Messages by what they wait for.",
        "state",
        () -> depth(stores.queue().depth(clock.instant())));
    Gateway gateway =
        Gateway.start(
            new Gateway.Parts(
                guard,
                uploadServer.port(),
                statusServer.port(),
                controlServer.port(),
                sweepServer.port(),
                Map.of("classify", classify::health, "dead-letter", deadLetter::health),
                () -> dispatcher.isDelivering() && deadLetters.isDelivering(),
                stores.links(),
                stores.images(),
                multipartBudget,
                local.uploadTime(),
                local.hosts(),
                metrics,
                clock),
            local.addresses(),
            local.port(),
            DRAIN);
    dispatcher.start();
    deadLetters.start();
    Sweeper sweeper = Sweeper.start(guard, sweepServer.port(), local.sweepInterval(), DRAIN);
    return new LocalServer(gateway, List.of(dispatcher, deadLetters, sweeper), opened);
  }

  private static void keep(@Nullable AutoCloseable part, Deque<AutoCloseable> opened) {
    if (part != null) {
      opened.push(part);
    }
  }

  private static Map<String, Long> depth(QueueDepth depth) {
    Map<String, Long> states = new LinkedHashMap<>();
    states.put("ready", depth.ready());
    states.put("in_flight", depth.inFlight());
    states.put("delayed", depth.delayed());
    states.put("dead", depth.dead());
    return states;
  }

  /** The port that the gateway listens on. */
  public int port() {
    return gateway.port();
  }

  /**
   * Takes no more requests and messages, waits for those in flight for a bounded time, and closes
   * everything. What was not finished is taken up at the next start.
   */
  @Override
  public void close() {
    // Together: none waits for another's work.
    List<Thread> stops = new ArrayList<>();
    stops.add(new Thread(() -> closeOne(gateway), "gateway-stop"));
    callers.forEach(caller -> stops.add(new Thread(() -> closeOne(caller), "caller-stop")));
    stops.forEach(Thread::start);
    boolean interrupted = false;
    for (Thread stop : stops) {
      try {
        stop.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    closeAll(rest, null);
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static void closeAll(Deque<AutoCloseable> parts, @Nullable Throwable first) {
    while (!parts.isEmpty()) {
      AutoCloseable part = parts.pop();
      try {
        part.close();
      } catch (Exception e) {
        // Clean-up never hides the first failure.
        if (first != null) {
          first.addSuppressed(e);
        } else {
          LOG.warning("cannot close", Labels.of("part", part.getClass().getSimpleName()), e);
        }
      }
    }
  }

  private static void closeOne(AutoCloseable part) {
    Deque<AutoCloseable> one = new ArrayDeque<>();
    one.push(part);
    closeAll(one, null);
  }
}
