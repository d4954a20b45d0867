package dev.whatsit.benchmarks.coldstart;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The JVM flags that functions are started with. */
final class Flags {
  /**
   * One processor and the memory of a small instance. On such an instance a JVM detects these by
   * itself and, for example, chooses the serial collector.
   */
  static final List<String> INSTANCE = List.of("-XX:ActiveProcessorCount=1", "-Xmx360m");

  private static final Pattern VARIABLE =
      Pattern.compile("^([A-Z_]+)='?([^'\\n]*)'?$", Pattern.MULTILINE);
  private static final Pattern OPTIONS = Pattern.compile("JAVA_TOOL_OPTIONS=([^,\"]*)");

  private Flags() {}

  /** The flags of the instance, and those in the README's command for this function. */
  static List<String> deployed(String function, Path readme) throws IOException {
    String text = Files.readString(readme);
    String start = "gcloud functions deploy " + function + " ";
    String command =
        text.lines()
            .filter(line -> line.startsWith(start))
            .findAny()
            .orElseThrow(() -> new IllegalStateException("README.md has no " + start));
    Matcher variable = VARIABLE.matcher(text);
    while (variable.find()) {
      command =
          command.replaceAll(
              "\\$" + variable.group(1) + "\\b", Matcher.quoteReplacement(variable.group(2)));
    }
    List<String> flags = new ArrayList<>(INSTANCE);
    Matcher options = OPTIONS.matcher(command);
    if (options.find()) {
      flags.addAll(List.of(options.group(1).strip().split(" +", -1)));
    }
    return List.copyOf(flags);
  }
}
