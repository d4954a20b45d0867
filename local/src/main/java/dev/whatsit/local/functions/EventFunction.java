package dev.whatsit.local.functions;

import dev.whatsit.classify.ClassifyFunction;
import dev.whatsit.classify.ClassifyPushFunction;
import dev.whatsit.deadletter.DeadLetterFunction;
import dev.whatsit.deadletter.DeadLetterPushFunction;
import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.embedded.EmbeddedStores;
import dev.whatsit.embedded.Subscription;
import dev.whatsit.events.EventService;
import dev.whatsit.events.PushService;
import dev.whatsit.fetch.FetchFunction;
import dev.whatsit.fetch.FetchPushFunction;
import dev.whatsit.notify.NotifyFunction;
import dev.whatsit.notify.NotifyPushFunction;
import dev.whatsit.progress.ProgressFunction;
import dev.whatsit.progress.ProgressPushFunction;
import dev.whatsit.thumbnail.ThumbnailFunction;
import dev.whatsit.thumbnail.ThumbnailPushFunction;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/**
 * The event functions. Mounting, deliveries on each platform, metrics and readiness follow from
 * this list.
 */
public enum EventFunction {
  /** Classifies images. */
  CLASSIFY(
      Topic.WORK,
      EmbeddedStores::workSubscription,
      ClassifyFunction::new,
      ClassifyPushFunction::new,
      EventFunction.CONFIGURED),
  /** Makes thumbnails, of the messages that classify gets. */
  THUMBNAIL(
      Topic.WORK,
      EmbeddedStores::thumbnailSubscription,
      ThumbnailFunction::new,
      ThumbnailPushFunction::new,
      1),
  /** Notifies subscribers; mostly waits for the callbacks' receivers. */
  NOTIFY(
      Topic.RESULTS,
      EmbeddedStores::resultSubscription,
      NotifyFunction::new,
      NotifyPushFunction::new,
      8),
  /** Updates batches, each time by a few small writes. */
  PROGRESS(
      Topic.RESULTS,
      EmbeddedStores::progressSubscription,
      ProgressFunction::new,
      ProgressPushFunction::new,
      4),
  /** Fetches batch items; mostly waits for remote servers. */
  FETCH(
      Topic.FETCHES,
      EmbeddedStores::fetchSubscription,
      FetchFunction::new,
      FetchPushFunction::new,
      8),
  /** Handles messages that failed too often or cannot be read. */
  DEAD_LETTER(
      Topic.DEAD_LETTERS,
      EmbeddedStores::deadLetterSubscription,
      DeadLetterFunction::new,
      DeadLetterPushFunction::new,
      1);

  private static final int CONFIGURED = 0;

  /** Builds an entry point of a function. */
  @FunctionalInterface
  private interface Building<F> {
    F build(Map<String, String> settings, Backend backend);
  }

  private final Topic topic;
  private final int concurrency;

  @SuppressWarnings("ImmutableEnumChecker") // A method reference.
  private final Function<EmbeddedStores, Subscription> subscription;

  @SuppressWarnings("ImmutableEnumChecker") // A constructor.
  private final Building<EventService> events;

  @SuppressWarnings("ImmutableEnumChecker") // A constructor.
  private final Building<PushService> pushes;

  EventFunction(
      Topic topic,
      Function<EmbeddedStores, Subscription> subscription,
      Building<EventService> events,
      Building<PushService> pushes,
      int concurrency) {
    this.topic = topic;
    this.subscription = subscription;
    this.events = events;
    this.pushes = pushes;
    this.concurrency = concurrency;
  }

  /** The function's name; also that of its subscription. */
  public String word() {
    return word(this);
  }

  /** The topic from which it receives messages. */
  public Topic topic() {
    return topic;
  }

  /** The name of that topic in events. */
  public String topicWord() {
    return word(topic);
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * The maximum number of concurrent deliveries.
   *
   * @param classifications the number for classify, which is a setting
   */
  public int concurrency(int classifications) {
    return concurrency == CONFIGURED ? classifications : concurrency;
  }

  /**
   * Whether a lease on the image's record with the id of a message means that the function is
   * processing it.
   */
  public boolean isClaimed() {
    return this == CLASSIFY;
  }

  /**
   * Whether an exhausted message becomes a dead letter. Others need none: a dead letter is
   * redelivered until it can be processed, fetch and notify keep attempts in their documents, and a
   * missing thumbnail must not end the image's work.
   */
  public boolean isDeadLettered() {
    return this == CLASSIFY;
  }

  /** Whether classify's messages go first, because clients wait for the results of classify. */
  public boolean isYielding() {
    return this == THUMBNAIL;
  }

  /** Its messages on the embedded backend. */
  public Subscription subscription(EmbeddedStores stores) {
    return subscription.apply(stores);
  }

  /** Builds the entry point for CloudEvents. */
  public EventService events(Map<String, String> settings, Backend backend) {
    return events.build(settings, backend);
  }

  /** Builds the entry point for pushes. */
  public PushService pushes(Map<String, String> settings, Backend backend) {
    return pushes.build(settings, backend);
  }
}
