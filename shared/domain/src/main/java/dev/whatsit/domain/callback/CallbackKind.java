package dev.whatsit.domain.callback;

import java.util.Locale;

/** How somebody is told. */
public enum CallbackKind {
  /** By a request to a URL, which is the callback's target. */
  WEBHOOK;

  /** The name in lower case, as in ids of callbacks. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
