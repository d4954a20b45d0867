package dev.whatsit.benchmarks.load;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * The rate of classification from some instant to the last photo.
 *
 * @param perSecond photos per second of wall-clock time
 * @param processorMillis processor time of the whole process per photo, NaN if the system does not
 *     report it
 */
record Pace(double perSecond, double processorMillis) {
  /**
   * The start of counting.
   *
   * @param processorTime the process's processor time at that instant
   */
  record Mark(Instant at, Duration processorTime) {
    static Mark at(Duration processorTime) {
      return new Mark(Instant.now(), processorTime);
    }
  }

  /**
   * The pace after a mark.
   *
   * @param finished when each photo was finished, including those before the mark
   * @param processorTime of the process when the last one was finished
   * @throws IllegalArgumentException if fewer than two were finished after the mark
   */
  static Pace since(Mark mark, List<Instant> finished, Duration processorTime) {
    List<Instant> counted = finished.stream().filter(mark.at()::isBefore).sorted().toList();
    if (counted.size() < 2) {
      throw new IllegalArgumentException("at least two photos must be finished after the mark");
    }
    Instant last = counted.get(counted.size() - 1);
    double seconds = Duration.between(mark.at(), last).toNanos() / 1e9;
    double processor = processorTime.minus(mark.processorTime()).toNanos() / 1e6;
    return new Pace(
        counted.size() / seconds, processor == 0 ? Double.NaN : processor / counted.size());
  }
}
