package dev.whatsit.faults;

import dev.whatsit.faultproxy.Fault;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Numbers the calls, gets their faults from a rule, and records both. Thread-safe. */
final class Calls {
  private final Timeline timeline;
  private final Map<Call, Integer> numbers = new HashMap<>();
  private final List<String> made = new ArrayList<>();
  private final Map<Fault.Kind, Integer> counts = new HashMap<>();
  private volatile Faults faults = Faults.NONE;

  Calls(Timeline timeline) {
    this.timeline = timeline;
  }

  /** Replaces the rule for the calls from now on. */
  void setFaults(Faults next) {
    faults = next;
  }

  /** The fault of a call that has just arrived. */
  Fault next(String service, String method, String image) {
    Call call;
    synchronized (this) {
      int number = numbers.merge(new Call(service, method, image, 0), 1, Integer::sum);
      call = new Call(service, method, image, number);
      made.add(service + "." + method);
    }
    Fault fault = faults.of(call);
    synchronized (this) {
      counts.merge(fault.kind(), 1, Integer::sum);
    }
    timeline.add(image, call + " " + fault);
    return fault;
  }

  /** The calls since the last call of this method, in order of arrival. */
  synchronized List<String> take() {
    List<String> taken = List.copyOf(made);
    made.clear();
    return taken;
  }

  /** The number of calls of this method for this image. */
  synchronized int count(String service, String method, String image) {
    return numbers.getOrDefault(new Call(service, method, image, 0), 0);
  }

  /** The calls for this image or batch, by service and method. The number of each is its count. */
  synchronized List<Call> about(String image) {
    List<Call> about = new ArrayList<>();
    numbers.forEach(
        (call, count) -> {
          if (call.image().equals(image)) {
            about.add(new Call(call.service(), call.method(), image, count));
          }
        });
    return about;
  }

  /** How often each kind of fault was injected. */
  synchronized Map<Fault.Kind, Integer> counts() {
    return Map.copyOf(counts);
  }
}
