package dev.whatsit.faults;

import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A remote call as received.
 *
 * @param service the name in this package, for example {@code firestore}
 * @param method the last part of the method's name, for example {@code Commit}
 * @param image the hash of the image, or the id of the batch, in the request; {@code -} if there is
 *     none
 * @param number the number of this call among those of the same method and image, from 1
 */
record Call(String service, String method, String image, int number) {
  static final String NO_IMAGE = "-";

  private static final Pattern HASH =
      Pattern.compile("(?<![0-9a-f])([0-9a-f]{64}|[0-9a-f]{32})(?![0-9a-f])");

  /** The first hash of an image, or id of a batch, in the bytes of a request. */
  static String imageIn(byte[] request) {
    Matcher matcher = HASH.matcher(new String(request, StandardCharsets.ISO_8859_1));
    return matcher.find() ? matcher.group() : NO_IMAGE;
  }

  @Override
  public String toString() {
    return service + "." + method + " #" + number;
  }
}
