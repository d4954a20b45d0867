package dev.whatsit.benchmarks.coldstart;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The JVM flags that functions are started with.
 *
 * @param name for the table
 * @param text the value of {@code JAVA_TOOL_OPTIONS}, or {@code deployed} for the value in the
 *     README's command for each function
 */
record Flags(String name, String text) {
  /**
   * One processor and the memory of a small instance. On such an instance a JVM detects these by
   * itself and, for example, chooses the serial collector.
   */
  private static final List<String> INSTANCE = List.of("-XX:ActiveProcessorCount=1", "-Xmx360m");

  /** Only the flags of the instance. */
  static final Flags NONE = new Flags("none", "");

  private static final String DEPLOYED = "deployed";
  private static final Pattern VARIABLE =
      Pattern.compile("^([A-Z_]+)='?([^'\\n]*)'?$", Pattern.MULTILINE);
  private static final Pattern OPTIONS = Pattern.compile("JAVA_TOOL_OPTIONS=([^,\"]*)");

  /**
   * Parses an option.
   *
   * @param option several values separated by bars: {@code deployed}, {@code none}, or flags
   *     separated by commas
   */
  static List<Flags> parse(String option) {
    List<Flags> all = new ArrayList<>();
    for (String part : option.split("\\|", -1)) {
      String text = part.equals("none") ? "" : part.replace(',', ' ').strip();
      all.add(new Flags(part, text));
    }
    return List.copyOf(all);
  }

  /**
   * The flags of one function.
   *
   * @throws IOException if the README cannot be read
   */
  List<String> of(String function, Path readme) throws IOException {
    List<String> flags = new ArrayList<>(INSTANCE);
    String options = text.equals(DEPLOYED) ? deployed(function, readme) : text;
    Arrays.stream(options.split(" ", -1)).filter(flag -> !flag.isBlank()).forEach(flags::add);
    return List.copyOf(flags);
  }

  private static String deployed(String function, Path readme) throws IOException {
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
    Matcher options = OPTIONS.matcher(command);
    return options.find() ? options.group(1) : "";
  }
}
