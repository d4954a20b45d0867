package dev.whatsit.benchmarks;

import java.util.List;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/** Prints figures of repeated measurements. */
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

  /** Prints a line. */
  public static void print(String format, Object... values) {
    System.out.println(String.format(Locale.ROOT, format, values));
  }

  /** Prints a line with name, median, range and unit. */
  public static void printRounds(String name, List<Double> values, String unit) {
    print(
        "%-44s median %10.2f %-7s (%.2f to %.2f, %d rounds)",
        name,
        median(values),
        unit,
        values.stream().mapToDouble(v -> v).min().orElseThrow(),
        values.stream().mapToDouble(v -> v).max().orElseThrow(),
        values.size());
  }

  /** Prints the percentiles of a histogram of microseconds, in milliseconds. */
  public static void printPercentiles(String name, Histogram micros) {
    print(
        "  %s: p50 %.1f ms, p90 %.1f ms, p99 %.1f ms, longest %.1f ms",
        name,
        micros.getValueAtPercentile(50) / 1e3,
        micros.getValueAtPercentile(90) / 1e3,
        micros.getValueAtPercentile(99) / 1e3,
        micros.getMaxValue() / 1e3);
  }
}
