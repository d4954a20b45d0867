package dev.whatsit.domain.image;

import dev.whatsit.domain.image.Inspection.Reason;
import dev.whatsit.domain.image.Inspection.Refused;

/** The texts of the validator's refusals. */
final class Refusals {
  private static final String ACCEPTED = "accepted are JPEG, PNG, GIF, WebP and BMP";

  private Refusals() {}

  /**
   * Not an accepted format.
   *
   * @param what names it, for example {@code a PDF document}
   */
  static Refused unsupported(String what) {
    return new Refused(Reason.UNSUPPORTED_FORMAT, "This is " + what + "; " + ACCEPTED + ".");
  }

  /**
   * The bytes end within the header.
   *
   * @param part where, for example {@code frame header}
   */
  static Refused cut(ImageFormat format, String part) {
    return new Refused(
        Reason.CORRUPT_IMAGE, "The " + word(format) + " is cut short in its " + part + ".");
  }

  /**
   * The header has a value that it cannot have.
   *
   * @param what names the part and the value, for example {@code the bit depth is 3}
   */
  static Refused senseless(ImageFormat format, String what) {
    return new Refused(
        Reason.CORRUPT_IMAGE, "The " + word(format) + " header makes no sense: " + what + ".");
  }

  /** More pixels than the limits allow. */
  static Refused tooManyPixels(ImageFormat format, int width, int height, ImageLimits limits) {
    return new Refused(
        Reason.TOO_MANY_PIXELS,
        "The "
            + word(format)
            + " claims "
            + width
            + " × "
            + height
            + " = "
            + (long) width * height
            + " pixels; at most "
            + limits.maxPixels()
            + " are accepted.");
  }

  private static String word(ImageFormat format) {
    return format == ImageFormat.WEBP ? "WebP" : format.name();
  }
}
