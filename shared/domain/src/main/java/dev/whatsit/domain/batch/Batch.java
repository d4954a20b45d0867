package dev.whatsit.domain.batch;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The stored state of a batch, without its items. It has no counters: the progress is computed from
 * the items, so that no single document is written once for each item.
 *
 * <p>Each transition is a pure function from a batch to the next one; the store makes it one
 * conditional write.
 *
 * @param total number of items, 1 to {@link #MAX_ITEMS}
 * @param callbackUrl URL that is notified when all items are final, or null
 * @param createdAt when the batch was submitted
 * @param updatedAt when this state was written
 * @param completedAt when the batch was completed, which is when no item was open any more; or null
 * @param announceDue whether the completion is yet to be handed to the notification
 * @param overdueAt from this instant on the batch counts as stalled; null when nothing is left to
 *     do
 * @param expireAt from this instant on the batch and its items count as absent; {@link
 *     #MIN_RETENTION} makes it later than the last possible end of an item; null for never
 */
public record Batch(
    BatchId id,
    int total,
    @Nullable String callbackUrl,
    Instant createdAt,
    Instant updatedAt,
    @Nullable Instant completedAt,
    boolean announceDue,
    @Nullable Instant overdueAt,
    @Nullable Instant expireAt) {
  /** The maximum number of items. */
  public static final int MAX_ITEMS = 1000;

  /**
   * The minimum time a batch is kept. An item may be fetched for 7 days, then its image may be
   * scheduled for 30 more days, then wait 7 days for a classifier.
   */
  public static final Duration MIN_RETENTION = Duration.ofDays(60);

  private static final Duration MIN_RECHECK = Duration.ofMinutes(5);
  private static final Duration MAX_RECHECK = Duration.ofHours(1);
  private static final Duration UNANNOUNCED = Duration.ofMinutes(1);

  public Batch {
    if (total < 1 || total > MAX_ITEMS) {
      throw new IllegalArgumentException("total must be 1 to 1000: " + total);
    }
    if (completedAt == null && announceDue) {
      throw new IllegalArgumentException("only a complete batch has an announcement: " + id);
    }
    if ((overdueAt == null) != (completedAt != null && !announceDue)) {
      throw new IllegalArgumentException("overdueAt is set while something is left to do: " + id);
    }
  }

  /**
   * A new batch, complete at once when no item is open.
   *
   * @param items all items, in order
   * @param callbackUrl URL that is notified of the completion, or null
   */
  public static Batch of(
      BatchId id, List<BatchItem> items, @Nullable String callbackUrl, Instant now) {
    Batch open =
        new Batch(id, items.size(), callbackUrl, now, now, null, false, recheckAt(now, now), null);
    boolean isOpen = items.stream().anyMatch(item -> !item.status().isFinal());
    return isOpen ? open : open.completed(now).orElseThrow();
  }

  /** The same batch with an expiry, which applies to its items too. */
  public Batch expiring(Instant expireAt) {
    return new Batch(
        id,
        total,
        callbackUrl,
        createdAt,
        updatedAt,
        completedAt,
        announceDue,
        overdueAt,
        expireAt);
  }

  /** Whether the batch counts as absent, even if the store has not removed it yet. */
  public boolean isExpired(Instant now) {
    return expireAt != null && !now.isBefore(expireAt);
  }

  /** The batch after completion, or empty when it was already completed. */
  public Optional<Batch> completed(Instant now) {
    if (completedAt != null) {
      return Optional.empty();
    }
    boolean isWatched = callbackUrl != null;
    return Optional.of(next(now, isWatched, isWatched ? now.plus(UNANNOUNCED) : null, now));
  }

  /** The batch after its notification was handled, or empty when none is due. */
  public Optional<Batch> announced(Instant now) {
    return announceDue ? Optional.of(next(completedAt, false, null, now)) : Optional.empty();
  }

  /** The overdue batch with a later check, by {@link #recheckAt}; empty when it is not overdue. */
  public Optional<Batch> postponed(Instant now) {
    return overdueAt == null || overdueAt.isAfter(now)
        ? Optional.empty()
        : Optional.of(next(completedAt, announceDue, recheckAt(createdAt, now), now));
  }

  /** Omits the URL, which may contain secrets. */
  @Override
  public String toString() {
    return "Batch[" + id + ", total=" + total + ", completedAt=" + completedAt + "]";
  }

  /**
   * When unfinished work is checked again: after five minutes, then each time when its age has
   * doubled, at least once an hour. Work that stalls early is found early, and long-running work is
   * not checked often.
   */
  static Instant recheckAt(Instant createdAt, Instant now) {
    Duration age = Duration.between(createdAt, now);
    if (age.compareTo(MIN_RECHECK) < 0) {
      return now.plus(MIN_RECHECK);
    }
    return now.plus(age.compareTo(MAX_RECHECK) > 0 ? MAX_RECHECK : age);
  }

  private Batch next(
      @Nullable Instant completedAt,
      boolean announceDue,
      @Nullable Instant overdueAt,
      Instant now) {
    return new Batch(
        id, total, callbackUrl, createdAt, now, completedAt, announceDue, overdueAt, expireAt);
  }
}
