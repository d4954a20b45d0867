package dev.whatsit.benchmarks.micro;

import dev.whatsit.benchmarks.Figures;
import dev.whatsit.benchmarks.Options;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * Measures the upload path and its lower bound in one JVM, one upload of each in turn, and reports
 * the medians of both. On a shared machine this finds the ratio when JMH cannot: other load affects
 * both sides alike.
 */
public final class UploadPairs {
  private final List<Double> path = new ArrayList<>();
  private final List<Double> floor = new ArrayList<>();
  private final List<Double> known = new ArrayList<>();
  private final List<Double> ratios = new ArrayList<>();

  private UploadPairs() {}

  /** Measures an ordinary photo and a large one, and prints the figures. */
  public static void run(List<String> arguments) throws IOException, SQLException {
    Options options = new Options(arguments, List.of("rounds", "pairs"));
    int rounds = options.number("rounds", 7, 1, 100);
    int pairs = options.number("pairs", 200, 10, 10_000);
    for (int size : new int[] {200_000, 2_000_000}) {
      UploadPairs measured = new UploadPairs();
      measured.measure(size, rounds, pairs);
      measured.print(size);
    }
  }

  private void measure(int size, int rounds, int pairs) throws IOException, SQLException {
    UploadBenchmark.Body body = new UploadBenchmark.Body();
    body.size = size;
    body.fill();
    for (int round = 0; round <= rounds; round++) {
      // Fresh folders each round, because the position of a folder in the file system makes a
      // difference.
      UploadBenchmark.Path subject = new UploadBenchmark.Path();
      UploadBenchmark.Floor least = new UploadBenchmark.Floor();
      subject.open(body);
      least.openBeside(subject);
      try {
        measure(body, subject, least, pairs, round == 0);
      } finally {
        least.close();
        subject.close();
      }
    }
  }

  /** Measures one round. A warm-up round, for the compiler, is not counted. */
  private void measure(
      UploadBenchmark.Body body,
      UploadBenchmark.Path subject,
      UploadBenchmark.Floor least,
      int pairs,
      boolean warmUp)
      throws IOException, SQLException {
    UploadBenchmark benchmark = new UploadBenchmark();
    List<Double> paths = new ArrayList<>();
    List<Double> floors = new ArrayList<>();
    List<Double> knowns = new ArrayList<>();
    for (int pair = 0; pair < pairs; pair++) {
      boolean pathFirst = pair % 2 == 0;
      long begin = System.nanoTime();
      if (pathFirst) {
        benchmark.newImage(body, subject);
      } else {
        benchmark.floor(body, least);
      }
      long middle = System.nanoTime();
      if (pathFirst) {
        benchmark.floor(body, least);
      } else {
        benchmark.newImage(body, subject);
      }
      long end = System.nanoTime();
      paths.add((pathFirst ? middle - begin : end - middle) / 1e3);
      floors.add((pathFirst ? end - middle : middle - begin) / 1e3);
    }
    // Make the current bytes known.
    benchmark.knownImage(body, subject);
    for (int i = 0; i < pairs; i++) {
      long begin = System.nanoTime();
      benchmark.knownImage(body, subject);
      knowns.add((System.nanoTime() - begin) / 1e3);
    }
    if (!warmUp) {
      path.add(Figures.median(paths));
      floor.add(Figures.median(floors));
      known.add(Figures.median(knowns));
      ratios.add(Figures.median(paths) / Figures.median(floors));
    }
  }

  private void print(int size) {
    System.out.println(Figures.line("new image of " + size + " bytes", path, "us"));
    System.out.println(Figures.line("floor of " + size + " bytes", floor, "us"));
    System.out.println(Figures.line("known image of " + size + " bytes", known, "us"));
    System.out.println(Figures.line("new image : floor", ratios, ""));
  }
}
