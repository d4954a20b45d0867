package dev.whatsit.http;

import java.util.concurrent.ThreadLocalRandom;

/** Validates or creates {@code X-Request-Id}, by the same rule for functions and gateway. */
public final class RequestIds {
  private static final int MAX_LENGTH = 128;

  private RequestIds() {}

  /**
   * The client's id when it is valid, else a new one.
   *
   * @param sent what the client sent, empty when it sent none
   * @return 1 to 128 letters, digits and {@code -_.:~+/=}
   */
  public static String orNew(String sent) {
    return isSane(sent) ? sent : newId();
  }

  private static boolean isSane(String id) {
    if (id.isEmpty() || id.length() > MAX_LENGTH) {
      return false;
    }
    for (int i = 0; i < id.length(); i++) {
      char c = id.charAt(i);
      boolean plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (!plain && "-_.:~+/=".indexOf(c) < 0) {
        return false;
      }
    }
    return true;
  }

  private static String newId() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    return String.format("%016x%016x", random.nextLong(), random.nextLong());
  }
}
