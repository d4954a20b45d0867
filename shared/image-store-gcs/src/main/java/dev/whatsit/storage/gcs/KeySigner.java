package dev.whatsit.storage.gcs;

import com.google.auth.ServiceAccountSigner;
import com.google.auth.ServiceAccountSigner.SigningException;
import dev.whatsit.domain.failure.TransientFailure;

/** Signs with credentials that can do so themselves, as those with a private key. */
final class KeySigner implements LinkSigner {
  private final ServiceAccountSigner credentials;

  KeySigner(ServiceAccountSigner credentials) {
    this.credentials = credentials;
  }

  @Override
  public String account() {
    return credentials.getAccount();
  }

  @Override
  public byte[] sign(String action, byte[] toSign) {
    try {
      return credentials.sign(toSign);
    } catch (SigningException e) {
      throw new TransientFailure("image store: cannot " + action + ": " + e.getMessage(), e);
    }
  }
}
