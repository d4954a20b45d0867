package dev.whatsit.local;

import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.embedded.EmbeddedBackend;
import dev.whatsit.embedded.EmbeddedStores;
import dev.whatsit.embedded.QueueDepth;
import dev.whatsit.events.EventService;
import dev.whatsit.local.dispatch.Dispatcher;
import dev.whatsit.local.dispatch.EventSender;
import dev.whatsit.local.functions.EventFunction;
import dev.whatsit.local.functions.InProcessServer;
import dev.whatsit.local.metrics.LocalMetrics;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Delivers messages of the embedded queue from this process, as CloudEvents like Eventarc. */
final class DispatchedDeliveries implements Deliveries {
  private final Supplier<EmbeddedStores> opening;
  private final LocalSettings local;
  private final Clock clock;
  private final CloseableStack opened = new CloseableStack();
  private final Map<EventFunction, EventService> functions;
  private final List<Dispatcher> dispatchers = new ArrayList<>();

  /**
   * Builds the functions. They are neither mounted nor receive messages yet.
   *
   * @param opening supplies the stores; called by {@link #mount}
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
    this.functions = Deliveries.build(values, function -> function.events(values, backend), opened);
  }

  @Override
  public void mount(InProcessServer server, LocalMetrics metrics) {
    EmbeddedStores stores = opening.get();
    functions.forEach(
        (function, service) -> {
          server.mount(function.word(), service);
          dispatchers.add(dispatcher(function, server, stores, metrics));
        });
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

  private Dispatcher dispatcher(
      EventFunction function, InProcessServer server, EmbeddedStores stores, LocalMetrics metrics) {
    Dispatcher dispatcher =
        new Dispatcher(
            function.subscription(stores),
            stores.records(),
            new EventSender(server, function, local.times().function()),
            metrics,
            clock,
            function.concurrency(local.concurrency()),
            local.times().acknowledgement(),
            LocalServer.DRAIN);
    if (function.isYielding()) {
      dispatcher.yieldTo(EventFunction.CLASSIFY.subscription(stores));
    }
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
    return Deliveries.health(functions, EventService::health);
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
