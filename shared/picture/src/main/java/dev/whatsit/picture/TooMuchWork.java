package dev.whatsit.picture;

import java.io.IOException;

/** An image asks for more work or memory than one image may have. */
final class TooMuchWork extends IOException {
  private static final long serialVersionUID = 1L;

  TooMuchWork(String message) {
    super(message);
  }
}
