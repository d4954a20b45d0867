package dev.whatsit.benchmarks.load;

import dev.whatsit.benchmarks.Photos;
import dev.whatsit.benchmarks.ScratchFolder;
import dev.whatsit.benchmarks.Uploads;
import dev.whatsit.domain.backend.ClassifierProvider;
import dev.whatsit.domain.classification.Classifier;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.embedded.EmbeddedBackend;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;

/**
 * The lower bound of classification: only the system's decoder and inference session, over a few
 * stored photos that are used repeatedly, with one thread per core.
 */
final class PlainLoop {
  /** The line that {@link #main} prints. */
  static final Pattern PACE =
      Pattern.compile("^floor per second ([0-9.E]+) processor millis ([0-9.E]+)$");

  private static final int STORED = 64;

  private PlainLoop() {}

  /**
   * Runs the loop, and prints its pace in one line.
   *
   * @param arguments the number of photos
   */
  public static void main(String[] arguments) throws Exception {
    int photos = Integer.parseInt(arguments[0]);
    ExecutorService workers =
        Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
    try (ScratchFolder folder = ScratchFolder.create();
        EmbeddedBackend backend = new EmbeddedBackend()) {
      Settings settings =
          Settings.of(
              Map.of("WHATSIT_DATA", folder.path().toString(), ClassifierProvider.SETTING, "onnx"));
      Uploads uploads = new Uploads(backend.stores(settings));
      Photos source = Photos.ofSample();
      List<ImageDescription> images = new ArrayList<>();
      for (int number = 0; number < STORED; number++) {
        images.add(uploads.upload(source.photo(number)).image());
      }
      try (Classifier classifier = ClassifierProvider.choose(settings).open(settings, backend)) {
        Pace pace = run(classifier, images, photos, workers);
        System.out.println(
            "floor per second " + pace.perSecond() + " processor millis " + pace.processorMillis());
      }
    } finally {
      workers.shutdown();
    }
  }

  private static Pace run(
      Classifier classifier, List<ImageDescription> images, int photos, ExecutorService workers)
      throws Exception {
    List<Future<Instant>> running = new ArrayList<>();
    for (int i = 0; i < photos; i++) {
      ImageDescription image = images.get(i % images.size());
      running.add(
          workers.submit(
              () -> {
                classifier.classify(image);
                return Instant.now();
              }));
    }
    List<Instant> finished = new ArrayList<>();
    Pace.Mark mark = Pace.Mark.at(processorTime());
    for (Future<Instant> one : running) {
      finished.add(one.get());
      if (finished.size() == Backlog.warmUp(photos)) {
        mark = Pace.Mark.at(processorTime());
      }
    }
    return Pace.since(mark, finished, processorTime());
  }

  private static Duration processorTime() {
    return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
  }
}
