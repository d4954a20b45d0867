package dev.whatsit.faults;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What happened to each image, for whoever must find out why. Safe for use by several threads. */
final class Story {
  private final long begun = System.nanoTime();
  private final Map<String, List<String>> lines = new ConcurrentHashMap<>();

  void tell(String image, String what) {
    long millis = (System.nanoTime() - begun) / 1_000_000;
    List<String> told = lines.computeIfAbsent(image, key -> new ArrayList<>());
    synchronized (told) {
      told.add(millis + " ms: " + what);
    }
  }

  /** Everything about this image, a line each. */
  String of(String image) {
    List<String> told = lines.getOrDefault(image, List.of());
    synchronized (told) {
      return image + "\n  " + String.join("\n  ", told);
    }
  }
}
