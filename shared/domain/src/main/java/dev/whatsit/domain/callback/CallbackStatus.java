package dev.whatsit.domain.callback;

import dev.whatsit.domain.document.EnumWord;

/** The state of a callback. */
public enum CallbackStatus implements EnumWord {
  /** The work is not known to have ended. */
  WAITING,
  /** The work has ended; the notification is due, scheduled for a retry, or being delivered. */
  PENDING,
  /** The receiver accepted the notification. */
  DELIVERED,
  /** The receiver refused further notifications. */
  STOPPED,
  /** All delivery attempts failed. */
  FAILED;

  /** Whether only a redelivery request can change this status. */
  public boolean isSettled() {
    return this == DELIVERED || this == STOPPED || this == FAILED;
  }
}
