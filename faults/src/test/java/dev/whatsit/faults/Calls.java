package dev.whatsit.faults;

import dev.whatsit.faultproxy.Fault;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Numbers the calls, has their faults decided and notes both. Safe for use by several threads. */
final class Calls {
  private final Story story;
  private final Map<Call, Integer> numbers = new HashMap<>();
  private final List<String> made = new ArrayList<>();
  private final Map<Fault.Kind, Integer> counts = new HashMap<>();
  private volatile Faults faults = Faults.NONE;

  Calls(Story story) {
    this.story = story;
  }

  /** What becomes of calls from now on. */
  void decideBy(Faults next) {
    faults = next;
  }

  /** Says what becomes of the call that has just come in. */
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
    story.tell(image, call + " " + fault);
    return fault;
  }

  /** The calls since the last time, in the order in which they came in. */
  synchronized List<String> take() {
    List<String> taken = List.copyOf(made);
    made.clear();
    return taken;
  }

  /** How many calls of this method there were about this image. */
  synchronized int count(String service, String method, String image) {
    return numbers.getOrDefault(new Call(service, method, image, 0), 0);
  }

  /** Every call about this image or batch, by service and method, each with how many there were. */
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

  /** How often each fault befell a call. */
  synchronized Map<Fault.Kind, Integer> counts() {
    return Map.copyOf(counts);
  }
}
