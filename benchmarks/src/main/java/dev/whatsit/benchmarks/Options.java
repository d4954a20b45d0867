package dev.whatsit.benchmarks;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Command line options {@code --name value}, each validated when it is read. */
public final class Options {
  private final Map<String, String> values = new LinkedHashMap<>();

  /**
   * Parses the arguments.
   *
   * @param allowed the names of the options that exist here
   * @throws IllegalArgumentException naming what is not an option or has no value
   */
  public Options(List<String> arguments, List<String> allowed) {
    for (int i = 0; i < arguments.size(); i += 2) {
      String name = arguments.get(i);
      if (!name.startsWith("--") || !allowed.contains(name.substring(2))) {
        throw new IllegalArgumentException(
            name + " is not an option here; there are: --" + String.join(", --", allowed));
      }
      if (i + 1 == arguments.size()) {
        throw new IllegalArgumentException(name + " lacks its value");
      }
      values.put(name.substring(2), arguments.get(i + 1));
    }
  }

  /** A text, or empty when it is not given. */
  public Optional<String> text(String name) {
    return Optional.ofNullable(values.get(name));
  }

  /**
   * A whole number.
   *
   * @throws IllegalArgumentException if it is not one from {@code least} to {@code most}
   */
  public int number(String name, int standard, int least, int most) {
    String text = values.get(name);
    if (text == null) {
      return standard;
    }
    try {
      int number = Integer.parseInt(text);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Reported below, with the range.
    }
    throw new IllegalArgumentException(
        "--" + name + " is " + text + ", must be a number from " + least + " to " + most);
  }

  /** Whole seconds, as {@link #number}. */
  public Duration seconds(String name, int standard, int least, int most) {
    return Duration.ofSeconds(number(name, standard, least, most));
  }

  /**
   * One of several words, the first when it is not given.
   *
   * @throws IllegalArgumentException if it is not one of them
   */
  public String word(String name, List<String> words) {
    String word = values.getOrDefault(name, words.get(0));
    if (!words.contains(word)) {
      throw new IllegalArgumentException(
          "--" + name + " is " + word + ", must be one of " + String.join(", ", words));
    }
    return word;
  }
}
