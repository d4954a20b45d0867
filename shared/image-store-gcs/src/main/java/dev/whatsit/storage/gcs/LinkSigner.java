package dev.whatsit.storage.gcs;

import dev.whatsit.domain.failure.TransientFailure;

/** Signs as a service account. Implementations are safe for use by several threads. */
interface LinkSigner {
  /** The account's e-mail address. */
  String account();

  /**
   * Signs with SHA256withRSA.
   *
   * @param action what is being done to what, after "cannot"
   * @throws TransientFailure if signing needs a remote service that cannot be reached
   */
  byte[] sign(String action, byte[] toSign);
}
