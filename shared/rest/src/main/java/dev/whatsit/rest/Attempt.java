package dev.whatsit.rest;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
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
  private boolean closing;

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
    requireTime();
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

  /**
   * What reads an answer as long as this attempt has not ended, and fails when it ends early.
   *
   * @param answer of a connection that was opened here
   * @param announced bytes that it should have, or less than 0 when that is not known
   * @param most bytes, after which it is taken for none
   */
  InputStream reading(InputStream answer, long announced, long most) {
    return new FilterInputStream(answer) {
      private long came;

      @Override
      public int read() throws IOException {
        requireTime();
        int read = super.read();
        count(read < 0 ? read : 1);
        return read;
      }

      @Override
      public int read(byte[] buffer, int offset, int length) throws IOException {
        requireTime();
        int read = super.read(buffer, offset, length);
        count(read);
        return read;
      }

      private void count(int read) throws IOException {
        if (read < 0 && came < announced) {
          // The JDK, up to 17 at least, takes the end of the connection for that of the answer.
          throw new IOException(
              "the connection ended after " + came + " of the answer's " + announced + " bytes");
        }
        came += Math.max(0, read);
        if (came > most) {
          throw new UnreadableAnswer("the answer has more than " + most + " bytes");
        }
      }
    };
  }

  /**
   * Goes on only when there is time.
   *
   * @throws SocketTimeoutException if this attempt has ended
   */
  synchronized void requireTime() throws SocketTimeoutException {
    if (ended) {
      throw new SocketTimeoutException("no time is left");
    }
  }

  /**
   * Ends it, whatever it is doing. To be called until it is over: a connection that is only being
   * made cannot be closed yet. Comes back at once, for closing waits for whoever reads.
   */
  void end() {
    HttpURLConnection current;
    synchronized (this) {
      ended = true;
      current = closing ? null : connection;
      closing |= current != null;
    }
    if (current != null) {
      Daemon.start("remote-ending", () -> close(current));
    }
  }

  private void close(HttpURLConnection current) {
    try {
      current.disconnect();
    } finally {
      synchronized (this) {
        closing = false;
      }
    }
  }

  /** Whether it was ended from outside. */
  synchronized boolean wasEnded() {
    return ended;
  }
}
