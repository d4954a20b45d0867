package dev.whatsit.classifier.onnx;

import dev.whatsit.domain.classification.Annotation;
import dev.whatsit.domain.classification.DetectedObject;
import java.util.Comparator;
import java.util.List;

/**
 * Selects the results to return: those with enough confidence, the highest first. Equal confidences
 * keep the model's order.
 *
 * @param minConfidence minimum confidence, 0 to 1
 * @param maxAnnotations maximum number of annotations, at least 1
 */
record Selection(double minConfidence, int maxAnnotations) {
  /** The limit of the HTTP API. */
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

  /** Clamps a model's number to a confidence from 0 to 1; NaN becomes 0. */
  static double confidence(double value) {
    return value >= 0 ? Math.min(1, value) : 0;
  }
}
