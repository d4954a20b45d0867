package dev.whatsit.storage.gcs;

import com.google.api.client.http.HttpRequestInitializer;
import com.google.auth.Credentials;
import com.google.auth.ServiceAccountSigner;
import com.google.auth.http.HttpCredentialsAdapter;
import com.google.auth.oauth2.ComputeEngineCredentials;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.rest.GoogleAccess;
import java.io.IOException;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * Who reads, writes and signs. With a server for development nobody in particular, and what this
 * process holds is never sent there. Safe for use by several threads.
 */
final class Access {
  /** As whom links are signed where there are no accounts. */
  private static final String EMULATED_ACCOUNT = "whatsit@emulator.invalid";

  private final @Nullable URI emulator;
  private final @Nullable String linkAccount;
  private final URI iam;
  private final GoogleAccess access;
  private @Nullable LinkSigner signer;

  /**
   * Access as the settings want it.
   *
   * @param iam the IAM Credentials API, without a path
   */
  Access(GcsSettings settings, URI iam, GoogleAccess access) {
    this.emulator = settings.emulator();
    this.linkAccount = settings.linkAccount();
    this.iam = emulator == null ? iam : emulator;
    this.access = access;
  }

  /**
   * What adds credentials to requests.
   *
   * @throws IOException if there are none
   */
  HttpRequestInitializer authorization() throws IOException {
    return emulator == null ? new HttpCredentialsAdapter(access.credentials()) : request -> {};
  }

  /**
   * Who signs links: the account of the settings, else the one of the credentials.
   *
   * @throws TransientFailure if there are no credentials, or those of somebody who cannot sign
   */
  synchronized LinkSigner signer(StorageCalls calls) {
    LinkSigner known = signer;
    if (known == null) {
      known = findSigner(calls);
      signer = known;
    }
    return known;
  }

  private LinkSigner findSigner(StorageCalls calls) {
    if (linkAccount != null) {
      return new IamSigner(calls, iam, linkAccount);
    }
    if (emulator != null) {
      return new IamSigner(calls, iam, EMULATED_ACCOUNT);
    }
    Credentials credentials;
    try {
      credentials = access.credentials();
    } catch (IOException e) {
      throw new TransientFailure("image store: cannot sign links: " + e.getMessage(), e);
    }
    if (credentials instanceof ComputeEngineCredentials function) {
      try {
        return new IamSigner(calls, iam, function.getAccount());
      } catch (RuntimeException e) {
        // What getAccount throws when the metadata server does not tell.
        throw new TransientFailure(
            "image store: cannot sign links: the metadata server does not tell this function's"
                + " account; set "
                + GcsSettings.LINK_ACCOUNT,
            e);
      }
    }
    if (credentials instanceof ServiceAccountSigner own) {
      return new KeySigner(own);
    }
    throw new TransientFailure(
        "image store: cannot sign links with credentials of the type "
            + credentials.getAuthenticationType()
            + "; set "
            + GcsSettings.LINK_ACCOUNT
            + " to a service account on which they have roles/iam.serviceAccountTokenCreator");
  }
}
