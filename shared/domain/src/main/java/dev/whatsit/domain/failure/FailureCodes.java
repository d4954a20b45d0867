package dev.whatsit.domain.failure;

/** The stable words under which an image's work can fail for good. */
public final class FailureCodes {
  /**
   * The header was good, the data behind it is not: no decoder reads the picture. Not retryable.
   */
  public static final String CORRUPT_IMAGE = "CORRUPT_IMAGE";

  /** Decoding would take more memory or work than one image may have. Not retryable. */
  public static final String IMAGE_TOO_COMPLEX = "IMAGE_TOO_COMPLEX";

  /** The bytes are no longer in the image store. Not retryable. */
  public static final String IMAGE_GONE = "IMAGE_GONE";

  /** Every attempt failed for reasons that were not the image's. Retryable. */
  public static final String ATTEMPTS_EXHAUSTED = "ATTEMPTS_EXHAUSTED";

  /** The classifier refused the image for a reason that trying again will not mend. */
  public static final String CLASSIFIER_REFUSED = "CLASSIFIER_REFUSED";

  /** The classifier could not be asked for seven days. Retryable. */
  public static final String DEFERRED_TOO_LONG = "DEFERRED_TOO_LONG";

  /** The queue delivered the work many times and nobody ever ended it. Retryable. */
  public static final String GIVEN_UP = "GIVEN_UP";

  /** Nobody submitted the image that a batch names. Not retryable. */
  public static final String IMAGE_UNKNOWN = "IMAGE_UNKNOWN";

  private FailureCodes() {}
}
