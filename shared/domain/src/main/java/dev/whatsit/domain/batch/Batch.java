package dev.whatsit.domain.batch;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a batch beside its items. It counts nothing: how many items stand where is seen
 * from the items, so that no document is written as often as there are items.
 *
 * <p>The steps are pure functions from a batch to the next one; a store makes each one conditional
 * write.
 *
 * @param id its name
 * @param total how many items it has, 1 to {@link #MAX_ITEMS}
 * @param callbackUrl who is to be told when the last item is final, or null
 * @param createdAt when it was submitted
 * @param updatedAt when this was written
 * @param completedAt when it was noted that no item is open any more, or null
 * @param announceDue whether somebody is to be told of that and nobody is known to be yet
 * @param overdueAt from when on nobody may be carrying it any more; null when there is nothing left
 *     to carry
 * @param expireAt from when on it counts as absent with its items, which {@link #MIN_RETENTION}
 *     keeps later than the last of them can end; null for never
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
  /** The most items of a batch. */
  public static final int MAX_ITEMS = 1000;

  /**
   * How long a batch stands at least. An item may be fetched for 7 days, its image be scheduled for
   * 30 more and then wait 7 for a classifier.
   */
  public static final Duration MIN_RETENTION = Duration.ofDays(60);

  private static final Duration UNANNOUNCED = Duration.ofMinutes(1);

  /**
   * Checks that the parts fit.
   *
   * @throws IllegalArgumentException naming what does not fit
   */
  public Batch {
    if (total < 1 || total > MAX_ITEMS) {
      throw new IllegalArgumentException("total must be 1 to 1000: " + total);
    }
    if (completedAt == null && announceDue) {
      throw new IllegalArgumentException("only a complete batch is announced: " + id);
    }
    if ((overdueAt == null) != (completedAt != null && !announceDue)) {
      throw new IllegalArgumentException("what is left to do has a time, and only that: " + id);
    }
  }

  /**
   * A new batch, complete at once when no item is open.
   *
   * @param items all of them, in their order
   * @param callbackUrl who is to be told at the end, or null
   */
  public static Batch of(
      BatchId id, List<BatchItem> items, @Nullable String callbackUrl, Instant now) {
    Batch open =
        new Batch(
            id, items.size(), callbackUrl, now, now, null, false, RecheckBackoff.until(now, now), null);
    boolean isOpen = items.stream().anyMatch(item -> !item.status().isFinal());
    return isOpen ? open : open.completed(now).orElseThrow();
  }

  /** The same batch, which with its items is not kept beyond an instant. */
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

  /** Whether this counts as absent, although it is not removed yet. */
  public boolean isExpired(Instant now) {
    return expireAt != null && !now.isBefore(expireAt);
  }

  /** The batch after it was seen that no item is open, or empty when that is noted already. */
  public Optional<Batch> completed(Instant now) {
    if (completedAt != null) {
      return Optional.empty();
    }
    boolean tell = callbackUrl != null;
    return Optional.of(next(now, tell, tell ? now.plus(UNANNOUNCED) : null, now));
  }

  /** The batch after everybody was told, or empty when nobody is to be. */
  public Optional<Batch> announced(Instant now) {
    return announceDue ? Optional.of(next(completedAt, false, null, now)) : Optional.empty();
  }

  /** The overdue batch to be looked at again later, or empty when it is not overdue. */
  public Optional<Batch> postponed(Instant now) {
    return overdueAt == null || overdueAt.isAfter(now)
        ? Optional.empty()
        : Optional.of(next(completedAt, announceDue, RecheckBackoff.until(createdAt, now), now));
  }

  /** Without the URL, which may be secret. */
  @Override
  public String toString() {
    return "Batch[" + id + ", total=" + total + ", completedAt=" + completedAt + "]";
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
