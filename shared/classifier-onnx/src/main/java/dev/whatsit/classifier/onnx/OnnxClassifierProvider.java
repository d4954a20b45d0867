package dev.whatsit.classifier.onnx;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.backend.ClassifierProvider;
import dev.whatsit.domain.backend.Ports;
import dev.whatsit.domain.classification.Classifier;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.picture.DecodeBudget;
import dev.whatsit.picture.PictureDecoder;
import java.time.Duration;
import java.util.List;

/**
 * Builds the classifier named {@code onnx}. It loads its models at once, so that an invalid one
 * fails the start.
 *
 * <ul>
 *   <li>{@code MIN_CONFIDENCE} 0 to 1, default 0.3; {@code MAX_ANNOTATIONS} 1 to 100, default 5.
 *   <li>{@code LABELS}, {@code DETECTOR}: {@code off} switches one of the two built-in models off.
 *   <li>{@code WHATSIT_MODEL}, {@code WHATSIT_LABELS}: another model instead, and its labels, one
 *       per line. Each is a path or a URI that the backend opens, such as {@code gs://bucket/name}.
 *       {@code MODEL_OUTPUT}, {@code MODEL_MEAN}, {@code MODEL_STD}, {@code MODEL_BACKGROUND}:
 *       properties that its graph does not contain (see {@link Model}).
 *   <li>{@code ONNX_THREADS} 1 to 64, threads of one run, default 1; {@code ONNX_CONCURRENCY} 1 to
 *       256, maximum concurrent runs, default processors / threads.
 *   <li>{@code DECODE_BUDGET_BYTES} at least 16 MiB, memory of all concurrent decodes, default a
 *       fifth of the heap; {@code DECODE_SECONDS} 1 to 40, processor time of one decode, default
 *       20.
 * </ul>
 */
public final class OnnxClassifierProvider implements ClassifierProvider {
  private static final long MIN_BUDGET = 16L << 20;
  private static final long MAX_BUDGET = 1L << 42;

  /** How long a picture waits for decode memory, and then again for a free run. */
  private static final Duration MAX_WAIT = Duration.ofSeconds(15);

  /** For the {@link java.util.ServiceLoader}. */
  public OnnxClassifierProvider() {}

  @Override
  public String name() {
    return "onnx";
  }

  /**
   * Builds the classifier and loads its models.
   *
   * @throws InvalidSettings naming every wrong setting and every missing property of the model
   */
  @Override
  public Classifier open(Settings settings, Backend backend) {
    double minConfidence = settings.decimal("MIN_CONFIDENCE", 0.3, 0, 1);
    int maxAnnotations = (int) settings.integer("MAX_ANNOTATIONS", 5, 1, 100);
    int threads = (int) settings.integer("ONNX_THREADS", 1, 1, 64);
    int runs = Math.max(1, Runtime.getRuntime().availableProcessors() / threads);
    runs = (int) settings.integer("ONNX_CONCURRENCY", runs, 1, 256);
    long heapShare =
        Math.max(MIN_BUDGET, Math.min(MAX_BUDGET, Runtime.getRuntime().maxMemory() / 5));
    long budget = settings.integer("DECODE_BUDGET_BYTES", heapShare, MIN_BUDGET, MAX_BUDGET);
    Duration decodeTime =
        settings.seconds(
            "DECODE_SECONDS",
            Duration.ofSeconds(20),
            Duration.ofSeconds(1),
            Duration.ofSeconds(40));
    Ports ports = new Ports(backend, settings);
    ImageStore images = ports.images();
    List<Model> models = ports.open(() -> Model.load(settings, backend, threads));
    try {
      ports.verify();
    } catch (InvalidSettings e) {
      // Null if a model itself was rejected.
      if (models != null) {
        models.forEach(Model::close);
      }
      throw e;
    }
    return new OnnxClassifier(
        images,
        new PictureDecoder(new DecodeBudget(budget, MAX_WAIT), decodeTime),
        models,
        minConfidence,
        maxAnnotations,
        runs,
        MAX_WAIT);
  }
}
