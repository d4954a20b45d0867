package dev.whatsit.domain.classification;

import dev.whatsit.domain.failure.TransientFailure;
import java.io.InputStream;
import java.net.URI;
import java.util.Optional;

/**
 * Reads files that a classifier loads when it is built, such as a model and its labels, from a
 * backend's storage. Not every backend has such storage. Implementations are thread-safe.
 */
public interface ModelFiles {
  /**
   * Opens a file.
   *
   * @param location a URI of the backend's own scheme, for example {@code gs://bucket/name}
   * @return a stream of its bytes, which the caller closes; reading may fail with an {@link
   *     java.io.IOException}. Empty when there is no such file
   * @throws IllegalArgumentException if the URI is not of the backend's scheme
   * @throws TransientFailure if it is unknown whether the file exists; the message says why
   */
  Optional<InputStream> open(URI location);
}
