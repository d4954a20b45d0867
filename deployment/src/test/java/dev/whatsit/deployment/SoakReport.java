package dev.whatsit.deployment;

import dev.whatsit.deployment.Memory.Sample;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;

/**
 * Writes the table {@code target/soak.txt}: a line for each measurement of memory, written at once.
 */
final class SoakReport implements AutoCloseable {
  private static final Path FILE = Path.of("target", "soak.txt");
  private static final double MEBIBYTE = 1024 * 1024;

  private final PrintWriter out;

  private SoakReport(PrintWriter out) {
    this.out = out;
  }

  static SoakReport open(Collection<String> functions) throws IOException {
    Files.createDirectories(FILE.toAbsolutePath().getParent());
    SoakReport report =
        new SoakReport(new PrintWriter(Files.newBufferedWriter(FILE, StandardCharsets.UTF_8)));
    report.out.println(
        "Of each function: MiB that live in the heap after a full collection, MiB of the whole"
            + " process, threads beside those of the invoker's pool.");
    report.out.print("  images seconds");
    functions.forEach(name -> report.out.printf(Locale.ROOT, "  %22s", name));
    report.out.println();
    report.out.flush();
    return report;
  }

  void add(int images, long seconds, Map<String, Sample> samples) {
    out.printf(Locale.ROOT, "%8d %7d", images, seconds);
    samples.forEach(
        (name, sample) ->
            out.printf(
                Locale.ROOT,
                "  %8.1f %8.1f %4d",
                sample.liveBytes() / MEBIBYTE,
                sample.residentBytes() / MEBIBYTE,
                sample.threads()));
    out.println();
    out.flush();
  }

  @Override
  public void close() {
    out.close();
  }
}
