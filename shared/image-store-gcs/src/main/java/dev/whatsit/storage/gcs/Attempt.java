package dev.whatsit.storage.gcs;

import com.google.api.client.http.HttpRequestInitializer;
import com.google.api.client.http.HttpTransport;
import com.google.api.client.http.javanet.ConnectionFactory;
import com.google.api.client.http.javanet.NetHttpTransport;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.SocketTimeoutException;
import java.net.URL;
import javax.net.ssl.HttpsURLConnection;
import org.jspecify.annotations.Nullable;

/**
 * One attempt at a remote call, which can be ended from outside.
 *
 * <p>Time-outs of a connection bound neither the writing of a body that nobody reads nor an answer
 * that comes drop by drop; only closing the connection does. The connections themselves are pooled
 * by the JDK, over all attempts.
 */
final class Attempt implements ConnectionFactory {
  private final HttpTransport transport =
      new NetHttpTransport.Builder().setConnectionFactory(this).build();
  private final EncryptedSockets sockets;
  private final HttpRequestInitializer initializer;
  private @Nullable HttpURLConnection connection;
  private boolean ended;

  /**
   * An attempt.
   *
   * @param authorization adds credentials
   * @param sockets for connections that are encrypted
   * @param connectMillis until a connection stands
   * @param readMillis the longest silence while an answer is read
   */
  Attempt(
      HttpRequestInitializer authorization,
      EncryptedSockets sockets,
      int connectMillis,
      int readMillis) {
    this.sockets = sockets;
    this.initializer =
        request -> {
          authorization.initialize(request);
          request.setConnectTimeout(connectMillis);
          request.setReadTimeout(readMillis);
          // For a token that was revoked before its time; all other trying again is RemoteCalls'.
          request.setNumberOfRetries(1);
        };
  }

  /** What requests of this attempt go over. */
  HttpTransport transport() {
    return transport;
  }

  /** Prepares requests of this attempt. */
  HttpRequestInitializer initializer() {
    return initializer;
  }

  @Override
  public synchronized HttpURLConnection openConnection(URL url) throws IOException {
    if (ended) {
      throw new SocketTimeoutException("no time is left");
    }
    HttpURLConnection opened = (HttpURLConnection) url.openConnection();
    if (opened instanceof HttpsURLConnection encrypted) {
      encrypted.setSSLSocketFactory(sockets);
    }
    connection = opened;
    return opened;
  }

  /** Ends it, whatever it is doing. */
  void end() {
    HttpURLConnection current;
    synchronized (this) {
      ended = true;
      current = connection;
    }
    if (current != null) {
      current.disconnect();
    }
  }

  /** Whether it was ended from outside. */
  synchronized boolean wasEnded() {
    return ended;
  }
}
