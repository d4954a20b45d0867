package dev.whatsit.domain.classification;

import dev.whatsit.domain.failure.Deferred;
import dev.whatsit.domain.failure.PermanentFailure;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageDescription;

/**
 * Recognises what is in an image. It may cost money or a processor core, so callers ask once for
 * each granted claim. Implementations are thread-safe and bound their own time.
 */
public interface Classifier extends AutoCloseable {
  /**
   * Classifies a stored image.
   *
   * @param image which is in the image store that this classifier reads
   * @return labels at or above the least confidence, best first and at most as many as set
   * @throws TransientFailure if it may work when tried again
   * @throws Deferred if it makes no sense to try again for a while
   * @throws PermanentFailure if it never will: {@code CORRUPT_IMAGE}, {@code IMAGE_TOO_COMPLEX},
   *     {@code IMAGE_GONE}
   */
  Classification classify(ImageDescription image);

  /**
   * Checks that the classifier can be asked, as cheaply as can be and at no cost in money.
   *
   * @throws TransientFailure saying what is wrong and what to do
   */
  void checkReachable();

  /** Gives back what it holds. Afterwards {@link #classify} fails. */
  @Override
  void close();
}
