package dev.whatsit.domain.settings;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Gathers what several parts say of the settings, so that all of it is told at once. Not thread-safe.
 */
public final class SettingsCheck {
  private final Set<String> found = new LinkedHashSet<>();

  /** With nothing found yet. */
  public SettingsCheck() {}

  /**
   * Builds a part.
   *
   * @return the part, or null when it refused its settings, which is kept
   */
  public <T> @Nullable T collect(Supplier<T> part) {
    try {
      return part.get();
    } catch (InvalidSettings e) {
      found.addAll(e.problems());
      return null;
    }
  }

  /**
   * Ends the check.
   *
   * @throws InvalidSettings naming everything that was found, each once
   */
  public void verify() {
    if (!found.isEmpty()) {
      throw new InvalidSettings(List.copyOf(found));
    }
  }
}
