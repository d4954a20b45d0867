package dev.whatsit.benchmarks;

import java.util.List;
import java.util.Locale;

/** Computes robust statistics of repeated measurements: median and range. */
public final class Figures {
  private Figures() {}

  /** The middle value, or the mean of the two in the middle. */
  public static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  /** A line with name, median, range and unit. */
  public static String line(String name, List<Double> values, String unit) {
    return String.format(
        Locale.ROOT,
        "%-44s median %10.2f %-7s (%.2f to %.2f, %d rounds)",
        name,
        median(values),
        unit,
        values.stream().mapToDouble(v -> v).min().orElseThrow(),
        values.stream().mapToDouble(v -> v).max().orElseThrow(),
        values.size());
  }
}
