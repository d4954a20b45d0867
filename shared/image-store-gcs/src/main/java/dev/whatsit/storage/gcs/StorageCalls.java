package dev.whatsit.storage.gcs;

import com.google.api.client.http.HttpRequestInitializer;
import com.google.api.client.http.HttpResponseException;
import com.google.api.client.http.HttpTransport;
import com.google.api.client.http.javanet.NetHttpTransport;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.rest.Refusal;
import dev.whatsit.rest.RemoteCalls;
import dev.whatsit.rest.RemoteLimits;
import java.io.IOException;
import java.util.Set;
import java.util.function.Supplier;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLSocketFactory;

/** Remote calls by Google's HTTP client. Safe for use by several threads. */
final class StorageCalls {
  private final RemoteCalls calls;
  private final Authorization authorization;

  /**
   * One attempt, for the client.
   *
   * @param transport what requests of this attempt go over
   * @param initializer prepares requests of this attempt
   */
  record Exchange(HttpTransport transport, HttpRequestInitializer initializer) {}

  /** A request and the reading of its answer. */
  @FunctionalInterface
  interface Request<T> {
    /**
     * Sends it once.
     *
     * @throws IOException when there is no answer, or one that the request does not expect
     */
    T send(Exchange exchange) throws IOException;
  }

  /** Where credentials come from. */
  @FunctionalInterface
  interface Authorization {
    /**
     * What adds them to requests.
     *
     * @throws IOException if there are none
     */
    HttpRequestInitializer open() throws IOException;
  }

  StorageCalls(RemoteLimits limits, Authorization authorization) {
    this(limits, authorization, HttpsURLConnection::getDefaultSSLSocketFactory);
  }

  /** With encryption of the caller's, which is asked for when it is first needed. */
  StorageCalls(
      RemoteLimits limits, Authorization authorization, Supplier<SSLSocketFactory> encryption) {
    this.calls = new RemoteCalls("Cloud Storage", limits, refusal -> "", Set.of(), encryption);
    this.authorization = authorization;
  }

  /**
   * Makes a call, within the limits.
   *
   * @param action what is being done to what, after "cannot"
   * @throws TransientFailure when it did not succeed
   */
  <T> T make(String action, Request<T> request) {
    return calls.make(
        action,
        attempt -> {
          HttpRequestInitializer authorized = authorization.open();
          HttpTransport transport =
              new NetHttpTransport.Builder().setConnectionFactory(attempt::open).build();
          Exchange exchange =
              new Exchange(
                  transport,
                  prepared -> {
                    authorized.initialize(prepared);
                    prepared.setConnectTimeout(attempt.connectMillis());
                    prepared.setReadTimeout(attempt.readMillis());
                    // For a token that was revoked before its time; all other trying again is
                    // not the client's.
                    prepared.setNumberOfRetries(1);
                  });
          try {
            return request.send(exchange);
          } catch (HttpResponseException e) {
            throw refusal(e);
          }
        });
  }

  private static Refusal refusal(HttpResponseException e) {
    String content = e.getContent();
    Refusal refusal =
        Refusal.of(
            e.getStatusCode(), e.getHeaders().getRetryAfter(), content == null ? "" : content);
    refusal.initCause(e);
    return refusal;
  }
}
