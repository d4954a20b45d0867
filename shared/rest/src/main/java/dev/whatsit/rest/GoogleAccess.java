package dev.whatsit.rest;

import com.google.auth.Credentials;
import com.google.auth.RequestMetadataCallback;
import com.google.auth.oauth2.GoogleCredentials;
import com.google.auth.oauth2.OAuth2Credentials;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The credentials with which a service is called, found when they are first needed and kept. Safe
 * for use by several threads.
 */
public final class GoogleAccess {
  private static final String SCOPE = "https://www.googleapis.com/auth/cloud-platform";

  private static final GoogleAccess OF_THIS_PROCESS =
      new GoogleAccess(GoogleAccess::applicationDefault);

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

  /**
   * With the credentials that Google's libraries find by themselves: one for all services, so that
   * one token is fetched.
   */
  public static GoogleAccess ofThisProcess() {
    return OF_THIS_PROCESS;
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
   * @param millis how long fetching a token may take
   * @throws IOException if there are no credentials, or no token for them in this time
   */
  Map<String, List<String>> headers(URI service, long millis) throws IOException {
    CompletableFuture<Map<String, List<String>>> headers = new CompletableFuture<>();
    credentials()
        .getRequestMetadata(
            service,
            // Used only where a token has to be fetched.
            task -> Daemon.start("access-token", task),
            new RequestMetadataCallback() {
              @Override
              public void onSuccess(Map<String, List<String>> metadata) {
                headers.complete(metadata);
              }

              @Override
              public void onFailure(Throwable failure) {
                headers.completeExceptionally(failure);
              }
            });
    return within(millis, headers);
  }

  /**
   * Fetches another token, for one that was revoked before its time.
   *
   * @param millis how long that may take
   * @return false where there is nothing to fetch
   * @throws IOException if there is none in this time
   */
  boolean renew(long millis) throws IOException {
    if (!(credentials() instanceof OAuth2Credentials tokens)) {
      return false;
    }
    CompletableFuture<Boolean> renewed = new CompletableFuture<>();
    Daemon.start(
        "access-token",
        () -> {
          try {
            tokens.refresh();
            renewed.complete(true);
          } catch (IOException | RuntimeException e) {
            renewed.completeExceptionally(e);
          }
        });
    return within(millis, renewed);
  }

  /** What a library without time-outs of its own fetches. */
  private static <T> T within(long millis, CompletableFuture<T> fetched) throws IOException {
    try {
      return fetched.get(millis, TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException failure) {
        throw failure;
      }
      throw new IOException("no access token: " + e.getCause(), e);
    } catch (TimeoutException e) {
      SocketTimeoutException late =
          new SocketTimeoutException("no access token within " + millis + " ms");
      late.initCause(e);
      throw late;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while fetching an access token");
    }
  }
}
