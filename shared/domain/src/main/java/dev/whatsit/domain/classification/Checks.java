package dev.whatsit.domain.classification;

import java.util.List;

final class Checks {
  private Checks() {}

  static void label(String label) {
    if (label.isBlank()) {
      throw new IllegalArgumentException("label must not be blank");
    }
  }

  static void unit(String name, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw new IllegalArgumentException(name + " must be 0 to 1: " + value);
    }
  }

  static void within(String name, double value, double max) {
    if (!(Math.abs(value) <= max)) {
      throw new IllegalArgumentException(name + " must be " + -max + " to " + max + ": " + value);
    }
  }

  static <T> List<T> list(String name, List<T> list, int max) {
    if (list.size() > max) {
      throw new IllegalArgumentException(
          name + " must have at most " + max + " entries: " + list.size());
    }
    return List.copyOf(list);
  }
}
