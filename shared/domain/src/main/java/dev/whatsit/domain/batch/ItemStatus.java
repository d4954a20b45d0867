package dev.whatsit.domain.batch;

import java.util.Locale;

/** Where an item stands. Clients are shown {@code pending} for what is not final. */
public enum ItemStatus {
  /** Its image is still to be fetched. */
  FETCHING,
  /** Its image is known, and its work under way. */
  WAITING,
  /** Its image was classified. Final. */
  SUCCESS,
  /** It failed for good. Final. */
  ERROR,
  /** Its image was canceled. Final. */
  CANCELED;

  /** Whether this never changes any more, whatever becomes of the image. */
  public boolean isFinal() {
    return this == SUCCESS || this == ERROR || this == CANCELED;
  }

  /** The name in lower case. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
