package dev.whatsit.classifier.vision;

import dev.whatsit.domain.classification.Extras;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * Which answers are good enough to be told, best first.
 *
 * @param minConfidence least confidence, 0 to 1
 * @param maxAnnotations most annotations, at least 1
 */
record Selection(double minConfidence, int maxAnnotations) {
  /** The HTTP contract's limit. */
  private static final int MAX_OBJECTS = 20;

  /** The most answers of a feature that are told. */
  int most(VisionFeature feature) {
    return switch (feature) {
      case LABELS -> maxAnnotations;
      case OBJECTS -> MAX_OBJECTS;
      default -> Extras.MOST;
    };
  }

  <T> List<T> best(VisionFeature feature, Stream<T> all, ToDoubleFunction<T> confidence) {
    return all.filter(one -> confidence.applyAsDouble(one) >= minConfidence)
        .sorted(Comparator.comparingDouble(confidence).reversed())
        .limit(most(feature))
        .toList();
  }
}
