package dev.whatsit.domain.settings;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Collects the settings problems of several components, so that all are reported at once. Not
 * thread-safe.
 */
public final class SettingsCheck {
  private final Set<String> found = new LinkedHashSet<>();

  public SettingsCheck() {}

  /**
   * Builds a component.
   *
   * @return the component, or null when it threw {@link InvalidSettings}; its problems are recorded
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
   * Checks that no problem was recorded.
   *
   * @throws InvalidSettings naming every recorded problem once
   */
  public void verify() {
    if (!found.isEmpty()) {
      throw new InvalidSettings(List.copyOf(found));
    }
  }
}
