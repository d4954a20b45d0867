package dev.whatsit.sweep;

import dev.whatsit.http.ApiRequest;
import dev.whatsit.http.ApiResponse;
import dev.whatsit.http.Routes;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * {@code POST /}: sweeps images, callbacks and batches in turn, in a bounded time however slow
 * services are. The response has the counts, for people who read the scheduler's log. Thread-safe.
 */
final class SweepHandler implements Routes.Handler {
  private static final SweepResult NO_TIME = new SweepResult(0, 0, 0, true);

  private final List<Function<Deadline, SweepResult>> sweeps;
  private final Duration timeout;
  private final Clock clock;

  /**
   * Creates the handler.
   *
   * @param timeout after this no further call is started
   */
  SweepHandler(
      SweepOverdue images,
      SweepCallbacks callbacks,
      SweepBatches batches,
      Duration timeout,
      Clock clock) {
    this.sweeps = List.of(images::sweep, callbacks::sweep, batches::sweep);
    this.timeout = timeout;
    this.clock = clock;
  }

  /** The counts of images, and those of callbacks and batches beside them. */
  private record SweepBody(
      int found,
      int republished,
      int failed,
      boolean more,
      SweepResult callbacks,
      SweepResult batches) {}

  @Override
  public ApiResponse handle(ApiRequest request) {
    List<SweepResult> results = sweep();
    SweepResult images = results.get(0);
    SweepBody body =
        new SweepBody(
            images.found(),
            images.republished(),
            images.failed(),
            images.more(),
            results.get(1),
            results.get(2));
    return ApiResponse.json(200, body).with("Cache-Control", "no-store");
  }

  /**
   * Runs all sweeps, even if some fail: a failure of one must not stop the others.
   *
   * @return the results of images, callbacks and batches
   * @throws RuntimeException the first failure, after all were tried
   */
  List<SweepResult> sweep() {
    Deadline deadline = new Deadline(clock.instant().plus(timeout), clock);
    List<SweepResult> results = new ArrayList<>();
    @Nullable RuntimeException first = null;
    for (Function<Deadline, SweepResult> sweep : sweeps) {
      try {
        results.add(deadline.isOver() ? NO_TIME : sweep.apply(deadline));
      } catch (RuntimeException e) {
        first = first == null ? e : first;
      }
    }
    if (first != null) {
      throw first;
    }
    return results;
  }
}
