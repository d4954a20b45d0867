package dev.whatsit.domain.classification;

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
}
