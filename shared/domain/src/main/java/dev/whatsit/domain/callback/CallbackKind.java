package dev.whatsit.domain.callback;

import dev.whatsit.domain.document.EnumWord;

/** How a notification is delivered. */
public enum CallbackKind implements EnumWord {
  /** An HTTP request to a URL, which is the callback's target. */
  WEBHOOK;
}
