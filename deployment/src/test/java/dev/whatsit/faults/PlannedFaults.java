package dev.whatsit.faults;

import dev.whatsit.faultproxy.Fault;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/** Injects one fault for each image, at a call that the test chooses. Thread-safe. */
final class PlannedFaults implements Faults {
  private final Map<String, Plan> plans = new ConcurrentHashMap<>();
  private final Set<String> met = ConcurrentHashMap.newKeySet();

  /**
   * The fault planned for an image.
   *
   * @param service of the call
   * @param method of the call
   * @param number of the call that fails
   * @param fault of that call
   * @param lasting whether every later call of the method fails too
   */
  record Plan(String service, String method, int number, Fault fault, boolean lasting) {
    boolean isMetBy(Call call) {
      return call.service().equals(service)
          && call.method().equals(method)
          && (lasting ? call.number() >= number : call.number() == number);
    }
  }

  /**
   * Plans a fault; it replaces an earlier one for the same image. All calls without an image share
   * one plan.
   */
  void plan(String image, Plan plan) {
    plans.put(image, plan);
  }

  /** Removes every plan. */
  void clear() {
    plans.clear();
  }

  /** The images for which the planned fault was not injected so far. */
  Set<String> unmet() {
    Set<String> unmet = new TreeSet<>(plans.keySet());
    unmet.removeAll(met);
    return unmet;
  }

  @Override
  public Fault of(Call call) {
    Plan plan = plans.get(call.image());
    if (plan == null || !plan.isMetBy(call)) {
      return Fault.NONE;
    }
    met.add(call.image());
    return plan.fault();
  }
}
