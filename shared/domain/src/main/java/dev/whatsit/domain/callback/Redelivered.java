package dev.whatsit.domain.callback;

import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How far a delivery has come for which somebody asked by hand. */
public enum Redelivered {
  /** It has not begun. */
  ASKED,
  /** A claim has it. */
  UNDER_WAY;

  /** The word that stores keep: the name in lower case. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The one with this word, or empty. */
  public static Optional<Redelivered> ofWord(String word) {
    for (Redelivered each : values()) {
      if (each.word().equals(word)) {
        return Optional.of(each);
      }
    }
    return Optional.empty();
  }

  /**
   * What a store has kept, made to fit the status: a version that knows of no redelivery, at work
   * beside this one while it is deployed, settles the callback and leaves the rest as it was.
   */
  public static @Nullable Redelivered kept(
      @Nullable Redelivered redelivered, CallbackStatus status) {
    return status == CallbackStatus.PENDING ? redelivered : null;
  }
}
