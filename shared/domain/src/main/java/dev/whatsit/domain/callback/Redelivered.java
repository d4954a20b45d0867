package dev.whatsit.domain.callback;

/** How far a delivery has come for which somebody asked by hand. */
public enum Redelivered {
  /** It has not begun. */
  ASKED,
  /** A claim has it. */
  UNDER_WAY
}
