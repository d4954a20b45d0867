package dev.whatsit.local;

import dev.whatsit.domain.backend.ClassifierProvider;
import dev.whatsit.domain.classification.Annotation;
import dev.whatsit.domain.classification.Classification;
import dev.whatsit.domain.classification.Classifier;
import dev.whatsit.domain.classification.ClassifierIdentity;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.settings.Settings;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * A classifier that tests hold back: {@code CLASSIFIER=held}. Each classification takes a permit of
 * {@link #PERMITS} and fails when {@link #broken} is set.
 */
public final class HeldClassifierProvider implements ClassifierProvider {
  static final Semaphore PERMITS = new Semaphore(0);
  static final Semaphore ASKED = new Semaphore(0);
  static volatile boolean broken;

  @Override
  public String name() {
    return "held";
  }

  @Override
  public Classifier open(Settings settings, ImageStore images) {
    boolean open = settings.flag("HELD_OPEN", false);
    return new Classifier() {
      @Override
      public Classification classify(ImageDescription image) {
        ASKED.release();
        if (broken) {
          throw new TransientFailure("broken by a test");
        }
        try {
          if (!open && !PERMITS.tryAcquire(Duration.ofMinutes(1).toSeconds(), TimeUnit.SECONDS)) {
            throw new TransientFailure("no test let it go on");
          }
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new TransientFailure("interrupted", e);
        }
        return new Classification(
            List.of(new Annotation("held", 0.5)), List.of(), new ClassifierIdentity("held", "1"));
      }

      @Override
      public void checkReachable() {}

      @Override
      public void close() {}
    };
  }
}
