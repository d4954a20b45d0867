package dev.whatsit.outbound;

import dev.whatsit.outbound.OutboundFailure.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.impl.io.DefaultBHttpClientConnection;
import org.apache.hc.core5.http.impl.io.DefaultHttpResponseParserFactory;
import org.apache.hc.core5.http.impl.io.HttpRequestExecutor;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.message.BasicClassicHttpRequest;
import org.apache.hc.core5.http.protocol.HttpCoreContext;
import org.jspecify.annotations.Nullable;

/**
 * One connection for one request, to one of the addresses that the guard has checked. Nothing is
 * kept for the next request: no cookies, no pool. Not thread-safe.
 */
final class Connection implements AutoCloseable {
  /**
   * The connect timeout of all addresses but the last, so that an address without a server does not
   * use up the time of the next.
   */
  private static final int CONNECT_MILLIS = 4000;

  /**
   * A name may resolve to hundreds of addresses, and its owner must not make us connect to all of
   * them.
   */
  private static final int MAX_ADDRESSES = 4;

  /** Limits how much of a response's header is kept in memory. */
  private static final Http1Config BOUNDS =
      Http1Config.custom().setMaxHeaderCount(100).setMaxLineLength(16 * 1024).build();

  private final Socket socket;
  private final DefaultBHttpClientConnection http =
      // Passed twice: the connection applies its own to its buffers, but not to its parser.
      new DefaultBHttpClientConnection(
          BOUNDS, null, null, null, null, null, new DefaultHttpResponseParserFactory(BOUNDS));
  private final OutboundUrl url;
  private final Deadline deadline;

  private Connection(OutboundUrl url, Socket socket, Deadline deadline) {
    this.url = url;
    this.socket = socket;
    this.deadline = deadline;
  }

  /**
   * Connects to the first of at most {@value #MAX_ADDRESSES} addresses that accepts the connection,
   * and verifies the host's name by TLS.
   *
   * @param addresses at least one, all of them checked by the guard
   * @throws OutboundFailure {@link Reason#UNREACHABLE} or {@link Reason#TIMEOUT}
   */
  static Connection open(
      OutboundUrl url,
      List<InetAddress> addresses,
      Supplier<SSLSocketFactory> tls,
      Deadline deadline) {
    @Nullable IOException last = null;
    int tried = Math.min(addresses.size(), MAX_ADDRESSES);
    for (int i = 0; i < tried; i++) {
      boolean others = i + 1 < tried;
      // Ignores a proxy that is set for the whole process (socksProxyHost).
      Socket socket = new Socket(Proxy.NO_PROXY);
      try {
        deadline.closes(socket);
        int left = deadline.millisLeft();
        socket.connect(
            new InetSocketAddress(addresses.get(i), url.port()),
            others ? Math.min(left, CONNECT_MILLIS) : left);
      } catch (IOException e) {
        close(socket);
        if (deadline.isOver()) {
          throw Deadline.timeout();
        }
        last = e;
        continue;
      } catch (RuntimeException e) {
        close(socket);
        throw e;
      }
      Connection connection = new Connection(url, socket, deadline);
      try {
        connection.bind(tls);
        return connection;
      } catch (IOException e) {
        connection.close();
        throw connection.failure(e, "No connection by TLS could be made to the server.");
      } catch (RuntimeException e) {
        connection.close();
        throw e;
      }
    }
    throw new OutboundFailure(Reason.UNREACHABLE, "Nobody takes connections there.", last);
  }

  private void bind(Supplier<SSLSocketFactory> tls) throws IOException {
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(deadline.millisLeft());
    if (!url.secure()) {
      http.bind(socket);
      return;
    }
    SSLSocket encrypted = (SSLSocket) tls.get().createSocket(socket, url.host(), url.port(), true);
    SSLParameters parameters = encrypted.getSSLParameters();
    // RFC 9110 section 4.3.4: the certificate must be valid for this host, not only valid.
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    if (url.literal().isEmpty()) {
      parameters.setServerNames(List.of(new SNIHostName(url.host())));
    }
    encrypted.setSSLParameters(parameters);
    encrypted.startHandshake();
    http.bind(encrypted, socket);
  }

  /**
   * Sends a request and reads the response's header.
   *
   * @param body null for none
   * @throws OutboundFailure {@link Reason#UNREACHABLE} or {@link Reason#TIMEOUT}
   */
  Received send(String method, Map<String, String> headers, byte @Nullable [] body) {
    // No host: with one, the path would be parsed as a URL, and //x would name another host.
    BasicClassicHttpRequest request =
        new BasicClassicHttpRequest(method, (HttpHost) null, url.target());
    request.setHeader("Host", url.authority());
    headers.forEach(request::setHeader);
    request.setHeader("Accept-Encoding", "identity");
    request.setHeader("Connection", "close");
    if (body != null) {
      request.setHeader("Content-Length", Integer.toString(body.length));
      request.setEntity(new ByteArrayEntity(body, ContentType.APPLICATION_JSON));
    }
    try {
      return new Received(
          new HttpRequestExecutor().execute(request, http, HttpCoreContext.create()));
    } catch (IOException | HttpException | IllegalArgumentException e) {
      // The parser reports a status of 0 as an IllegalArgumentException.
      throw failure(e, "The server's answer broke off, or is no HTTP.");
    }
  }

  private OutboundFailure failure(Exception cause, String otherwise) {
    return deadline.isOver() || cause instanceof SocketTimeoutException
        ? Deadline.timeout()
        : new OutboundFailure(Reason.UNREACHABLE, otherwise, cause);
  }

  /** Closes the connection at once, without waiting for unread data. */
  @Override
  public void close() {
    close(socket);
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // The socket is not used again.
    }
  }

  /** A response whose body is still to be read. */
  final class Received {
    private final ClassicHttpResponse response;

    private Received(ClassicHttpResponse response) {
      this.response = response;
    }

    int status() {
      return response.getCode();
    }

    /** A header's value, empty when it is missing or given more than once. */
    Optional<String> header(String name) {
      Header[] headers = response.getHeaders(name);
      return headers.length == 1
          ? Optional.ofNullable(headers[0].getValue()).map(String::strip)
          : Optional.empty();
    }

    boolean isEncoded() {
      for (Header header : response.getHeaders("Content-Encoding")) {
        String value = header.getValue();
        if (value != null && !value.isBlank() && !value.strip().equalsIgnoreCase("identity")) {
          return true;
        }
      }
      return false;
    }

    /** The body's length in bytes as the server declares it, or empty. */
    OptionalLong length() {
      HttpEntity entity = response.getEntity();
      long length = entity == null ? 0 : entity.getContentLength();
      return length < 0 ? OptionalLong.empty() : OptionalLong.of(length);
    }

    /**
     * The body as a stream. Reading throws an {@link OutboundFailure} when the body breaks off or
     * the time is up. The stream need not be closed; closing the connection is enough.
     */
    InputStream body() {
      HttpEntity entity = response.getEntity();
      try {
        return entity == null ? InputStream.nullInputStream() : new Body(entity.getContent());
      } catch (IOException e) {
        throw failure(e, "The server's answer broke off.");
      }
    }
  }

  /**
   * Turns read errors into an {@link OutboundFailure}, so that a caller can tell a broken response
   * from errors of other streams.
   */
  private final class Body extends InputStream {
    private final InputStream in;

    Body(InputStream in) {
      this.in = in;
    }

    @Override
    public int read() {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
      if (length == 0) {
        return 0;
      }
      int count;
      try {
        count = in.read(target, offset, length);
      } catch (IOException e) {
        throw failure(e, "The server's answer broke off.");
      }
      if (deadline.isOver()) {
        // A body without a length ends with the connection, which the deadline has just closed.
        throw Deadline.timeout();
      }
      return count;
    }
  }
}
