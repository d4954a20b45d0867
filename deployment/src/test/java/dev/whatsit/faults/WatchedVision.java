package dev.whatsit.faults;

import dev.whatsit.classifier.vision.VisionClassifierProvider;
import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.backend.ClassifierProvider;
import dev.whatsit.domain.classification.Classifier;
import dev.whatsit.domain.settings.Settings;

/** The classifier {@code vision} with the checks of {@link Invariants}. */
public final class WatchedVision implements ClassifierProvider {
  static final String NAME = "watched-vision";

  /** For the {@link java.util.ServiceLoader}. */
  public WatchedVision() {}

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Classifier open(Settings settings, Backend backend) {
    Invariants invariants = ((Invariants.Watched) backend).invariants();
    return invariants.over(new VisionClassifierProvider().open(settings, backend));
  }
}
