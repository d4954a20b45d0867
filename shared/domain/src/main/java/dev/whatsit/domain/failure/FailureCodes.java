package dev.whatsit.domain.failure;

/** The stable error codes of permanently failed work. */
public final class FailureCodes {
  /**
   * The header is valid but the image data is not: no decoder can read the picture. Not retryable.
   */
  public static final String CORRUPT_IMAGE = "CORRUPT_IMAGE";

  /** Decoding would exceed the memory or work limit for one image. Not retryable. */
  public static final String IMAGE_TOO_COMPLEX = "IMAGE_TOO_COMPLEX";

  /** The bytes are no longer in the image store. Not retryable. */
  public static final String IMAGE_GONE = "IMAGE_GONE";

  /** All attempts failed for reasons other than the image. Retryable. */
  public static final String ATTEMPTS_EXHAUSTED = "ATTEMPTS_EXHAUSTED";

  /** The classifier refused the image for a reason that a retry does not fix. */
  public static final String CLASSIFIER_REFUSED = "CLASSIFIER_REFUSED";

  /** The work was deferred for seven days because the classifier could not be called. Retryable. */
  public static final String DEFERRED_TOO_LONG = "DEFERRED_TOO_LONG";

  /** The queue exhausted its deliveries of the work, and no delivery completed it. Retryable. */
  public static final String GIVEN_UP = "GIVEN_UP";

  /** The image that a batch names was never submitted. Not retryable. */
  public static final String IMAGE_UNKNOWN = "IMAGE_UNKNOWN";

  private FailureCodes() {}
}
