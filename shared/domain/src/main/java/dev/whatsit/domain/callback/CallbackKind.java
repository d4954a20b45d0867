package dev.whatsit.domain.callback;

import java.util.Locale;
import java.util.Optional;

/** How somebody is told. */
public enum CallbackKind {
  /** By a request to a URL, which is the callback's target. */
  WEBHOOK;

  /** The word that stores keep: the name in lower case. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The kind with this word, or empty. */
  public static Optional<CallbackKind> ofWord(String word) {
    for (CallbackKind kind : values()) {
      if (kind.word().equals(word)) {
        return Optional.of(kind);
      }
    }
    return Optional.empty();
  }
}
