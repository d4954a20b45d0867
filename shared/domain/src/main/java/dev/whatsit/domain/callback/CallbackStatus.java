package dev.whatsit.domain.callback;

import java.util.Locale;

/** The state of a callback. */
public enum CallbackStatus {
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

  /** The word that clients see: the name in lower case. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
