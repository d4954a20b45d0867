package dev.whatsit.classify;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.backend.ClassifierProvider;
import dev.whatsit.domain.classification.Annotation;
import dev.whatsit.domain.classification.Classification;
import dev.whatsit.domain.classification.Classifier;
import dev.whatsit.domain.classification.ClassifierIdentity;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.settings.Settings;
import java.util.List;

/** A classifier that sees a cat in everything, and fails for images that are one pixel wide. */
public final class ScriptedProvider implements ClassifierProvider {
  @Override
  public String name() {
    return "scripted";
  }

  @Override
  public Classifier open(Settings settings, Backend backend) {
    return new Classifier() {
      @Override
      public Classification classify(ImageDescription image) {
        if (image.width() == 1) {
          throw new TransientFailure("scripted");
        }
        return new Classification(
            List.of(new Annotation("cat", 0.9)),
            List.of(),
            new ClassifierIdentity("scripted", "1"));
      }

      @Override
      public void checkReachable() {}

      @Override
      public void close() {}
    };
  }
}
