package dev.whatsit.domain.record;

import dev.whatsit.domain.classification.Classification;

/** How a claimed piece of work ended for good. */
public sealed interface Outcome {
  /** The image was classified. */
  record Classified(Classification classification) implements Outcome {}

  /** The image's work failed and will not be tried again by itself. */
  record Failed(WorkError error) implements Outcome {}
}
