package dev.whatsit.domain.image;

import dev.whatsit.domain.image.Inspection.Reason;
import dev.whatsit.domain.image.Inspection.Refused;
import java.util.Set;

/** The texts of the validator's refusals. */
final class Refusals {
  private static final String ACCEPTED = "accepted are JPEG, PNG, GIF, WebP and BMP";

  private static final Set<String> FROM_PHONES =
      Set.of("a HEIC image", "an AVIF image", "a HEIF image");

  private Refusals() {}

  /**
   * Not an accepted format.
   *
   * @param what names it, for example {@code a PDF document}
   */
  static Refused unsupported(String what) {
    String advice =
        FROM_PHONES.contains(what)
            ? " Send it as JPEG: a phone converts its photos when an app or its settings ask for that."
            : "";
    return new Refused(
        Reason.UNSUPPORTED_FORMAT, "This is " + what + "; " + ACCEPTED + "." + advice);
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

  /** Decoding would take more than one image may have. */
  static Refused tooComplex(ImageFormat format) {
    return new Refused(
        Reason.TOO_COMPLEX,
        "Decoding this "
            + word(format)
            + " would take more time or memory than one image may have. Save it anew with another"
            + " program.");
  }

  private static String word(ImageFormat format) {
    return format == ImageFormat.WEBP ? "WebP" : format.name();
  }
}
