package dev.whatsit.faults;

import dev.whatsit.faultproxy.Fault;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Numbers the calls, gets their faults from a rule, and records both. It also keeps the events of
 * each image or batch, for failure messages. Thread-safe.
 */
final class Calls {
  /** No call fails. */
  static final Function<Call, Fault> NO_FAULTS = call -> Fault.NONE;

  private final long begun = System.nanoTime();
  private final Map<String, List<String>> events = new HashMap<>();
  private final Map<Call, Integer> numbers = new HashMap<>();
  private final List<String> made = new ArrayList<>();
  private final Map<Fault.Kind, Integer> counts = new HashMap<>();
  private volatile Function<Call, Fault> faults = NO_FAULTS;

  /** Replaces the rule for the calls from now on. */
  void setFaults(Function<Call, Fault> next) {
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
    Fault fault = faults.apply(call);
    synchronized (this) {
      counts.merge(fault.kind(), 1, Integer::sum);
    }
    addEvent(image, call + " " + fault);
    return fault;
  }

  synchronized void addEvent(String image, String what) {
    long millis = (System.nanoTime() - begun) / 1_000_000;
    events.computeIfAbsent(image, key -> new ArrayList<>()).add(millis + " ms: " + what);
  }

  /** All events of this image, one per line. */
  synchronized String eventsOf(String image) {
    return image + "\n  " + String.join("\n  ", events.getOrDefault(image, List.of()));
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
