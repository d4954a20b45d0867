package dev.whatsit.local;

import com.google.cloud.functions.HttpFunction;
import dev.whatsit.classify.ClassifyPushFunction;
import dev.whatsit.deadletter.DeadLetterPushFunction;
import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.fetch.FetchPushFunction;
import dev.whatsit.invoker.FunctionServer;
import dev.whatsit.local.functions.Guard;
import dev.whatsit.local.metrics.LocalMetrics;
import dev.whatsit.local.push.PushLimiter;
import dev.whatsit.local.push.PushPolicy;
import dev.whatsit.local.push.PushSubscriptions;
import dev.whatsit.notify.NotifyPushFunction;
import dev.whatsit.progress.ProgressPushFunction;
import dev.whatsit.thumbnail.ThumbnailPushFunction;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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

  private final Supplier<PushSubscriptions> opening;
  private final String workTopic;
  private final String deadLetterTopic;
  private final String resultsTopic;
  private final String fetchTopic;
  private final LocalSettings local;
  private final CloseableStack opened = new CloseableStack();
  private final ClassifyPushFunction classify;
  private final DeadLetterPushFunction deadLetter;
  private final ThumbnailPushFunction thumbnail;
  private final NotifyPushFunction notify;
  private final FetchPushFunction fetch;
  private final ProgressPushFunction progress;
  private final List<PushLimiter> limiters = new ArrayList<>();
  private final List<Runnable> subscribing = new ArrayList<>();

  /**
   * Builds the functions. They are neither served nor receive messages yet.
   *
   * @param values settings of the functions; they name the topics
   * @param opening supplies the emulator's subscriptions; called by {@link #serve}
   * @throws InvalidSettings naming every wrong setting of the functions
   */
  PushedDeliveries(
      Map<String, String> values,
      Backend backend,
      Supplier<PushSubscriptions> opening,
      LocalSettings local) {
    this.opening = opening;
    this.local = local;
    this.workTopic = values.getOrDefault("WORK_TOPIC", "");
    this.deadLetterTopic = values.getOrDefault("DEAD_LETTER_TOPIC", "");
    // Collects the wrong settings of all functions into one exception.
    Settings problems = Settings.of(values);
    ClassifyPushFunction classify =
        problems.collect(() -> new ClassifyPushFunction(values, backend));
    opened.keepNullable(classify);
    ThumbnailPushFunction thumbnail =
        problems.collect(() -> new ThumbnailPushFunction(values, backend));
    opened.keepNullable(thumbnail);
    NotifyPushFunction notify = problems.collect(() -> new NotifyPushFunction(values, backend));
    opened.keepNullable(notify);
    FetchPushFunction fetch = problems.collect(() -> new FetchPushFunction(values, backend));
    opened.keepNullable(fetch);
    DeadLetterPushFunction deadLetter =
        problems.collect(() -> new DeadLetterPushFunction(values, backend));
    opened.keepNullable(deadLetter);
    ProgressPushFunction progress =
        problems.collect(() -> new ProgressPushFunction(values, backend));
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
    this.resultsTopic = values.getOrDefault("RESULTS_TOPIC", "");
    this.fetchTopic = values.getOrDefault("FETCH_TOPIC", "");
    this.deadLetter = Objects.requireNonNull(deadLetter);
    this.progress = Objects.requireNonNull(progress);
  }

  @Override
  public void serve(Guard guard, LocalMetrics metrics) {
    PushSubscriptions subscriptions = opening.get();
    subscriptions.topic(workTopic);
    subscriptions.topic(deadLetterTopic);
    subscriptions.topic(resultsTopic);
    subscriptions.topic(fetchTopic);
    Duration acknowledgement = local.times().acknowledgement();
    // A message that waits longer could not be processed before its acknowledgement deadline.
    Duration maxWait = acknowledgement.minus(local.times().function());
    int concurrency = local.concurrency();
    add(
        "classify",
        workTopic,
        limiter(classify, "classify", concurrency, maxWait, metrics),
        new PushPolicy(acknowledgement, MIN_BACKOFF, MAX_BACKOFF, deadLetterTopic, MAX_DELIVERIES),
        guard);
    add(
        "dead-letter",
        deadLetterTopic,
        limiter(deadLetter, "dead-letter", 1, maxWait, metrics),
        // No dead-letter topic: a dead letter is redelivered until it can be processed.
        new PushPolicy(acknowledgement, MIN_BACKOFF, MAX_BACKOFF, null, MAX_DELIVERIES),
        guard);
    add(
        "thumbnail",
        workTopic,
        limiter(thumbnail, "thumbnail", 1, maxWait, metrics),
        // No dead-letter topic: a dead letter would end the image's work. A message that keeps
        // failing is redelivered until the emulator stops.
        new PushPolicy(acknowledgement, MIN_BACKOFF, MAX_BACKOFF, null, MAX_DELIVERIES),
        guard);
    add(
        "notify",
        resultsTopic,
        limiter(notify, "notify", DispatchedDeliveries.NOTIFIERS, maxWait, metrics),
        // No dead-letter topic: the subscribers are in the document store, so no message is needed.
        new PushPolicy(acknowledgement, MIN_BACKOFF, MAX_BACKOFF, null, MAX_DELIVERIES),
        guard);
    add(
        "fetch",
        fetchTopic,
        limiter(fetch, "fetch", DispatchedDeliveries.FETCHERS, maxWait, metrics),
        // No dead-letter topic: each item stores its next attempt's time and counts its attempts.
        new PushPolicy(acknowledgement, MIN_BACKOFF, MAX_BACKOFF, null, MAX_DELIVERIES),
        guard);
    add(
        "progress",
        resultsTopic,
        limiter(progress, "progress", DispatchedDeliveries.PROGRESS_CONCURRENCY, maxWait, metrics),
        new PushPolicy(acknowledgement, MIN_BACKOFF, MAX_BACKOFF, null, MAX_DELIVERIES),
        guard);
  }

  private PushLimiter limiter(
      HttpFunction function, String name, int concurrency, Duration maxWait, LocalMetrics metrics) {
    PushLimiter limiter = new PushLimiter(function, name, concurrency, maxWait, metrics);
    limiters.add(limiter);
    return limiter;
  }

  private void add(String name, String topic, PushLimiter limiter, PushPolicy policy, Guard guard) {
    FunctionServer server = opened.keep(FunctionServer.serve(guard.overPush(limiter)));
    URI endpoint = guard.pushEndpoint(server.uri());
    // Prefixed, because the project may hold other subscriptions.
    String subscription = "whatsit-" + name;
    subscribing.add(() -> opening.get().subscribe(subscription, topic, endpoint, policy));
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
