package dev.whatsit.domain.classification;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a classifier recognised in one image.
 *
 * @param annotations best first; empty when nothing was recognised, which is a success
 * @param objects best first; empty when there are none or the classifier does not locate things
 * @param classifier who says so
 * @param extras what else it tells; null when that is nothing, as in records of earlier versions
 */
public record Classification(
    List<Annotation> annotations,
    List<DetectedObject> objects,
    ClassifierIdentity classifier,
    @Nullable Extras extras) {
  /** Takes copies of the lists; extras with nothing in them are none. */
  public Classification {
    annotations = List.copyOf(annotations);
    objects = List.copyOf(objects);
    extras = extras == null || extras.isEmpty() ? null : extras;
  }

  /** A classification of labels and objects alone. */
  public Classification(
      List<Annotation> annotations, List<DetectedObject> objects, ClassifierIdentity classifier) {
    this(annotations, objects, classifier, null);
  }
}
