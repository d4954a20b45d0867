package dev.whatsit.faults;

import dev.whatsit.faultproxy.Fault;
import dev.whatsit.faults.PlannedFaults.Plan;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Gives each batch one fault, in the order in which batches first appear, because their ids are not
 * known before. Thread-safe.
 */
final class FaultsInTurn implements Faults {
  private static final int ID_LENGTH = 32;

  private final Set<Plan> unmet;
  private final Deque<Plan> left = new ArrayDeque<>();
  private final Map<String, Plan> given = new HashMap<>();

  FaultsInTurn(List<Plan> plans) {
    this.unmet = new LinkedHashSet<>(plans);
  }

  /** Gives the faults that were not injected so far to the next batches. */
  synchronized void again() {
    left.clear();
    left.addAll(unmet);
  }

  /** The plans that were not injected so far. */
  synchronized Set<Plan> unmet() {
    return new LinkedHashSet<>(unmet);
  }

  @Override
  public synchronized Fault of(Call call) {
    if (call.image().length() != ID_LENGTH) {
      return Fault.NONE;
    }
    Plan plan = given.get(call.image());
    if (plan == null && call.number() == 1) {
      plan = left.poll();
      if (plan != null) {
        given.put(call.image(), plan);
      }
    }
    if (plan == null || !plan.isMetBy(call)) {
      return Fault.NONE;
    }
    unmet.remove(plan);
    return plan.fault();
  }
}
