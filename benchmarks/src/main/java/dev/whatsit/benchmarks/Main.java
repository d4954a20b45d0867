package dev.whatsit.benchmarks;

import dev.whatsit.benchmarks.coldstart.ColdStart;
import dev.whatsit.benchmarks.load.LoadDriver;
import dev.whatsit.benchmarks.micro.Rounds;
import dev.whatsit.benchmarks.micro.UploadPairs;
import java.util.List;

/** Runs one measurement and prints its figures. */
public final class Main {
  private static final List<String> USAGE =
      List.of(
          "upload | firewall | classification | thumbnails  [--rounds 5]",
          "upload-pairs  [--rounds 7] [--pairs 200]",
          "load closed   [--images new|known] [--connections 4] [--count 300] [--seconds 30]",
          "load open     [--images new|known] [--rate 10] [--count 300] [--seconds 30]",
          "load backlog  [--photos 1200] [--rounds 5]",
          "cold-start    [--rounds 7] [--jdk 25] [--flags deployed] [--aot no|yes] [--starts …]",
          "aot-cache     --start status --folder /app  [--jdk 25]",
          "  all of load: [--heap 512m]; closed and open: [--url http://localhost:8080]");

  private Main() {}

  /** See {@code README.md}. */
  public static void main(String[] arguments) throws Exception {
    List<String> words = List.of(arguments);
    if (words.isEmpty()) {
      USAGE.forEach(System.err::println);
      System.exit(2);
    }
    List<String> rest = words.subList(1, words.size());
    try {
      switch (words.get(0)) {
        case "upload" -> Rounds.upload(rest);
        case "upload-pairs" -> UploadPairs.run(rest);
        case "firewall" -> Rounds.firewall(rest);
        case "classification" -> Rounds.classification(rest);
        case "thumbnails" -> Rounds.thumbnails(rest);
        case "cold-start" -> ColdStart.run(rest);
        case "aot-cache" -> ColdStart.train(rest);
        case "load" -> LoadDriver.run(rest);
        default -> throw new IllegalArgumentException("there is no measurement " + words.get(0));
      }
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      USAGE.forEach(System.err::println);
      System.exit(2);
    }
  }
}
