package dev.whatsit.domain.batch;

import dev.whatsit.domain.document.EnumWord;

/** The state of an item. Clients see {@code pending} for every state that is not final. */
public enum ItemStatus implements EnumWord {
  /** Its image must still be fetched. */
  FETCHING,
  /** Its image is known, and the image's work is not final. */
  WAITING,
  /** Its image was classified successfully. Final. */
  SUCCESS,
  /** It failed permanently. Final. */
  ERROR,
  /** Its image was canceled. Final. */
  CANCELED;

  /** Whether the item never changes any more, even when its image is run again. */
  public boolean isFinal() {
    return this == SUCCESS || this == ERROR || this == CANCELED;
  }
}
