package dev.whatsit.benchmarks;

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
   * @throws IllegalArgumentException if it is not one from {@code min} to {@code max}
   */
  public int number(String name, int defaultValue, int min, int max) {
    String text = values.getOrDefault(name, Integer.toString(defaultValue));
    if (text.matches("[0-9]{1,9}")) {
      int number = Integer.parseInt(text);
      if (number >= min && number <= max) {
        return number;
      }
    }
    throw new IllegalArgumentException(
        "--" + name + " is " + text + ", must be a number from " + min + " to " + max);
  }

  /**
   * Whether an option has the second of two words.
   *
   * @param first the default
   * @throws IllegalArgumentException if it has neither
   */
  public boolean is(String name, String first, String second) {
    String word = values.getOrDefault(name, first);
    if (!word.equals(first) && !word.equals(second)) {
      throw new IllegalArgumentException(
          "--" + name + " is " + word + ", must be " + first + " or " + second);
    }
    return word.equals(second);
  }
}
