package dev.whatsit.domain.settings;

import java.math.BigDecimal;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads settings and collects their problems, so that all are reported at once. For a wrong value
 * the problem is recorded and the default returned; {@link #verify} then throws. An empty or blank
 * setting counts as not set. Not thread-safe: a wiring reads it once.
 */
public final class Settings {
  private final Map<String, String> values;
  private final Set<String> problems = new LinkedHashSet<>();

  private Settings(Map<String, String> values) {
    this.values = Map.copyOf(values);
  }

  /** Settings from names and values, for example the environment. */
  public static Settings of(Map<String, String> values) {
    return new Settings(values);
  }

  /** The value, stripped of surrounding white space, or empty when not set. */
  public Optional<String> find(String name) {
    String value = values.get(name);
    return value == null || value.isBlank() ? Optional.empty() : Optional.of(value.strip());
  }

  /** The value, or the default when not set. */
  public String text(String name, String otherwise) {
    return find(name).orElse(otherwise);
  }

  /** A value that must be one of the given words. */
  public String oneOf(String name, String otherwise, List<String> words) {
    String value = text(name, otherwise);
    if (words.contains(value)) {
      return value;
    }
    reject(name, "is " + value + ", must be one of " + String.join(", ", words));
    return otherwise;
  }

  /** A whole number in a range, both ends included. */
  public long integer(String name, long otherwise, long least, long most) {
    Optional<String> value = find(name);
    if (value.isEmpty()) {
      return otherwise;
    }
    try {
      long number = Long.parseLong(value.get());
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Reported below, together with values out of range.
    }
    reject(name, "is " + value.get() + ", must be a whole number from " + least + " to " + most);
    return otherwise;
  }

  /** A decimal number in a range, both ends included. */
  public double decimal(String name, double otherwise, double least, double most) {
    Optional<String> value = find(name);
    if (value.isEmpty()) {
      return otherwise;
    }
    try {
      // BigDecimal reads neither NaN nor the suffixes that Double.parseDouble accepts.
      double number = new BigDecimal(value.get()).doubleValue();
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Reported below, together with values out of range.
    }
    reject(name, "is " + value.get() + ", must be a number from " + least + " to " + most);
    return otherwise;
  }

  /** {@code true} or {@code false}. */
  public boolean flag(String name, boolean otherwise) {
    return oneOf(name, Boolean.toString(otherwise), List.of("true", "false")).equals("true");
  }

  /** A duration in whole seconds, in a range, both ends included. */
  public Duration seconds(String name, Duration otherwise, Duration least, Duration most) {
    return Duration.ofSeconds(
        integer(name, otherwise.toSeconds(), least.toSeconds(), most.toSeconds()));
  }

  /** A path, or the default when not set. Does not check whether it exists. */
  public Path path(String name, Path otherwise) {
    Optional<String> value = find(name);
    if (value.isEmpty()) {
      return otherwise;
    }
    try {
      return Path.of(value.get());
    } catch (InvalidPathException e) {
      reject(name, "is not a path: " + e.getReason());
      return otherwise;
    }
  }

  /** Records a problem that only the code that uses the setting can detect. */
  public void reject(String name, String why) {
    problems.add(name + " " + why);
  }

  /**
   * Records a problem after which no further settings can be read.
   *
   * @return an exception to throw, naming every setting that was found wrong so far
   */
  public InvalidSettings refusal(String name, String why) {
    reject(name, why);
    return new InvalidSettings(new ArrayList<>(problems));
  }

  /**
   * Checks that no problem was recorded.
   *
   * @throws InvalidSettings naming every setting that was found wrong so far
   */
  public void verify() {
    if (!problems.isEmpty()) {
      throw new InvalidSettings(new ArrayList<>(problems));
    }
  }
}
