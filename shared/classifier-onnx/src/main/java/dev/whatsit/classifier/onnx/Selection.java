package dev.whatsit.classifier.onnx;

import dev.whatsit.domain.classification.Annotation;
import dev.whatsit.domain.classification.DetectedObject;
import java.util.Comparator;
import java.util.List;

/**
 * Which answers are good enough to be told, best first; of equally good ones, those that the model
 * knows first.
 *
 * @param minConfidence least confidence, 0 to 1
 * @param maxAnnotations most annotations, at least 1
 */
record Selection(double minConfidence, int maxAnnotations) {
  /** The HTTP contract's limit. */
  private static final int MAX_OBJECTS = 20;

  List<Annotation> annotations(List<Annotation> all) {
    return all.stream()
        .filter(one -> one.confidence() >= minConfidence)
        .sorted(Comparator.comparingDouble(Annotation::confidence).reversed())
        .limit(maxAnnotations)
        .toList();
  }

  List<DetectedObject> objects(List<DetectedObject> all) {
    return all.stream()
        .filter(one -> one.confidence() >= minConfidence)
        .sorted(Comparator.comparingDouble(DetectedObject::confidence).reversed())
        .limit(MAX_OBJECTS)
        .toList();
  }

  /** A model's number as a confidence: within 0 to 1, and none for what is no number. */
  static double confidence(double value) {
    return value >= 0 ? Math.min(1, value) : 0;
  }
}
