package dev.whatsit.domain.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.domain.image.Inspection.Accepted;
import dev.whatsit.domain.image.Inspection.Reason;
import dev.whatsit.domain.image.Inspection.Refused;

/** What tests say of an inspection under the default limits. */
final class Verdicts {
  private static final ImageValidator VALIDATOR = new ImageValidator(ImageLimits.DEFAULT);

  private Verdicts() {}

  static Inspection inspect(byte[] bytes) {
    return VALIDATOR.inspect(ImageBytes.of(bytes));
  }

  static void assertAccepted(byte[] bytes, ImageFormat format, int width, int height) {
    assertThat(inspect(bytes)).isEqualTo(new Accepted(format, width, height));
  }

  static void assertCorrupt(byte[] bytes, String part) {
    assertRefused(bytes, Reason.CORRUPT_IMAGE, part);
  }

  static void assertTooManyPixels(byte[] bytes, String claim) {
    assertRefused(bytes, Reason.TOO_MANY_PIXELS, claim);
  }

  static void assertUnsupported(byte[] bytes, String name) {
    assertRefused(bytes, Reason.UNSUPPORTED_FORMAT, name);
  }

  private static void assertRefused(byte[] bytes, Reason reason, String detail) {
    assertThat(inspect(bytes))
        .isInstanceOfSatisfying(
            Refused.class,
            refused -> {
              assertThat(refused.detail()).contains(detail);
              assertThat(refused.reason()).isEqualTo(reason);
            });
  }
}
