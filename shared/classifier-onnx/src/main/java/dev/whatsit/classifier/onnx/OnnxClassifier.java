package dev.whatsit.classifier.onnx;

import ai.onnxruntime.OrtException;
import dev.whatsit.domain.classification.Annotation;
import dev.whatsit.domain.classification.Classification;
import dev.whatsit.domain.classification.Classifier;
import dev.whatsit.domain.classification.DetectedObject;
import dev.whatsit.domain.failure.FailureCodes;
import dev.whatsit.domain.failure.PermanentFailure;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.picture.Picture;
import dev.whatsit.picture.PictureDecoder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.ToDoubleFunction;

/**
 * Classifies images with an ONNX model: reads an image from the store, decodes it within limits and
 * runs the model. Thread-safe. The number of buffers limits concurrent runs; further ones wait.
 */
final class OnnxClassifier implements Classifier {
  /** The limit of the HTTP API. */
  private static final int MAX_OBJECTS = 20;

  private final ImageStore images;
  private final PictureDecoder decoder;
  private final Model model;
  private final double minConfidence;
  private final int maxAnnotations;
  private final Duration maxWait;
  private final BlockingQueue<ByteBuffer> buffers;

  /** Every classification holds the read lock, so that {@link #close} waits for it. */
  private final ReadWriteLock use = new ReentrantReadWriteLock();

  private boolean closed;

  /**
   * Creates a classifier, which owns the model and closes it.
   *
   * @param minConfidence minimum confidence of a result, 0 to 1
   * @param maxAnnotations maximum number of annotations, at least 1
   * @param runs maximum number of concurrent runs, at least 1
   * @param maxWait how long a picture waits for a free run
   */
  OnnxClassifier(
      ImageStore images,
      PictureDecoder decoder,
      Model model,
      double minConfidence,
      int maxAnnotations,
      int runs,
      Duration maxWait) {
    this.images = images;
    this.decoder = decoder;
    this.model = model;
    this.minConfidence = minConfidence;
    this.maxAnnotations = maxAnnotations;
    this.maxWait = maxWait;
    this.buffers = new ArrayBlockingQueue<>(runs);
    for (int i = 0; i < runs; i++) {
      buffers.add(model.input().buffer());
    }
  }

  @Override
  public Classification classify(ImageDescription image) {
    use.readLock().lock();
    try {
      checkOpen();
      Picture picture = decoder.decode(read(image), image, model.input().framing()).get(0);
      ModelOutput.Findings findings = run(picture, image);
      return new Classification(
          best(findings.annotations(), Annotation::confidence, maxAnnotations),
          best(findings.objects(), DetectedObject::confidence, MAX_OBJECTS),
          model.identity());
    } finally {
      use.readLock().unlock();
    }
  }

  /** Equal confidences keep the model's order. */
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

  private ModelOutput.Findings run(Picture picture, ImageDescription image) {
    ByteBuffer buffer;
    try {
      buffer = buffers.poll(maxWait.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TransientFailure("interrupted before classifying " + image.hash(), e);
    }
    if (buffer == null) {
      throw new TransientFailure(
          "the model was busy for " + maxWait.toSeconds() + " s, classifying " + image.hash());
    }
    try {
      return model.run(picture, buffer);
    } catch (OrtException e) {
      throw new TransientFailure("run the model on " + image.hash(), e);
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

  /** Waits for the classifications in flight, then closes the model. Idempotent. */
  @Override
  public void close() {
    use.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        model.close();
      }
    } finally {
      use.writeLock().unlock();
    }
  }
}
