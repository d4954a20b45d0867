package dev.whatsit.benchmarks.micro;

import dev.whatsit.benchmarks.Figures;
import dev.whatsit.benchmarks.Options;
import dev.whatsit.benchmarks.Photos;
import dev.whatsit.benchmarks.ScratchFolder;
import dev.whatsit.benchmarks.Uploads;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.embedded.EmbeddedBackend;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Measures the upload path on the embedded stores and its lower bound in one JVM, one upload of
 * each in turn, and reports the medians of both. Other load on the machine affects both sides
 * alike.
 */
public final class UploadPairs {
  private final byte[] photo;
  private final int pairs;
  private long number;
  private final List<Double> path = new ArrayList<>();
  private final List<Double> floor = new ArrayList<>();
  private final List<Double> known = new ArrayList<>();
  private final List<Double> ratios = new ArrayList<>();

  private UploadPairs(byte[] photo, int pairs) {
    this.photo = photo;
    this.pairs = pairs;
  }

  /** Measures an ordinary photo and a large one, and prints the figures. */
  public static void run(List<String> arguments) throws IOException, SQLException {
    Options options = new Options(arguments, List.of("rounds", "pairs"));
    int rounds = options.number("rounds", 7, 1, 100);
    int pairs = options.number("pairs", 200, 10, 10_000);
    for (int size : new int[] {200_000, 2_000_000}) {
      UploadPairs measured = new UploadPairs(Photos.ofSample().photo(0, size), pairs);
      for (int round = 0; round <= rounds; round++) {
        // The first round is a warm-up for the compiler.
        measured.measure(round > 0);
      }
      Figures.printRounds("new image of " + size + " bytes", measured.path, "us");
      Figures.printRounds("floor of " + size + " bytes", measured.floor, "us");
      Figures.printRounds("known image of " + size + " bytes", measured.known, "us");
      Figures.printRounds("new image : floor", measured.ratios, "");
    }
  }

  private interface Upload {
    void run() throws IOException, SQLException;
  }

  /**
   * Measures one round, in fresh folders: the time to create a file depends on the position of its
   * directory in the file system, by a factor of up to nine on ext4. So the floor creates its files
   * in the directory in which the path creates its own.
   */
  private void measure(boolean counted) throws IOException, SQLException {
    try (ScratchFolder data = ScratchFolder.create();
        ScratchFolder databases = ScratchFolder.create();
        EmbeddedBackend backend = new EmbeddedBackend()) {
      Uploads uploads =
          new Uploads(backend.stores(Settings.of(Map.of("WHATSIT_DATA", data.path().toString()))));
      uploads.upload(photo);
      List<Double> paths = new ArrayList<>();
      List<Double> floors = new ArrayList<>();
      List<Double> knowns = new ArrayList<>();
      try (UploadFloor bound = new UploadFloor(data.path().resolve("incoming"), databases.path())) {
        for (int pair = 0; pair < pairs; pair++) {
          if (pair % 2 == 0) {
            paths.add(micros(() -> uploads.upload(nextPhoto())));
          }
          floors.add(micros(() -> bound.store(nextPhoto())));
          if (pair % 2 == 1) {
            paths.add(micros(() -> uploads.upload(nextPhoto())));
          }
        }
      }
      uploads.upload(photo);
      for (int i = 0; i < pairs; i++) {
        knowns.add(micros(() -> uploads.upload(photo)));
      }
      if (counted) {
        path.add(Figures.median(paths));
        floor.add(Figures.median(floors));
        known.add(Figures.median(knowns));
        ratios.add(Figures.median(paths) / Figures.median(floors));
      }
    }
  }

  private byte[] nextPhoto() {
    Photos.renumber(photo, ++number);
    return photo;
  }

  private static double micros(Upload upload) throws IOException, SQLException {
    long begin = System.nanoTime();
    upload.run();
    return (System.nanoTime() - begin) / 1e3;
  }
}
