package dev.whatsit.benchmarks.load;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * How fast photos were classified from some instant to the last one.
 *
 * @param perSecond photos by the clock on the wall
 * @param processorMillis processor time of the whole process for each photo, NaN where the system
 *     does not tell it
 */
record Pace(double perSecond, double processorMillis) {
  /**
   * Where counting begins.
   *
   * @param processorTime that the process had used by then
   */
  record Mark(Instant at, Duration processorTime) {
    static Mark at(Duration processorTime) {
      return new Mark(Instant.now(), processorTime);
    }
  }

  /**
   * The pace after a mark.
   *
   * @param finished when each photo was, those before the mark included
   * @param processorTime that the process had used when the last one was
   * @throws IllegalArgumentException if fewer than two were finished after the mark
   */
  static Pace since(Mark mark, List<Instant> finished, Duration processorTime) {
    List<Instant> counted = finished.stream().filter(mark.at()::isBefore).sorted().toList();
    if (counted.size() < 2) {
      throw new IllegalArgumentException("too few photos to tell a pace");
    }
    Instant last = counted.get(counted.size() - 1);
    double seconds = Duration.between(mark.at(), last).toNanos() / 1e9;
    double processor = processorTime.minus(mark.processorTime()).toNanos() / 1e6;
    return new Pace(
        counted.size() / seconds, processor == 0 ? Double.NaN : processor / counted.size());
  }
}
