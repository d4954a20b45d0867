package dev.whatsit.domain.record;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One granted claim of an image's work, and what became of it.
 *
 * @param run of which run
 * @param number as it was counted when it began, from 1; work that was put off had its attempt
 *     given back, so that the next one has the same number
 * @param startedAt when the work was claimed
 * @param endedAt when the record was told of its end, or its lease ended; null while it goes on
 * @param result how it ended; null while it goes on
 * @param code why, a stable upper-case word: of an error, or of work that was put off
 */
public record Attempt(
    int run,
    int number,
    Instant startedAt,
    @Nullable Instant endedAt,
    @Nullable Result result,
    @Nullable String code) {
  /** How many of an image are kept, the newest ones, over all runs. */
  public static final int MAX_KEPT = 20;

  /** How an attempt ends. */
  public enum Result {
    /** The image was classified. */
    SUCCESS,
    /** The work failed for good. */
    ERROR,
    /** The work failed for now, and is tried again. */
    RELEASED,
    /** The work was put off by itself. */
    DEFERRED,
    /** The work was given back, and somebody had asked to cancel it. */
    CANCELED,
    /** Nobody told of its end before its lease ended. */
    LEASE_LOST;

    /** The word that clients see: the name in lower case. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException naming what does not fit
   */
  public Attempt {
    if (run < 1 || number < 1) {
      throw new IllegalArgumentException(
          "run and number must be at least 1: " + run + ", " + number);
    }
    if ((endedAt == null) != (result == null)) {
      throw new IllegalArgumentException("an attempt ends with a result: " + result);
    }
  }

  /** Whether it goes on, as far as the record knows. */
  public boolean isOpen() {
    return result == null;
  }

  /** The attempts with one more that begins; the oldest goes when there are too many. */
  static List<Attempt> begun(List<Attempt> attempts, int run, int number, Instant now) {
    List<Attempt> all = new ArrayList<>(attempts);
    all.add(new Attempt(run, number, now, null, null, null));
    return List.copyOf(all.subList(Math.max(0, all.size() - MAX_KEPT), all.size()));
  }

  /** The attempts with the last one ended, if it is open. */
  static List<Attempt> ended(
      List<Attempt> attempts, Result result, @Nullable String code, Instant endedAt) {
    if (attempts.isEmpty() || !attempts.get(attempts.size() - 1).isOpen()) {
      return attempts;
    }
    List<Attempt> all = new ArrayList<>(attempts);
    Attempt last = all.remove(all.size() - 1);
    // Clocks differ: it never ends before it began.
    Instant end = endedAt.isBefore(last.startedAt) ? last.startedAt : endedAt;
    all.add(new Attempt(last.run, last.number, last.startedAt, end, result, code));
    return List.copyOf(all);
  }
}
