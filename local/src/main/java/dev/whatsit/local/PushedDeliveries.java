package dev.whatsit.local;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.events.PushService;
import dev.whatsit.local.functions.EventFunction;
import dev.whatsit.local.functions.InProcessServer;
import dev.whatsit.local.metrics.LocalMetrics;
import dev.whatsit.local.push.PushLimiter;
import dev.whatsit.local.push.PushPolicy;
import dev.whatsit.local.push.PushSubscriptions;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Delivers messages by push subscriptions of Pub/Sub's emulator to the HTTP entry points of the
 * event functions, as our own push subscriptions do on Google Cloud.
 */
final class PushedDeliveries implements Deliveries {
  /** Backoff from one second to ten minutes, as in the embedded queue. */
  private static final Duration MIN_BACKOFF = Duration.ofSeconds(1);

  private static final Duration MAX_BACKOFF = Duration.ofMinutes(10);

  /** A fallback above the attempts that classify counts; the maximum that Pub/Sub allows. */
  private static final int MAX_DELIVERIES = 100;

  private final Map<String, String> values;
  private final Supplier<PushSubscriptions> opening;
  private final LocalSettings local;
  private final CloseableStack opened = new CloseableStack();
  private final Map<EventFunction, PushService> functions;
  private final List<PushLimiter> limiters = new ArrayList<>();
  private final List<Runnable> subscribing = new ArrayList<>();

  /**
   * Builds the functions. They are neither mounted nor receive messages yet.
   *
   * @param values settings of the functions; they name the topics
   * @param opening supplies the emulator's subscriptions; called by {@link #mount}
   * @throws InvalidSettings naming every wrong setting of the functions
   */
  PushedDeliveries(
      Map<String, String> values,
      Backend backend,
      Supplier<PushSubscriptions> opening,
      LocalSettings local) {
    this.values = values;
    this.opening = opening;
    this.local = local;
    this.functions = Deliveries.build(values, function -> function.pushes(values, backend), opened);
  }

  @Override
  public void mount(InProcessServer server, LocalMetrics metrics) throws IOException {
    server.listenForPushes();
    PushSubscriptions subscriptions = opening.get();
    for (Topic topic : Topic.values()) {
      subscriptions.topic(nameOf(topic));
    }
    Duration acknowledgement = local.times().acknowledgement();
    // A message that waits longer could not be processed before its acknowledgement deadline.
    Duration maxWait = acknowledgement.minus(local.times().function());
    functions.forEach(
        (function, service) -> {
          String name = function.word();
          PushLimiter limiter =
              new PushLimiter(
                  service, name, function.concurrency(local.concurrency()), maxWait, metrics);
          limiters.add(limiter);
          server.mount(name, limiter);
          URI endpoint = server.pushEndpoint(name);
          String deadLetters = function.isDeadLettered() ? nameOf(Topic.DEAD_LETTERS) : null;
          PushPolicy policy =
              new PushPolicy(
                  acknowledgement, MIN_BACKOFF, MAX_BACKOFF, deadLetters, MAX_DELIVERIES);
          // Prefixed, because the project may hold other subscriptions.
          subscribing.add(
              () ->
                  subscriptions.subscribe(
                      "whatsit-" + name, nameOf(function.topic()), endpoint, policy));
        });
  }

  private String nameOf(Topic topic) {
    return values.getOrDefault(topic.setting(), "");
  }

  @Override
  public void start() {
    subscribing.forEach(Runnable::run);
  }

  @Override
  public boolean areGoingOn() {
    return opening.get().areOurs();
  }

  @Override
  public int inFlight() {
    return limiters.stream().mapToInt(PushLimiter::inFlight).sum();
  }

  @Override
  public Map<String, Supplier<Map<String, Boolean>>> health() {
    return Deliveries.health(functions, PushService::health);
  }

  @Override
  public List<Runnable> stops() {
    return List.of(this::stop);
  }

  private void stop() {
    opening.get().detach();
    limiters.forEach(limiter -> limiter.awaitIdle(LocalServer.DRAIN));
  }

  @Override
  public void close() {
    opened.close();
  }
}
