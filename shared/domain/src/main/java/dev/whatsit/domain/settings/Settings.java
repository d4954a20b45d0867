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
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

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
  public String text(String name, String defaultValue) {
    return find(name).orElse(defaultValue);
  }

  /** A value that must be one of the given words. */
  public String oneOf(String name, String defaultValue, List<String> words) {
    String value = text(name, defaultValue);
    if (words.contains(value)) {
      return value;
    }
    reject(name, "is " + value + ", must be one of " + String.join(", ", words));
    return defaultValue;
  }

  /** A whole number in a range, both ends included. */
  public long integer(String name, long defaultValue, long min, long max) {
    Optional<String> value = find(name);
    if (value.isEmpty()) {
      return defaultValue;
    }
    try {
      long number = Long.parseLong(value.get());
      if (number >= min && number <= max) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Reported below, together with values out of range.
    }
    reject(name, "is " + value.get() + ", must be a whole number from " + min + " to " + max);
    return defaultValue;
  }

  /** A decimal number in a range, both ends included. */
  public double decimal(String name, double defaultValue, double min, double max) {
    Optional<String> value = find(name);
    if (value.isEmpty()) {
      return defaultValue;
    }
    try {
      // BigDecimal reads neither NaN nor the suffixes that Double.parseDouble accepts.
      double number = new BigDecimal(value.get()).doubleValue();
      if (number >= min && number <= max) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Reported below, together with values out of range.
    }
    reject(name, "is " + value.get() + ", must be a number from " + min + " to " + max);
    return defaultValue;
  }

  /** {@code true} or {@code false}. */
  public boolean flag(String name, boolean defaultValue) {
    return oneOf(name, Boolean.toString(defaultValue), List.of("true", "false")).equals("true");
  }

  /** A duration in whole seconds, in a range, both ends included. */
  public Duration seconds(String name, Duration defaultValue, Duration min, Duration max) {
    return Duration.ofSeconds(
        integer(name, defaultValue.toSeconds(), min.toSeconds(), max.toSeconds()));
  }

  /** A path, or the default when not set. Does not check whether it exists. */
  public Path path(String name, Path defaultValue) {
    Optional<String> value = find(name);
    if (value.isEmpty()) {
      return defaultValue;
    }
    try {
      return Path.of(value.get());
    } catch (InvalidPathException e) {
      reject(name, "is not a path: " + e.getReason());
      return defaultValue;
    }
  }

  /**
   * Builds a component that reads settings, so that the problems of several are reported at once.
   *
   * @return the component, or null when it threw {@link InvalidSettings}; its problems are recorded
   */
  public <T> @Nullable T collect(Supplier<T> component) {
    try {
      return component.get();
    } catch (InvalidSettings e) {
      problems.addAll(e.problems());
      return null;
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
