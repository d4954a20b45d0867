package dev.whatsit.domain.record;

import dev.whatsit.domain.classification.Classification;

/** The final result of claimed work. */
public sealed interface Outcome {
  /** The image was classified. */
  record Classified(Classification classification) implements Outcome {}

  /** The work failed and is not retried automatically. */
  record Failed(WorkError error) implements Outcome {}
}
