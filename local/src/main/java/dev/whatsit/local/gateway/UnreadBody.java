package dev.whatsit.local.gateway;

import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Callback;

/**
 * Reads and discards the rest of a request's body after the response was written. Otherwise the
 * connection is reset, and a client that sends everything before it reads never sees the response.
 * Limited in bytes here and in time by {@link ClientConnection}, so that a client cannot keep the
 * connection busy forever.
 */
final class UnreadBody implements Runnable {
  private static final long MAX_BYTES = 64L * 1024 * 1024;

  private final Request request;
  private final Callback callback;
  private long left = MAX_BYTES;

  private UnreadBody(Request request, Callback callback) {
    this.request = request;
    this.callback = callback;
  }

  /** Reads the rest, then completes the callback, on the thread on which the bytes arrive. */
  static void skip(Request request, Callback callback) {
    if (expectsContinue(request)) {
      // The client has not begun to send; reading would make it begin (RFC 9110 section 10.1.1).
      callback.succeeded();
    } else {
      new UnreadBody(request, callback).run();
    }
  }

  static boolean expectsContinue(Request request) {
    return request.getHeaders().contains(HttpHeader.EXPECT, HttpHeaderValue.CONTINUE.asString());
  }

  @Override
  public void run() {
    while (left > 0) {
      Content.Chunk chunk = request.read();
      if (chunk == null) {
        request.demand(this);
        return;
      }
      if (Content.Chunk.isFailure(chunk)) {
        break;
      }
      left -= chunk.remaining();
      boolean last = chunk.isLast();
      chunk.release();
      if (last) {
        break;
      }
    }
    callback.succeeded();
  }
}
