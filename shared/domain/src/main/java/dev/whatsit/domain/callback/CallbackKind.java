package dev.whatsit.domain.callback;

import java.util.Locale;

/** How a notification is delivered. */
public enum CallbackKind {
  /** An HTTP request to a URL, which is the callback's target. */
  WEBHOOK;

  /** The name in lower case, as used in callback ids. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
