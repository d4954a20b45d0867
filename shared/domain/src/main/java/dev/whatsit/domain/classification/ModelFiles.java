package dev.whatsit.domain.classification;

import dev.whatsit.domain.failure.TransientFailure;
import java.io.InputStream;
import java.net.URI;
import java.util.Optional;

/**
 * Files that a classifier loads when it is built, such as a model and its labels, where a backend
 * keeps things. Not every backend has such a place. Implementations are thread-safe.
 */
public interface ModelFiles {
  /**
   * Opens a file.
   *
   * @param location an address of the backend's own kind, for example {@code gs://bucket/name}
   * @return its bytes, which the caller closes and whose reading may fail with an {@link
   *     java.io.IOException}; empty when there is no such file
   * @throws IllegalArgumentException if the address is not of the backend's kind
   * @throws TransientFailure if it cannot be told whether there is such a file; the message says
   *     why
   */
  Optional<InputStream> open(URI location);
}
