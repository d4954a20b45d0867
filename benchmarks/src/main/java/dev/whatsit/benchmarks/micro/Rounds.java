package dev.whatsit.benchmarks.micro;

import dev.whatsit.benchmarks.Figures;
import dev.whatsit.benchmarks.Options;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs all benchmarks of a class in turn, each in a fresh JVM, in several rounds. So a subject and
 * its lower bound run on the same disk and under the same other load, and each round has its own
 * ratio.
 */
public final class Rounds {
  private static final int MAX_ROUNDS = 50;

  private final Map<String, List<Double>> scores = new TreeMap<>();
  private final Map<String, String> units = new TreeMap<>();

  private Rounds() {}

  /** The upload path compared with its lower bound. */
  public static void upload(List<String> arguments) throws RunnerException {
    Rounds rounds = run(UploadBenchmark.class, arguments);
    rounds.print();
    for (String size : List.of("200000", "2000000")) {
      rounds.printRatio("newImage size=" + size, "floor size=" + size);
    }
  }

  /** Validation of each format. */
  public static void firewall(List<String> arguments) throws RunnerException {
    run(FirewallBenchmark.class, arguments).print();
  }

  /** Decoder and session. */
  public static void classification(List<String> arguments) throws RunnerException {
    Rounds rounds = run(ClassificationBenchmark.class, arguments);
    rounds.print();
    rounds.printRatio("twoThreads", "oneThread");
  }

  /** Both thumbnails of a photo, compared with decoding it for the classifier. */
  public static void thumbnails(List<String> arguments) throws RunnerException {
    Rounds rounds = run(ThumbnailBenchmark.class, arguments);
    rounds.print();
    for (String size : List.of("1", "4")) {
      rounds.printRatio(
          "bothThumbnails enlarged=" + size, "decodeForTheClassifier enlarged=" + size);
    }
  }

  private static Rounds run(Class<?> benchmarks, List<String> arguments) throws RunnerException {
    int count = new Options(arguments, List.of("rounds")).number("rounds", 5, 1, MAX_ROUNDS);
    Rounds rounds = new Rounds();
    for (int i = 0; i < count; i++) {
      var options =
          new OptionsBuilder()
              .include("\\Q" + benchmarks.getName() + "\\E\\.")
              .jvmArgsAppend("-Xmx512m")
              .verbosity(VerboseMode.SILENT)
              .shouldFailOnError(true)
              .build();
      for (RunResult result : new Runner(options).run()) {
        rounds.add(result);
      }
      System.out.println("round " + (i + 1) + " of " + count + " is done");
    }
    return rounds;
  }

  private void add(RunResult result) {
    String benchmark = result.getParams().getBenchmark();
    StringBuilder name = new StringBuilder(benchmark.substring(benchmark.lastIndexOf('.') + 1));
    for (String key : result.getParams().getParamsKeys()) {
      name.append(' ').append(key).append('=').append(result.getParams().getParam(key));
    }
    scores.computeIfAbsent(name.toString(), key -> new ArrayList<>()).add(score(result));
    units.put(name.toString(), result.getPrimaryResult().getScoreUnit());
  }

  /** The median of sampled times: a burst of other load would distort a mean. */
  private static double score(RunResult result) {
    Result<?> primary = result.getPrimaryResult();
    return result.getParams().getMode() == Mode.SampleTime
        ? primary.getStatistics().getPercentile(50)
        : primary.getScore();
  }

  private void print() {
    scores.forEach(
        (name, values) ->
            System.out.println(Figures.line(name, values, units.getOrDefault(name, ""))));
  }

  private void printRatio(String subject, String floor) {
    List<Double> above = scores.getOrDefault(subject, List.of());
    List<Double> below = scores.getOrDefault(floor, List.of());
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < Math.min(above.size(), below.size()); i++) {
      ratios.add(above.get(i) / below.get(i));
    }
    System.out.println(Figures.line(subject + " : " + floor, ratios, ""));
  }
}
