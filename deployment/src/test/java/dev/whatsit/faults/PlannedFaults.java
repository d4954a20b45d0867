package dev.whatsit.faults;

import dev.whatsit.faultproxy.Fault;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Injects one fault for each image or batch, at a call that the test chooses. Thread-safe.
 *
 * <p>The test plans faults for images that it knows, or for those that appear next, because the id
 * of a batch is not known before the response.
 */
final class PlannedFaults implements Function<Call, Fault> {
  static final int IMAGE_ID_LENGTH = 64;
  static final int BATCH_ID_LENGTH = 32;

  private final int idLength;
  private final Deque<Plan> next = new ArrayDeque<>();
  private final Map<String, Plan> plans = new HashMap<>();
  private final Set<String> seen = new HashSet<>();
  private final Set<String> met = new HashSet<>();

  /**
   * A fault.
   *
   * @param service of the call
   * @param method of the call
   * @param number of the call that fails
   * @param fault of that call
   * @param lasting whether every later call of the method fails too
   */
  record Plan(String service, String method, int number, Fault fault, boolean lasting) {
    /** The same plan for the calls after the first ones. */
    Plan after(int calls) {
      return new Plan(service, method, calls + number, fault, lasting);
    }

    boolean isMetBy(Call call) {
      return call.service().equals(service)
          && call.method().equals(method)
          && (lasting ? call.number() >= number : call.number() == number);
    }
  }

  /** Creates an empty plan; {@code idLength} tells images from batches. */
  PlannedFaults(int idLength) {
    this.idLength = idLength;
  }

  /** Plans a fault for an image. All calls without an image share one plan. */
  synchronized void plan(String image, Plan plan) {
    plans.put(image, plan);
    met.remove(image);
  }

  /** Plans these faults for the images or batches that appear next, and drops all other plans. */
  synchronized void planNext(List<Plan> faults) {
    clear();
    next.addAll(faults);
  }

  /** Drops all plans. */
  synchronized void clear() {
    next.clear();
    plans.clear();
  }

  /** The plans that were not met so far. */
  synchronized List<Plan> unmet() {
    List<Plan> unmet = new ArrayList<>(next);
    plans.forEach(
        (image, plan) -> {
          if (!met.contains(image)) {
            unmet.add(plan);
          }
        });
    return unmet;
  }

  @Override
  public synchronized Fault apply(Call call) {
    boolean isNew =
        call.image().length() == idLength && seen.add(call.image()) && call.number() == 1;
    if (isNew && !next.isEmpty() && !plans.containsKey(call.image())) {
      plans.put(call.image(), next.remove());
    }
    Plan plan = plans.get(call.image());
    if (plan == null || !plan.isMetBy(call)) {
      return Fault.NONE;
    }
    met.add(call.image());
    return plan.fault();
  }
}
