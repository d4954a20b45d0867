package dev.whatsit.faults;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Records the events of each image or batch, for failure messages. Thread-safe. */
final class Timeline {
  private final long begun = System.nanoTime();
  private final Map<String, List<String>> lines = new ConcurrentHashMap<>();

  void add(String image, String what) {
    long millis = (System.nanoTime() - begun) / 1_000_000;
    List<String> entries = lines.computeIfAbsent(image, key -> new ArrayList<>());
    synchronized (entries) {
      entries.add(millis + " ms: " + what);
    }
  }

  /** All events of this image, one per line. */
  String of(String image) {
    List<String> entries = lines.getOrDefault(image, List.of());
    synchronized (entries) {
      return image + "\n  " + String.join("\n  ", entries);
    }
  }
}
