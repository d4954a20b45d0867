package dev.whatsit.faults;

/**
 * A remote call as it arrived.
 *
 * @param service as this package names it, for example {@code firestore}
 * @param method the last part of its name, for example {@code Commit}
 * @param image the hash of the image, or the name of the batch, that it is about, or {@code -}
 *     where it names none
 * @param number which call of this method about this image it is, from 1
 */
record Call(String service, String method, String image, int number) {
  static final String NO_IMAGE = "-";

  @Override
  public String toString() {
    return service + "." + method + " #" + number;
  }
}
