package dev.whatsit.rest;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.SocketTimeoutException;
import java.net.URL;
import javax.net.ssl.HttpsURLConnection;
import org.jspecify.annotations.Nullable;

/**
 * One attempt at a remote call, which can be ended from outside. Used by one thread, and ended by
 * another.
 *
 * <p>Time-outs of a connection bound neither the writing of a body that nobody reads nor an answer
 * that comes drop by drop; only closing the connection does. The connections themselves are pooled
 * by the JDK, over all attempts.
 */
public final class Attempt {
  private final EncryptedSockets sockets;
  private final int connectMillis;
  private final int readMillis;
  private @Nullable HttpURLConnection connection;
  private boolean ended;

  /**
   * An attempt.
   *
   * @param sockets for connections that are encrypted
   * @param connectMillis until a connection stands
   * @param readMillis the longest silence while an answer is read
   */
  Attempt(EncryptedSockets sockets, int connectMillis, int readMillis) {
    this.sockets = sockets;
    this.connectMillis = connectMillis;
    this.readMillis = readMillis;
  }

  /**
   * Opens a connection that ends with this attempt, and has its time-outs.
   *
   * @throws IOException if no time is left
   */
  public synchronized HttpURLConnection open(URL url) throws IOException {
    if (ended) {
      throw new SocketTimeoutException("no time is left");
    }
    HttpURLConnection opened = (HttpURLConnection) url.openConnection();
    if (opened instanceof HttpsURLConnection encrypted) {
      encrypted.setSSLSocketFactory(sockets);
    }
    opened.setConnectTimeout(connectMillis);
    opened.setReadTimeout(readMillis);
    connection = opened;
    return opened;
  }

  /** Until a connection stands, in milliseconds. */
  public int connectMillis() {
    return connectMillis;
  }

  /** The longest silence while an answer is read, in milliseconds. */
  public int readMillis() {
    return readMillis;
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
