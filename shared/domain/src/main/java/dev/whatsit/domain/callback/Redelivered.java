package dev.whatsit.domain.callback;

/** The state of a redelivery that a client requested. */
public enum Redelivered {
  /** Requested; the attempt has not begun. */
  ASKED,
  /** The attempt is claimed. */
  UNDER_WAY
}
