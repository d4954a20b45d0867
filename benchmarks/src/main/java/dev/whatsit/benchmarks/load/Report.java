package dev.whatsit.benchmarks.load;

import java.util.Locale;
import org.HdrHistogram.Histogram;

/** Prints figures. */
final class Report {
  private Report() {}

  static void line(String format, Object... values) {
    System.out.println(String.format(Locale.ROOT, format, values));
  }

  /** Prints the percentiles of a histogram of microseconds, in milliseconds. */
  static void percentiles(String name, Histogram micros) {
    line(
        "  %s: p50 %.1f ms, p90 %.1f ms, p99 %.1f ms, longest %.1f ms",
        name,
        micros.getValueAtPercentile(50) / 1e3,
        micros.getValueAtPercentile(90) / 1e3,
        micros.getValueAtPercentile(99) / 1e3,
        micros.getMaxValue() / 1e3);
  }
}
