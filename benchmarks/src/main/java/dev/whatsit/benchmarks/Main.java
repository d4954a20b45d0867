package dev.whatsit.benchmarks;

import dev.whatsit.benchmarks.coldstart.ColdStart;
import dev.whatsit.benchmarks.load.Backlog;
import dev.whatsit.benchmarks.load.Load;
import dev.whatsit.benchmarks.load.Ratios;
import dev.whatsit.benchmarks.micro.ValidatorBenchmark;
import java.util.List;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** Runs one measurement and prints its figures. */
public final class Main {
  private static final List<String> USAGE =
      List.of(
          "validator     [--rounds 5]",
          "load closed   [--images new|known] [--connections 4] [--count 300] [--seconds 30]",
          "load open     [--images new|known] [--rate 10] [--count 300] [--seconds 30]",
          "load backlog  [--photos 1200] [--rounds 5]",
          "load known|status|new|mixed|start  [--rounds 5] [--seconds 4] [--warm-up 40]",
          "  status and start: [--before FILE], with the class path of another build",
          "  all of load: [--heap 512m]; closed and open: [--url http://localhost:8080]",
          "cold-start    [--rounds 7] [--aot no|yes] [--starts status,sweep]",
          "aot-cache     --start status --folder /app");

  private Main() {}

  /** See {@code README.md}. */
  public static void main(String[] arguments) throws Exception {
    List<String> words = List.of(arguments);
    try {
      if (words.isEmpty()) {
        throw new IllegalArgumentException("no measurement is named");
      }
      List<String> rest = words.subList(1, words.size());
      switch (words.get(0)) {
        case "validator" -> validator(rest);
        case "load" -> load(rest);
        case "cold-start" -> ColdStart.run(rest);
        case "aot-cache" -> ColdStart.train(rest);
        default -> throw new IllegalArgumentException("there is no measurement " + words.get(0));
      }
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      USAGE.forEach(System.err::println);
      System.exit(2);
    }
  }

  private static void load(List<String> words) throws Exception {
    String kind = words.isEmpty() ? "" : words.get(0);
    switch (kind) {
      case "closed", "open" -> Load.run(kind.equals("open"), words.subList(1, words.size()));
      case "backlog" -> Backlog.run(words.subList(1, words.size()));
      default -> Ratios.run(kind, words.subList(Math.min(1, words.size()), words.size()));
    }
  }

  /** Runs the benchmark in a fresh JVM per round. JMH prints the figures. */
  private static void validator(List<String> arguments) throws RunnerException {
    int rounds = new Options(arguments, List.of("rounds")).number("rounds", 5, 1, 50);
    new Runner(
            new OptionsBuilder()
                .include(ValidatorBenchmark.class.getName())
                .forks(rounds)
                .jvmArgsAppend("-Xmx512m")
                .shouldFailOnError(true)
                .build())
        .run();
  }
}
