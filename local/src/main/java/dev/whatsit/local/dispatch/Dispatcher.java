package dev.whatsit.local.dispatch;

import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.embedded.Delivery;
import dev.whatsit.embedded.QueueDepth;
import dev.whatsit.embedded.Retried;
import dev.whatsit.embedded.Subscription;
import dev.whatsit.local.metrics.LocalMetrics;
import dev.whatsit.logging.EventLog;
import dev.whatsit.logging.Labels;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * What a subscription does on Google Cloud: delivers each message of one, at most so many at the
 * same moment, and acknowledges or gives it back by the answer. Thread-safe.
 */
public final class Dispatcher implements AutoCloseable {
  /** How long a message can lie that another process published, which nobody tells us of. */
  private static final Duration MAX_SLEEP = Duration.ofSeconds(1);

  /** How long a message waits for another subscription's at most. */
  private static final Duration MAX_YIELD = Duration.ofSeconds(1);

  /** Between two looks whether there is still one. */
  private static final Duration YIELD_PAUSE = Duration.ofMillis(25);

  private static final EventLog LOG = EventLog.of(Dispatcher.class);

  private final Subscription queue;
  private final RecordStore records;
  private final EventSender sender;
  private final LocalMetrics metrics;
  private final Clock clock;
  private final Duration drain;
  private final int concurrency;
  private final Duration visibility;
  private final ExecutorService workers;
  private final Thread feeder;

  private final Object lock = new Object();
  private @Nullable Subscription preferred;
  private int inFlight;
  private boolean awake;
  private boolean stopping;

  /**
   * A dispatcher that does nothing before {@link #start}.
   *
   * @param concurrency deliveries at the same moment, at least 1
   * @param visibility the acknowledgement deadline: longer than the sender waits for the function
   * @param drain how long {@link #close} waits for deliveries in flight
   */
  public Dispatcher(
      Subscription queue,
      RecordStore records,
      EventSender sender,
      LocalMetrics metrics,
      Clock clock,
      int concurrency,
      Duration visibility,
      Duration drain) {
    this.queue = queue;
    this.records = records;
    this.sender = sender;
    this.metrics = metrics;
    this.clock = clock;
    this.concurrency = concurrency;
    this.visibility = visibility;
    this.drain = drain;
    String function = sender.topic().function();
    this.feeder = new Thread(this::feed, function + "-dispatcher");
    AtomicInteger number = new AtomicInteger();
    this.workers =
        Executors.newFixedThreadPool(
            concurrency,
            task -> new Thread(task, function + "-delivery-" + number.incrementAndGet()));
  }

  /**
   * Lets what is due in another subscription go first, each message of this one for a second at
   * most. To be called before {@link #start}.
   */
  public void yieldTo(Subscription other) {
    synchronized (lock) {
      preferred = other;
    }
  }

  /** Begins to deliver. */
  public void start() {
    queue.onPublish(this::wake);
    feeder.start();
  }

  /** Whether it takes messages. */
  public boolean isDelivering() {
    return feeder.isAlive();
  }

  /** Deliveries that have not been answered yet. */
  public int inFlight() {
    synchronized (lock) {
      return inFlight;
    }
  }

  /** The function that it delivers to. */
  public String function() {
    return sender.topic().function();
  }

  /** How many messages there are for that function. */
  public QueueDepth depth() {
    return queue.depth(clock.instant());
  }

  private void wake() {
    synchronized (lock) {
      awake = true;
      lock.notifyAll();
    }
  }

  private void feed() {
    try {
      while (true) {
        int free = awaitFree();
        if (free == 0) {
          return;
        }
        awaitTurn();
        List<Delivery> received = receive(free);
        for (Delivery delivery : received) {
          workers.execute(() -> deliver(delivery));
        }
        if (received.isEmpty()) {
          sleep();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** How many deliveries may begin, once it is at least one; 0 when it is time to stop. */
  private int awaitFree() throws InterruptedException {
    synchronized (lock) {
      while (!stopping && inFlight >= concurrency) {
        lock.wait();
      }
      awake = false;
      return stopping ? 0 : concurrency - inFlight;
    }
  }

  private void awaitTurn() throws InterruptedException {
    long deadline = System.nanoTime() + MAX_YIELD.toNanos();
    while (isPreferredDue() && System.nanoTime() - deadline < 0) {
      synchronized (lock) {
        if (stopping) {
          return;
        }
        TimeUnit.NANOSECONDS.timedWait(lock, YIELD_PAUSE.toNanos());
      }
    }
  }

  private boolean isPreferredDue() {
    Subscription other;
    synchronized (lock) {
      other = preferred;
    }
    try {
      return other != null
          && other.nextVisibleAt().filter(due -> !due.isAfter(clock.instant())).isPresent();
    } catch (TransientFailure e) {
      LOG.warning("cannot look into the queue", Labels.NONE, e);
      return false;
    }
  }

  private List<Delivery> receive(int most) {
    List<Delivery> received;
    try {
      received = queue.receive(most, visibility, clock.instant());
    } catch (TransientFailure e) {
      LOG.warning("cannot receive", Labels.NONE, e);
      return List.of();
    }
    synchronized (lock) {
      inFlight += received.size();
    }
    return received;
  }

  /** Until something is published here, becomes visible, or may have come from elsewhere. */
  private void sleep() throws InterruptedException {
    Duration longest = MAX_SLEEP;
    try {
      Optional<Instant> next = queue.nextVisibleAt();
      if (next.isPresent()) {
        Duration until = Duration.between(clock.instant(), next.get());
        longest = until.compareTo(longest) < 0 ? until : longest;
      }
    } catch (TransientFailure e) {
      LOG.warning("cannot look into the queue", Labels.NONE, e);
    }
    long nanos = Math.max(TimeUnit.MILLISECONDS.toNanos(1), longest.toNanos());
    long deadline = System.nanoTime() + nanos;
    synchronized (lock) {
      while (!stopping && !awake) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          return;
        }
        TimeUnit.NANOSECONDS.timedWait(lock, left);
      }
    }
  }

  private void deliver(Delivery delivery) {
    long begun = System.nanoTime();
    String result = "failed";
    try {
      result = settle(delivery, isAcknowledged(delivery));
    } catch (TransientFailure e) {
      // The message becomes visible again by itself.
      LOG.warning("cannot settle a delivery", labels(delivery), e);
    } catch (InterruptedException e) {
      // Stopping: what is not settled is taken up again at the next start.
      Thread.currentThread().interrupt();
    } finally {
      metrics.delivered(
          sender.topic().function(), result, Duration.ofNanos(System.nanoTime() - begun));
      synchronized (lock) {
        inFlight--;
        lock.notifyAll();
      }
    }
  }

  private boolean isAcknowledged(Delivery delivery) throws InterruptedException {
    try {
      int status = sender.send(delivery);
      return status >= 200 && status < 300;
    } catch (IOException e) {
      LOG.warning("no answer to a delivery", labels(delivery), e);
      return false;
    }
  }

  private String settle(Delivery delivery, boolean acknowledged) {
    if (acknowledged) {
      return queue.acknowledge(delivery) ? "acknowledged" : "outdated";
    }
    Instant now = clock.instant();
    Optional<Instant> held = heldBySameMessage(delivery, now);
    if (held.isPresent()) {
      // An earlier delivery of this message still works on it: this one comes again afterwards, and
      // has not failed.
      queue.defer(delivery, held.get());
      return "deferred";
    }
    Retried retried = queue.retry(delivery, now);
    if (retried instanceof Retried.DeadLettered) {
      LOG.error("message given up", labels(delivery), null);
      return "dead_lettered";
    }
    if (retried instanceof Retried.Dropped) {
      // The queue has said so itself.
      return "dropped";
    }
    return retried instanceof Retried.Later ? "retried" : "outdated";
  }

  private Optional<Instant> heldBySameMessage(Delivery delivery, Instant now) {
    if (!sender.topic().isClaimed()) {
      return Optional.empty();
    }
    Optional<ImageRecord> record =
        ImageHash.parse(delivery.attributes().getOrDefault("image_hash", ""))
            .flatMap(hash -> records.find(hash, now));
    return record
        .filter(held -> delivery.messageId().equals(held.messageId()))
        .flatMap(held -> Optional.ofNullable(held.leaseUntil()))
        .filter(lease -> lease.isAfter(now));
  }

  private static Labels labels(Delivery delivery) {
    return Labels.of("message", delivery.messageId())
        .and("image_hash", delivery.attributes().getOrDefault("image_hash", ""))
        .and("delivery_attempt", delivery.deliveryAttempt());
  }

  /** Takes no more messages, waits for those in flight for a bounded time, and ends. */
  @Override
  public void close() {
    synchronized (lock) {
      stopping = true;
      lock.notifyAll();
    }
    boolean interrupted = false;
    try {
      feeder.join(drain.toMillis());
      workers.shutdown();
      workers.awaitTermination(drain.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    workers.shutdownNow();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
