package dev.whatsit.sweep;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Runs all kinds of sweeps in turn, in a bounded time however slow services are. Thread-safe. */
final class SweepAll {
  private static final SweepResult NO_TIME = new SweepResult(0, 0, 0, true);

  private final List<Function<Deadline, SweepResult>> kinds;
  private final Duration time;
  private final Clock clock;

  /**
   * Creates the use case.
   *
   * @param time after this no further call is started
   */
  SweepAll(List<Function<Deadline, SweepResult>> kinds, Duration time, Clock clock) {
    this.kinds = List.copyOf(kinds);
    this.time = time;
    this.clock = clock;
  }

  /**
   * Runs all kinds, even if some fail: a failure of one kind must not stop the others.
   *
   * @return one result for each kind, in their order
   * @throws RuntimeException the first failure, after all were tried
   */
  List<SweepResult> sweep() {
    Deadline deadline = new Deadline(clock.instant().plus(time), clock);
    List<SweepResult> swept = new ArrayList<>();
    @Nullable RuntimeException first = null;
    for (Function<Deadline, SweepResult> kind : kinds) {
      try {
        swept.add(deadline.isOver() ? NO_TIME : kind.apply(deadline));
      } catch (RuntimeException e) {
        first = first == null ? e : first;
      }
    }
    if (first != null) {
      throw first;
    }
    return swept;
  }
}
