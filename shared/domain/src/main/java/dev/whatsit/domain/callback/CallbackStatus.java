package dev.whatsit.domain.callback;

import java.util.Locale;

/** Where a callback stands. */
public enum CallbackStatus {
  /** The work has not ended. */
  WAITING,
  /** The work has ended, and it is being told, or will be when it is due. */
  PENDING,
  /** Received. */
  DELIVERED,
  /** The receiver wants no more of it. */
  STOPPED,
  /** Given up after every try. */
  FAILED;

  /** Whether this status changes only when somebody asks for another delivery. */
  public boolean isSettled() {
    return this == DELIVERED || this == STOPPED || this == FAILED;
  }

  /** The word that clients see: the name in lower case. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
