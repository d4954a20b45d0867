package dev.whatsit.local;

import dev.whatsit.classify.ClassifyFunction;
import dev.whatsit.deadletter.DeadLetterFunction;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.embedded.EmbeddedBackend;
import dev.whatsit.embedded.EmbeddedStores;
import dev.whatsit.embedded.QueueDepth;
import dev.whatsit.embedded.Subscription;
import dev.whatsit.fetch.FetchFunction;
import dev.whatsit.invoker.FunctionServer;
import dev.whatsit.local.dispatch.Dispatcher;
import dev.whatsit.local.dispatch.EventSender;
import dev.whatsit.local.dispatch.Topic;
import dev.whatsit.local.functions.Guard;
import dev.whatsit.local.metrics.LocalMetrics;
import dev.whatsit.notify.NotifyFunction;
import dev.whatsit.progress.ProgressFunction;
import dev.whatsit.thumbnail.ThumbnailFunction;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;

/** Delivers messages of the embedded queue from this process, as CloudEvents like Eventarc. */
final class DispatchedDeliveries implements Deliveries {
  /** Concurrent deliveries to notify, which mostly waits for the callbacks' receivers. */
  static final int NOTIFIERS = 8;

  /** Concurrent deliveries of batch items to fetch, which mostly waits for remote servers. */
  static final int FETCHERS = 8;

  /** Concurrent deliveries of completion events to progress, each a few small writes. */
  static final int PROGRESS_CONCURRENCY = 4;

  private final Supplier<EmbeddedStores> opening;
  private final LocalSettings local;
  private final Clock clock;
  private final CloseableStack opened = new CloseableStack();
  private final ClassifyFunction classify;
  private final DeadLetterFunction deadLetter;
  private final ThumbnailFunction thumbnail;
  private final NotifyFunction notify;
  private final FetchFunction fetch;
  private final ProgressFunction progress;
  private final List<Dispatcher> dispatchers = new ArrayList<>();

  /**
   * Builds the functions. They are neither served nor receive messages yet.
   *
   * @param opening supplies the stores; called by {@link #serve}
   * @throws InvalidSettings naming every wrong setting of the functions
   */
  DispatchedDeliveries(
      Map<String, String> values,
      EmbeddedBackend backend,
      Supplier<EmbeddedStores> opening,
      LocalSettings local,
      Clock clock) {
    this.opening = opening;
    this.local = local;
    this.clock = clock;
    // Collects the wrong settings of all functions into one exception.
    Settings problems = Settings.of(values);
    ClassifyFunction classify = problems.collect(() -> new ClassifyFunction(values, backend));
    opened.keepNullable(classify);
    ThumbnailFunction thumbnail = problems.collect(() -> new ThumbnailFunction(values, backend));
    opened.keepNullable(thumbnail);
    NotifyFunction notify = problems.collect(() -> new NotifyFunction(values, backend));
    opened.keepNullable(notify);
    FetchFunction fetch = problems.collect(() -> new FetchFunction(values, backend));
    opened.keepNullable(fetch);
    DeadLetterFunction deadLetter = problems.collect(() -> new DeadLetterFunction(values, backend));
    opened.keepNullable(deadLetter);
    ProgressFunction progress = problems.collect(() -> new ProgressFunction(values, backend));
    opened.keepNullable(progress);
    try {
      problems.verify();
    } catch (InvalidSettings e) {
      opened.closeAfter(e);
      throw e;
    }
    this.classify = Objects.requireNonNull(classify);
    this.thumbnail = Objects.requireNonNull(thumbnail);
    this.notify = Objects.requireNonNull(notify);
    this.fetch = Objects.requireNonNull(fetch);
    this.deadLetter = Objects.requireNonNull(deadLetter);
    this.progress = Objects.requireNonNull(progress);
  }

  @Override
  public void serve(Guard guard, LocalMetrics metrics) {
    FunctionServer classifyServer = opened.keep(FunctionServer.serve(guard.over(classify)));
    FunctionServer deadLetterServer = opened.keep(FunctionServer.serve(guard.over(deadLetter)));
    FunctionServer thumbnailServer = opened.keep(FunctionServer.serve(guard.over(thumbnail)));
    EmbeddedStores stores = opening.get();
    EventSender events =
        sender(guard, Topic.WORK, classifyServer, local.concurrency(), local.times().function());
    add(events, stores, stores.workSubscription(), metrics, local.concurrency());
    EventSender deadLetters =
        sender(guard, Topic.DEAD_LETTERS, deadLetterServer, 1, local.times().function());
    add(deadLetters, stores, stores.deadLetterSubscription(), metrics, 1);
    EventSender pictures =
        sender(guard, Topic.THUMBNAILS, thumbnailServer, 1, local.times().function());
    // Clients wait for classify's results, so thumbnails yield to its due messages.
    add(pictures, stores, stores.thumbnailSubscription(), metrics, 1)
        .yieldTo(stores.workSubscription());
    FunctionServer notifyServer = opened.keep(FunctionServer.serve(guard.over(notify)));
    EventSender results =
        sender(guard, Topic.RESULTS, notifyServer, NOTIFIERS, local.times().function());
    add(results, stores, stores.resultSubscription(), metrics, NOTIFIERS);
    FunctionServer fetchServer = opened.keep(FunctionServer.serve(guard.over(fetch)));
    EventSender fetches =
        sender(guard, Topic.FETCHES, fetchServer, FETCHERS, local.times().function());
    add(fetches, stores, stores.fetchSubscription(), metrics, FETCHERS);
    FunctionServer progressServer = opened.keep(FunctionServer.serve(guard.over(progress)));
    EventSender ends =
        sender(
            guard, Topic.PROGRESS, progressServer, PROGRESS_CONCURRENCY, local.times().function());
    add(ends, stores, stores.progressSubscription(), metrics, PROGRESS_CONCURRENCY);
    metrics.gauges(
        "whatsit_queue_messages",
        "Messages by the function that gets them and what they wait for.",
        List.of("function", "state"),
        this::depths);
    metrics.gauge(
        "whatsit_dead_letters",
        "Dead-lettered images, to be listed and replayed.",
        () -> stores.messages().countDeadLetters());
  }

  private EventSender sender(
      Guard guard, Topic topic, FunctionServer to, int concurrency, Duration timeout) {
    return opened.keep(EventSender.start(guard, to.port(), topic, concurrency, timeout));
  }

  private Dispatcher add(
      EventSender sender,
      EmbeddedStores stores,
      Subscription subscription,
      LocalMetrics metrics,
      int concurrency) {
    Dispatcher dispatcher =
        new Dispatcher(
            subscription,
            stores.records(),
            sender,
            metrics,
            clock,
            concurrency,
            local.times().acknowledgement(),
            LocalServer.DRAIN);
    dispatchers.add(dispatcher);
    return dispatcher;
  }

  private Map<List<String>, Long> depths() {
    Map<List<String>, Long> depths = new LinkedHashMap<>();
    for (Dispatcher dispatcher : dispatchers) {
      String function = dispatcher.function();
      QueueDepth depth = dispatcher.depth();
      depths.put(List.of(function, "ready"), depth.ready());
      depths.put(List.of(function, "in_flight"), depth.inFlight());
      depths.put(List.of(function, "delayed"), depth.delayed());
    }
    return depths;
  }

  @Override
  public void start() {
    dispatchers.forEach(Dispatcher::start);
  }

  @Override
  public boolean areGoingOn() {
    return dispatchers.stream().allMatch(Dispatcher::isDelivering);
  }

  @Override
  public int inFlight() {
    return dispatchers.stream().mapToInt(Dispatcher::inFlight).sum();
  }

  @Override
  public Map<String, Supplier<Map<String, Boolean>>> health() {
    return Map.of(
        "classify",
        classify::health,
        "dead-letter",
        deadLetter::health,
        "thumbnail",
        thumbnail::health,
        "notify",
        notify::health,
        "fetch",
        fetch::health,
        "progress",
        progress::health);
  }

  @Override
  public List<Runnable> stops() {
    return dispatchers.stream().<Runnable>map(dispatcher -> dispatcher::close).toList();
  }

  @Override
  public void close() {
    opened.close();
  }
}
