package dev.whatsit.pubsub;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.batch.FetchQueue;
import dev.whatsit.domain.callback.ResultQueue;
import dev.whatsit.domain.queue.WorkQueue;
import dev.whatsit.domain.settings.Settings;
import java.time.Clock;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The part of the backend {@code google} that offers the {@link WorkQueue}, the {@link ResultQueue}
 * and the {@link FetchQueue}, over Cloud Pub/Sub.
 *
 * <p>Settings: {@code GOOGLE_CLOUD_PROJECT}, {@code WORK_TOPIC} and {@code DEAD_LETTER_TOPIC} for
 * work, {@code RESULTS_TOPIC} for results, {@code FETCH_TOPIC} for items of batches (ids of topics
 * of that project), and {@code PUBSUB_EMULATOR_HOST} for Google's emulator. Nothing is connected to
 * before the first call that needs it. Functions that are given the same object share its
 * connections. Safe for use by several threads.
 */
public final class PubSubBackend implements Backend, AutoCloseable {
  private final InstantSource clock;
  private final Map<PubSubSettings, PubSubWorkQueue> open = new HashMap<>();
  private final Map<ResultSettings, PubSubResultQueue> openResults = new HashMap<>();

  private final Map<FetchSettings, PubSubFetchQueue> openFetches = new HashMap<>();

  /** With the system's clock, for the time that dead letters carry. */
  public PubSubBackend() {
    this(Clock.systemUTC());
  }

  PubSubBackend(InstantSource clock) {
    this.clock = clock;
  }

  @Override
  public String name() {
    return "google";
  }

  @Override
  public <P> Optional<P> open(Class<P> port, Settings settings) {
    if (port == WorkQueue.class) {
      return Optional.of(port.cast(queue(settings)));
    }
    if (port == FetchQueue.class) {
      return Optional.of(port.cast(fetches(settings)));
    }
    return port == ResultQueue.class ? Optional.of(port.cast(results(settings))) : Optional.empty();
  }

  private synchronized PubSubFetchQueue fetches(Settings settings) {
    return openFetches.computeIfAbsent(FetchSettings.read(settings), PubSubFetchQueue::new);
  }

  private synchronized PubSubResultQueue results(Settings settings) {
    return openResults.computeIfAbsent(ResultSettings.read(settings), PubSubResultQueue::new);
  }

  private synchronized PubSubWorkQueue queue(Settings settings) {
    return open.computeIfAbsent(
        PubSubSettings.read(settings), read -> PubSubWorkQueue.of(read, clock));
  }

  /** Closes what it opened, and ends calls under way. What was handed out no longer works. */
  @Override
  public synchronized void close() {
    open.values().forEach(PubSubWorkQueue::close);
    open.clear();
    openResults.values().forEach(PubSubResultQueue::close);
    openResults.clear();
    openFetches.values().forEach(PubSubFetchQueue::close);
    openFetches.clear();
  }
}
