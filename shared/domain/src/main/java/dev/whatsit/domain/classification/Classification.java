package dev.whatsit.domain.classification;

import java.util.List;

/**
 * What a classifier recognised in one image.
 *
 * @param annotations best first; empty when nothing was recognised, which is a success
 * @param objects best first; empty when there are none or the classifier does not locate things
 * @param classifier who says so
 */
public record Classification(
    List<Annotation> annotations, List<DetectedObject> objects, ClassifierIdentity classifier) {
  /** Takes copies of the lists. */
  public Classification {
    annotations = List.copyOf(annotations);
    objects = List.copyOf(objects);
  }
}
