package dev.whatsit.domain.image;

import java.io.IOException;

/** An image asks for more work or memory than one image may have. */
public final class TooMuchWork extends IOException {
  private static final long serialVersionUID = 1L;

  /** With what it asks for. */
  public TooMuchWork(String message) {
    super(message);
  }
}
