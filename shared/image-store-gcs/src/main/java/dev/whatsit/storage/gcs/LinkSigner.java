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

/** The account that signs links. */
final class LinkSigner {
  /** As whom links are signed where there are no accounts. */
  private static final String EMULATED_ACCOUNT = "whatsit@emulator.invalid";

  private static final int UNUSED_SECONDS = 3600;

  private LinkSigner() {}

  /**
   * The account of the settings, else the one of the credentials.
   *
   * @param caller who reads and writes
   * @param account of the settings; null when they name none
   * @param transport what requests to the IAM Credentials API go over
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
   * No other account is impersonated: to sign, these credentials call {@code signBlob} as the
   * caller.
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
