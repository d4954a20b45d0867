package dev.whatsit.local.dispatch;

import dev.whatsit.domain.failure.Backoff;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.embedded.Delivery;
import dev.whatsit.embedded.NackResult;
import dev.whatsit.embedded.QueueDepth;
import dev.whatsit.embedded.Subscription;
import dev.whatsit.local.metrics.LocalMetrics;
import dev.whatsit.logging.EventLog;
import dev.whatsit.logging.Labels;
import dev.whatsit.logging.LogInterval;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Delivers the messages of one subscription to its function, as Pub/Sub and Eventarc do on Google
 * Cloud. It limits concurrent deliveries, and acks or nacks each message by the response.
 * Thread-safe.
 */
public final class Dispatcher implements AutoCloseable {
  /** Maximum polling interval: messages that another process publishes cause no wake-up here. */
  private static final Duration MAX_SLEEP = Duration.ofSeconds(1);

  /** How long this dispatcher yields to due messages of another subscription, at most. */
  private static final Duration MAX_YIELD = Duration.ofSeconds(1);

  /** The interval at which a yielding dispatcher checks the other subscription. */
  private static final Duration YIELD_PAUSE = Duration.ofMillis(25);

  /** The pause after a failure to receive, which with a full disk fails again at once. */
  private static final Backoff AFTER_FAILURE =
      new Backoff(Duration.ofMillis(100), Duration.ofSeconds(5));

  private static final EventLog LOG = EventLog.of(Dispatcher.class);

  private final Subscription queue;
  private final RecordStore records;
  private final EventSender sender;
  private final LocalMetrics metrics;
  private final Clock clock;
  private final Duration drain;
  private final int concurrency;
  private final Duration visibility;
  private final RandomGenerator random = new Random();
  private final ExecutorService workers;
  private final Thread feeder;

  private final Object lock = new Object();
  private @Nullable Subscription preferred;
  private int inFlight;
  private boolean awake;
  private boolean stopping;

  /** Failures to receive since the last success. Used by the feeder alone. */
  private int failures;

  private final LogInterval logInterval = new LogInterval();

  /**
   * Creates a dispatcher, which does nothing before {@link #start}.
   *
   * @param concurrency maximum concurrent deliveries, at least 1
   * @param visibility the acknowledgement deadline; must be longer than the sender's timeout
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
    String function = sender.function().word();
    this.feeder = new Thread(this::feed, function + "-dispatcher");
    AtomicInteger number = new AtomicInteger();
    this.workers =
        Executors.newFixedThreadPool(
            concurrency,
            task -> new Thread(task, function + "-delivery-" + number.incrementAndGet()));
  }

  /**
   * Gives precedence to due messages of another subscription: this dispatcher waits for them for at
   * most one second before it receives. Call it before {@link #start}.
   */
  public void yieldTo(Subscription other) {
    synchronized (lock) {
      preferred = other;
    }
  }

  /** Starts the deliveries. */
  public void start() {
    queue.onPublish(this::wake);
    feeder.start();
  }

  /** Whether the thread that receives messages is running. */
  public boolean isDelivering() {
    return feeder.isAlive();
  }

  /** The number of deliveries that are not settled yet. */
  public int inFlight() {
    synchronized (lock) {
      return inFlight;
    }
  }

  /** The name of the function that gets the messages. */
  public String function() {
    return sender.function().word();
  }

  /** The number of messages in the subscription, by state. */
  public QueueDepth depth() {
    return queue.depth(clock.instant());
  }

  private void wake(Instant dueAt) {
    if (dueAt.isAfter(clock.instant().plus(MAX_SLEEP))) {
      // No sleep that has begun lasts as long.
      return;
    }
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
          sleep(failures == 0 ? untilNextDue() : AFTER_FAILURE.beforeRetry(failures, random));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits until a delivery may begin. Returns how many may, or 0 if the dispatcher stops. */
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
      failed("cannot look into the queue", e);
      return false;
    }
  }

  private List<Delivery> receive(int limit) {
    List<Delivery> received;
    try {
      received = queue.receive(limit, visibility, clock.instant());
      failures = 0;
    } catch (TransientFailure e) {
      failures++;
      failed("cannot receive", e);
      return List.of();
    }
    synchronized (lock) {
      inFlight += received.size();
    }
    return received;
  }

  /** Logs a failure of the queue, at most once a minute: most fail again and again. */
  private void failed(String message, TransientFailure failure) {
    if (logInterval.permits("queue")) {
      LOG.warning(message, Labels.of("function", function()).and("failures", failures), failure);
    }
  }

  /** The time until a message becomes visible, at most MAX_SLEEP. */
  private Duration untilNextDue() {
    try {
      return queue
          .nextVisibleAt()
          .map(next -> Duration.between(clock.instant(), next))
          .filter(until -> until.compareTo(MAX_SLEEP) < 0)
          .orElse(MAX_SLEEP);
    } catch (TransientFailure e) {
      failed("cannot look into the queue", e);
      return MAX_SLEEP;
    }
  }

  /** Sleeps for this time, at least 1 ms, or until a message that is due soon is published here. */
  private void sleep(Duration wait) throws InterruptedException {
    long nanos = Math.max(TimeUnit.MILLISECONDS.toNanos(1), wait.toNanos());
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
      // The message becomes visible again after the acknowledgement deadline.
      LOG.warning("cannot settle a delivery", labels(delivery), e);
    } catch (InterruptedException e) {
      // Stopping: an unsettled message is redelivered after the next start.
      Thread.currentThread().interrupt();
    } finally {
      metrics.delivered(
          sender.function().word(), result, Duration.ofNanos(System.nanoTime() - begun));
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
      LOG.warning("no response to a delivery", labels(delivery), e);
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
      // An earlier delivery of this message still holds the lease: redeliver after the lease, and
      // do not count this as a failed delivery.
      queue.defer(delivery, held.get());
      return "deferred";
    }
    NackResult result = queue.retry(delivery, now);
    if (result == NackResult.DEAD_LETTERED) {
      LOG.error("message dead-lettered", labels(delivery), null);
      return "dead_lettered";
    }
    if (result == NackResult.DROPPED) {
      // The queue has already logged it.
      return "dropped";
    }
    return result == NackResult.LATER ? "retried" : "outdated";
  }

  private Optional<Instant> heldBySameMessage(Delivery delivery, Instant now) {
    if (!sender.function().isClaimed()) {
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

  /** Stops receiving, waits for deliveries in flight for a bounded time, and stops. */
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
