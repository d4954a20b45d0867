package dev.whatsit.domain.classification;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The result of a classifier for one image.
 *
 * @param annotations best first; empty when nothing was recognised, which is a success
 * @param objects best first; empty when there are none or the classifier does not locate objects
 * @param classifier the classifier and model that made the result
 * @param extras further results; null when there are none, as in records of earlier versions
 */
public record Classification(
    List<Annotation> annotations,
    List<DetectedObject> objects,
    ClassifierIdentity classifier,
    @Nullable Extras extras) {
  public Classification {
    annotations = List.copyOf(annotations);
    objects = List.copyOf(objects);
    extras = extras == null || extras.isEmpty() ? null : extras;
  }

  /** A classification without extras. */
  public Classification(
      List<Annotation> annotations, List<DetectedObject> objects, ClassifierIdentity classifier) {
    this(annotations, objects, classifier, null);
  }
}
