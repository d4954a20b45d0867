package dev.whatsit.domain.classification;

import dev.whatsit.domain.failure.Deferred;
import dev.whatsit.domain.failure.PermanentFailure;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageDescription;

/**
 * Classifies images. A call may cost money or occupy a processor core, so callers make one call for
 * each granted claim. Implementations are thread-safe and have their own timeout.
 */
public interface Classifier extends AutoCloseable {
  /**
   * Classifies a stored image.
   *
   * @param image an image in the image store that this classifier reads
   * @return labels at or above the configured minimum confidence, best first, at most the
   *     configured number
   * @throws TransientFailure if a retry may succeed
   * @throws Deferred if a retry makes sense only after a longer time
   * @throws PermanentFailure if a retry cannot succeed: {@code CORRUPT_IMAGE}, {@code
   *     IMAGE_TOO_COMPLEX}, {@code IMAGE_GONE}
   */
  Classification classify(ImageDescription image);

  /**
   * Checks as cheaply as possible, and without billed calls, that the classifier can be called.
   *
   * @throws TransientFailure saying what is wrong and what to do
   */
  void checkReachable();

  /** Releases its resources. Afterwards {@link #classify} fails. */
  @Override
  void close();
}
