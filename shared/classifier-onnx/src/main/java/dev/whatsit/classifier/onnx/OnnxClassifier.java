package dev.whatsit.classifier.onnx;

import ai.onnxruntime.OrtException;
import dev.whatsit.classifier.onnx.ModelOutput.Findings;
import dev.whatsit.domain.classification.Annotation;
import dev.whatsit.domain.classification.Classification;
import dev.whatsit.domain.classification.Classifier;
import dev.whatsit.domain.classification.ClassifierIdentity;
import dev.whatsit.domain.classification.DetectedObject;
import dev.whatsit.domain.classification.Extras;
import dev.whatsit.domain.failure.FailureCodes;
import dev.whatsit.domain.failure.PermanentFailure;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.picture.Framing;
import dev.whatsit.picture.Picture;
import dev.whatsit.picture.PictureDecoder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * Classifies images with ONNX models: reads an image from the store, decodes it once within limits,
 * runs each model and merges what they find. Thread-safe. The number of buffers limits concurrent
 * runs; further ones wait.
 */
final class OnnxClassifier implements Classifier {
  /** The limit of the HTTP API. */
  private static final int MAX_OBJECTS = 20;

  private final ImageStore images;
  private final PictureDecoder decoder;
  private final List<Model> models;
  private final double minConfidence;
  private final int maxAnnotations;
  private final Duration maxWait;
  private final BlockingQueue<ByteBuffer> buffers;

  /** Every classification holds the read lock, so that {@link #close} waits for it. */
  private final ReadWriteLock use = new ReentrantReadWriteLock();

  private boolean closed;

  /**
   * Creates a classifier, which owns the models and closes them.
   *
   * @param models at least one
   * @param minConfidence minimum confidence of a result, 0 to 1
   * @param maxAnnotations maximum number of annotations, at least 1
   * @param runs maximum number of concurrent runs, at least 1
   * @param maxWait how long a picture waits for a free run
   */
  OnnxClassifier(
      ImageStore images,
      PictureDecoder decoder,
      List<Model> models,
      double minConfidence,
      int maxAnnotations,
      int runs,
      Duration maxWait) {
    this.images = images;
    this.decoder = decoder;
    this.models = List.copyOf(models);
    this.minConfidence = minConfidence;
    this.maxAnnotations = maxAnnotations;
    this.maxWait = maxWait;
    this.buffers = new ArrayBlockingQueue<>(runs);
    int bytes = models.stream().mapToInt(model -> model.input().tensorBytes()).max().orElseThrow();
    for (int i = 0; i < runs; i++) {
      buffers.add(ByteBuffer.allocateDirect(bytes));
    }
  }

  @Override
  public Classification classify(ImageDescription image) {
    use.readLock().lock();
    try {
      checkOpen();
      Framing[] framings =
          models.stream().map(model -> model.input().framing()).toArray(Framing[]::new);
      return merged(run(decoder.decode(read(image), image, framings), image));
    } finally {
      use.readLock().unlock();
    }
  }

  private Classification merged(List<Findings> all) {
    Map<String, Double> labels = new LinkedHashMap<>();
    List<DetectedObject> objects = new ArrayList<>();
    List<Annotation> categories = null;
    for (Findings findings : all) {
      for (Annotation one : findings.annotations()) {
        labels.merge(one.label(), one.confidence(), Math::max);
      }
      objects.addAll(findings.objects());
      categories = findings.categories() == null ? categories : findings.categories();
    }
    List<Annotation> annotations =
        labels.entrySet().stream()
            .map(label -> new Annotation(label.getKey(), label.getValue()))
            .toList();
    return new Classification(
        best(annotations, Annotation::confidence, maxAnnotations),
        best(objects, DetectedObject::confidence, MAX_OBJECTS),
        new ClassifierIdentity(
            "onnx", models.stream().map(Model::version).collect(Collectors.joining(" + "))),
        categories == null
            ? null
            : Extras.ofCategories(best(categories, Annotation::confidence, Extras.MAX_ENTRIES)));
  }

  /** Equal confidences keep the order of the models. */
  private <T> List<T> best(List<T> all, ToDoubleFunction<T> confidence, int limit) {
    return all.stream()
        .filter(one -> confidence.applyAsDouble(one) >= minConfidence)
        .sorted(Comparator.comparingDouble(confidence).reversed())
        .limit(limit)
        .toList();
  }

  private byte[] read(ImageDescription image) {
    try (InputStream in = images.open(image.hash()).orElseThrow(() -> gone(image))) {
      byte[] bytes = new byte[Math.toIntExact(image.sizeBytes())];
      int length = in.readNBytes(bytes, 0, bytes.length);
      return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
    } catch (IOException e) {
      throw new TransientFailure("read image " + image.hash(), e);
    }
  }

  private static PermanentFailure gone(ImageDescription image) {
    return new PermanentFailure(
        FailureCodes.IMAGE_GONE,
        "The image " + image.hash() + " is no longer stored.",
        false,
        null);
  }

  /** Runs each model on the picture that was made for it. */
  private List<Findings> run(List<Picture> pictures, ImageDescription image) {
    ByteBuffer buffer;
    try {
      buffer = buffers.poll(maxWait.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TransientFailure("interrupted before classifying " + image.hash(), e);
    }
    if (buffer == null) {
      throw new TransientFailure(
          "the models were busy for " + maxWait.toSeconds() + " s, classifying " + image.hash());
    }
    try {
      List<Findings> findings = new ArrayList<>();
      for (int i = 0; i < models.size(); i++) {
        findings.add(models.get(i).run(pictures.get(i), buffer));
      }
      return findings;
    } catch (OrtException e) {
      throw new TransientFailure("run the models on " + image.hash(), e);
    } finally {
      buffers.add(buffer);
    }
  }

  @Override
  public void checkReachable() {
    use.readLock().lock();
    try {
      checkOpen();
    } finally {
      use.readLock().unlock();
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new TransientFailure("the classifier is closed");
    }
  }

  /** Waits for the classifications in flight, then closes the models. Idempotent. */
  @Override
  public void close() {
    use.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        models.forEach(Model::close);
      }
    } finally {
      use.writeLock().unlock();
    }
  }
}
