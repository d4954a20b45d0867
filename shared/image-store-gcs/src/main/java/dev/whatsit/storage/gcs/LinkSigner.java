package dev.whatsit.storage.gcs;

import com.google.api.client.http.HttpTransport;
import com.google.auth.Credentials;
import com.google.auth.ServiceAccountSigner;
import com.google.auth.oauth2.ComputeEngineCredentials;
import com.google.auth.oauth2.GoogleCredentials;
import com.google.auth.oauth2.ImpersonatedCredentials;
import com.google.cloud.NoCredentials;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Chooses the account that signs links. */
final class LinkSigner {
  /** The account that signs links for an emulator, which has no accounts. */
  private static final String EMULATED_ACCOUNT = "whatsit@emulator.invalid";

  private static final int UNUSED_SECONDS = 3600;

  private LinkSigner() {}

  /**
   * The account of the settings if there is one, else the account of the credentials.
   *
   * @param caller the credentials for reads and writes
   * @param account of the settings; null when they name none
   * @param transport for requests to the IAM Credentials API
   * @throws IOException if no account can sign; the message says what to set
   */
  static ServiceAccountSigner of(
      Credentials caller, @Nullable String account, HttpTransport transport) throws IOException {
    if (caller instanceof NoCredentials) {
      return byIam(new Anonymous(), account == null ? EMULATED_ACCOUNT : account, transport);
    }
    if (caller instanceof GoogleCredentials known && account != null) {
      return byIam(known, account, transport);
    }
    if (caller instanceof ComputeEngineCredentials function) {
      return byIam(function, function.getAccount(), transport);
    }
    if (caller instanceof ServiceAccountSigner own) {
      return own;
    }
    throw new IOException(
        "credentials of the type "
            + caller.getAuthenticationType()
            + " sign no links; set "
            + GcsSettings.LINK_ACCOUNT
            + " to a service account on which they have roles/iam.serviceAccountTokenCreator");
  }

  /**
   * Signs by {@code signBlob}, called with the caller's own credentials. Despite the class name,
   * this impersonates no other account.
   */
  private static ServiceAccountSigner byIam(
      GoogleCredentials caller, String account, HttpTransport transport) {
    return ImpersonatedCredentials.create(
        caller, account, null, List.of(), UNUSED_SECONDS, () -> transport);
  }

  private static final class Anonymous extends GoogleCredentials {
    private static final long serialVersionUID = 1L;

    Anonymous() {
      super(GoogleCredentials.newBuilder());
    }

    @Override
    public boolean hasRequestMetadata() {
      return false;
    }
  }
}
