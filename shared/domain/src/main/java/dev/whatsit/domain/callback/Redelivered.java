package dev.whatsit.domain.callback;

/** The state of a redelivery that a client requested. */
public enum Redelivered {
  /** Requested; the attempt has not begun. */
  REQUESTED,
  /** The attempt is claimed. */
  UNDER_WAY
}
