package dev.whatsit.domain.settings;

import java.util.List;

/** Settings are missing or wrong. The function does not start until they are corrected. */
public class InvalidSettings extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<String> problems;

  public InvalidSettings(List<String> problems) {
    super("wrong settings: " + String.join("; ", problems));
    this.problems = List.copyOf(problems);
  }

  /** Every problem found, each a sentence that names the setting. */
  public List<String> problems() {
    return problems;
  }
}
