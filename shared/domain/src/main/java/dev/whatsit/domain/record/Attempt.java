package dev.whatsit.domain.record;

import dev.whatsit.domain.document.EnumWord;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One granted claim of an image's work and its result.
 *
 * @param run the run that it belongs to
 * @param number number of the attempt within the run, from 1; a deferred attempt is not counted, so
 *     the next one has the same number
 * @param startedAt when the work was claimed
 * @param endedAt when its result was written or its lease ended; null while it is open
 * @param result how it ended; null while it is open
 * @param code stable upper-case word, for an error or a deferral; otherwise null
 */
public record Attempt(
    int run,
    int number,
    Instant startedAt,
    @Nullable Instant endedAt,
    @Nullable Result result,
    @Nullable String code) {
  /** The number of attempts kept for an image, the newest of all runs. */
  public static final int MAX_KEPT = 20;

  /** How an attempt ends. */
  public enum Result implements EnumWord {
    /** The image was classified. */
    SUCCESS,
    /** The work failed permanently. */
    ERROR,
    /** A transient failure; the work is retried. */
    RELEASED,
    /** The work was deferred. */
    DEFERRED,
    /** The claim was released or deferred after cancellation had been requested. */
    CANCELED,
    /** The lease expired before the claim wrote a result. */
    LEASE_LOST;
  }

  public Attempt {
    if (run < 1 || number < 1) {
      throw new IllegalArgumentException(
          "run and number must be at least 1: " + run + ", " + number);
    }
    if ((endedAt == null) != (result == null)) {
      throw new IllegalArgumentException("an attempt ends with a result: " + result);
    }
  }

  /** Whether no result has been recorded. */
  public boolean isOpen() {
    return result == null;
  }

  /** The attempts with a new open one; the oldest is dropped beyond {@link #MAX_KEPT}. */
  static List<Attempt> begun(List<Attempt> attempts, int run, int number, Instant now) {
    List<Attempt> all = new ArrayList<>(attempts);
    all.add(new Attempt(run, number, now, null, null, null));
    return List.copyOf(all.subList(Math.max(0, all.size() - MAX_KEPT), all.size()));
  }

  /** The attempts, with the last one ended if it is open. */
  static List<Attempt> ended(
      List<Attempt> attempts, Result result, @Nullable String code, Instant endedAt) {
    if (attempts.isEmpty() || !attempts.get(attempts.size() - 1).isOpen()) {
      return attempts;
    }
    List<Attempt> all = new ArrayList<>(attempts);
    Attempt last = all.remove(all.size() - 1);
    // Clocks differ between instances, so the end is at least the start.
    Instant end = endedAt.isBefore(last.startedAt) ? last.startedAt : endedAt;
    all.add(new Attempt(last.run, last.number, last.startedAt, end, result, code));
    return List.copyOf(all);
  }
}
