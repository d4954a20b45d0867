package dev.whatsit.faults;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Numbers the calls, has their fates decided and notes both. Safe for use by several threads. */
final class Calls {
  private final Story story;
  private final Map<Call, Integer> numbers = new HashMap<>();
  private final List<String> made = new ArrayList<>();
  private final Map<Fate.Kind, Integer> counts = new HashMap<>();
  private volatile Fates fates = Fates.GOOD;

  Calls(Story story) {
    this.story = story;
  }

  /** What becomes of calls from now on. */
  void decideBy(Fates next) {
    fates = next;
  }

  /** Says what becomes of the call that has just come in. */
  Fate next(String service, String method, String image) {
    Call call;
    synchronized (this) {
      int number = numbers.merge(new Call(service, method, image, 0), 1, Integer::sum);
      call = new Call(service, method, image, number);
      made.add(service + "." + method);
    }
    Fate fate = fates.of(call);
    synchronized (this) {
      counts.merge(fate.kind(), 1, Integer::sum);
    }
    story.tell(image, call + " " + fate);
    return fate;
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

  /** How often each fate befell a call. */
  synchronized Map<Fate.Kind, Integer> counts() {
    return Map.copyOf(counts);
  }
}
