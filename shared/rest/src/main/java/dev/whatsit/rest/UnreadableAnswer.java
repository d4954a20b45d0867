package dev.whatsit.rest;

import java.io.IOException;

/**
 * There is an answer, whole, but it is none that a service gives: whatever was asked for has most
 * likely been done.
 */
public final class UnreadableAnswer extends IOException {
  private static final long serialVersionUID = 1L;

  /**
   * Such an answer.
   *
   * @param why what is wrong with it
   */
  public UnreadableAnswer(String why) {
    super(why);
  }

  UnreadableAnswer(String why, Exception cause) {
    super(why, cause);
  }
}
