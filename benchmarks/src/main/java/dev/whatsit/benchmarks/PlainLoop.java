package dev.whatsit.benchmarks;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.backend.ClassifierProvider;
import dev.whatsit.domain.classification.Classification;
import dev.whatsit.domain.classification.Classifier;
import dev.whatsit.domain.image.ImageBytes;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageValidator;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.image.ImageLimits;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.image.SignedLink;
import dev.whatsit.domain.image.Inspection;
import dev.whatsit.domain.settings.Settings;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The lower bound of classification: only the system's decoder and inference session, over photos
 * in memory. Thread-safe.
 */
public final class PlainLoop implements AutoCloseable {
  private final Classifier classifier;
  private final List<ImageDescription> images;
  private final AtomicInteger next = new AtomicInteger();

  private PlainLoop(Classifier classifier, List<ImageDescription> images) {
    this.classifier = classifier;
    this.images = images;
  }

  /**
   * Loads the model and creates the photos, numbered from 0.
   *
   * @param photos the number of photos, at least 1
   */
  public static PlainLoop open(int photos) {
    Map<ImageHash, byte[]> stored = new HashMap<>();
    List<ImageDescription> images = new ArrayList<>();
    Photos source = Photos.ofSample();
    ImageValidator firewall = new ImageValidator(ImageLimits.DEFAULT);
    for (int number = 0; number < photos; number++) {
      byte[] photo = source.photo(number);
      if (!(firewall.inspect(ImageBytes.of(photo)) instanceof Inspection.Accepted accepted)) {
        throw new IllegalStateException("the firewall refused a photo");
      }
      ImageHash hash = ImageHash.ofDigest(ImageHash.newDigest().digest(photo));
      stored.put(hash, photo);
      images.add(
          new ImageDescription(
              hash, accepted.format(), photo.length, accepted.width(), accepted.height()));
    }
    Settings settings = Settings.of(Map.of(ClassifierProvider.SETTING, "onnx"));
    Classifier classifier =
        ClassifierProvider.choose(settings).open(settings, new InMemory(stored));
    return new PlainLoop(classifier, images);
  }

  /** Classifies the next photo, starting over after the last. */
  public Classification next() {
    return classifier.classify(images.get(Math.floorMod(next.getAndIncrement(), images.size())));
  }

  @Override
  public void close() {
    classifier.close();
  }

  private record InMemory(Map<ImageHash, byte[]> photos) implements ImageStore, Backend {
    @Override
    public String name() {
      return "memory";
    }

    @Override
    public Optional<ImageStore> images(Settings settings) {
      return Optional.of(this);
    }

    @Override
    public Put putIfAbsent(ImageDescription description, ImageBytes content) {
      throw new UnsupportedOperationException("the photos are given");
    }

    @Override
    public Optional<InputStream> open(ImageHash hash) {
      return Optional.ofNullable(photos.get(hash)).map(ByteArrayInputStream::new);
    }

    @Override
    public void delete(ImageHash hash) {
      throw new UnsupportedOperationException();
    }

    @Override
    public SignedLink link(ImageDescription description, Instant now) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void check() {}
  }
}
