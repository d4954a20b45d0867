package dev.whatsit.rest;

import com.google.auth.Credentials;
import com.google.auth.oauth2.GoogleCredentials;
import com.google.auth.oauth2.OAuth2Credentials;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The credentials with which a service is called, found when they are first needed and kept. Safe
 * for use by several threads.
 */
public final class GoogleAccess {
  private static final String SCOPE = "https://www.googleapis.com/auth/cloud-platform";

  private final Source source;
  private volatile @Nullable Credentials found;

  /** Where credentials are found. */
  @FunctionalInterface
  public interface Source {
    /**
     * Looks for them.
     *
     * @throws IOException if there are none
     */
    Credentials find() throws IOException;
  }

  /** With the credentials that Google's libraries find by themselves. */
  public GoogleAccess() {
    this(GoogleAccess::applicationDefault);
  }

  /** With credentials of the caller's. */
  public GoogleAccess(Source source) {
    this.source = source;
  }

  /**
   * The credentials that Google's libraries find by themselves.
   *
   * @throws IOException if there are none
   */
  public static Credentials applicationDefault() throws IOException {
    return GoogleCredentials.getApplicationDefault().createScoped(List.of(SCOPE));
  }

  /**
   * The credentials.
   *
   * @throws IOException if there are none; the message says how to come by some
   */
  public Credentials credentials() throws IOException {
    Credentials known = found;
    return known == null ? find() : known;
  }

  private synchronized Credentials find() throws IOException {
    Credentials known = found;
    if (known == null) {
      try {
        known = source.find();
      } catch (IOException e) {
        throw new IOException(
            "no credentials; let the function run as a service account, or for development run"
                + " `gcloud auth application-default login`: "
                + e.getMessage(),
            e);
      }
      found = known;
    }
    return known;
  }

  /**
   * The headers that show who calls.
   *
   * @param service scheme and authority of what is called
   * @throws IOException if there are no credentials, or no token for them
   */
  Map<String, List<String>> headers(URI service) throws IOException {
    return credentials().getRequestMetadata(service);
  }

  /**
   * Fetches another token, for one that was revoked before its time.
   *
   * @return false where there is nothing to fetch
   * @throws IOException if there is none
   */
  boolean renew() throws IOException {
    if (credentials() instanceof OAuth2Credentials tokens) {
      tokens.refresh();
      return true;
    }
    return false;
  }
}
