package dev.whatsit.local;

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
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** The classifier {@code steered}: a test sets its behaviour for each image. */
public final class SteeredProvider implements ClassifierProvider {
  private static final Set<String> FAILING = ConcurrentHashMap.newKeySet();
  private static final Map<String, CountDownLatch> HELD = new ConcurrentHashMap<>();
  private static final Map<String, Integer> CALLS = new ConcurrentHashMap<>();

  /** Makes it fail for this image until {@link #repair}. */
  static void fail(String hash) {
    FAILING.add(hash);
  }

  static void repair(String hash) {
    FAILING.remove(hash);
  }

  /** Makes it block on this image until {@link #release}. */
  static void hold(String hash) {
    HELD.put(hash, new CountDownLatch(1));
  }

  static void release(String hash) {
    HELD.getOrDefault(hash, new CountDownLatch(0)).countDown();
  }

  /** How often it was called for this image. */
  static int calls(String hash) {
    return CALLS.getOrDefault(hash, 0);
  }

  @Override
  public String name() {
    return "steered";
  }

  @Override
  public Classifier open(Settings settings, Backend backend) {
    return new Classifier() {
      @Override
      public Classification classify(ImageDescription image) {
        String hash = image.hash().hex();
        CALLS.merge(hash, 1, Integer::sum);
        if (FAILING.contains(hash)) {
          throw new TransientFailure("set to fail");
        }
        try {
          if (!HELD.getOrDefault(hash, new CountDownLatch(0)).await(1, TimeUnit.MINUTES)) {
            throw new TransientFailure("not released in time");
          }
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new TransientFailure("interrupted", e);
        }
        return new Classification(
            List.of(new Annotation("cat", 0.9)), List.of(), new ClassifierIdentity("steered", "1"));
      }

      @Override
      public void checkReachable() {}

      @Override
      public void close() {}
    };
  }
}
