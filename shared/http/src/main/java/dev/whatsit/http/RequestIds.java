package dev.whatsit.http;

import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;

/** Validates or creates {@code X-Request-Id}, by the same rule for functions and gateway. */
public final class RequestIds {
  private static final Pattern VALID = Pattern.compile("[A-Za-z0-9_.:~+/=-]{1,128}");

  private RequestIds() {}

  /**
   * The client's id when it is valid, else a new one.
   *
   * @param sent what the client sent, empty when it sent none
   * @return 1 to 128 letters, digits and {@code -_.:~+/=}
   */
  public static String orNew(String sent) {
    if (VALID.matcher(sent).matches()) {
      return sent;
    }
    ThreadLocalRandom random = ThreadLocalRandom.current();
    return String.format("%016x%016x", random.nextLong(), random.nextLong());
  }
}
