package dev.whatsit.outbound;

import dev.whatsit.outbound.OutboundFailure.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.TlsConfig;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.classic.MinimalHttpClient;
import org.apache.hc.client5.http.impl.io.BasicHttpClientConnectionManager;
import org.apache.hc.client5.http.impl.io.DefaultHttpClientConnectionOperator;
import org.apache.hc.client5.http.impl.io.ManagedHttpClientConnectionFactory;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.client5.http.ssl.HostnameVerificationPolicy;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.impl.io.DefaultHttpResponseParserFactory;
import org.apache.hc.core5.http.io.HttpMessageParser;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * One connection for one request, by a client of its own: HttpClient's minimal one, which follows
 * no redirects, retries nothing, decompresses nothing and knows no cookies, credentials or proxies.
 * Nothing is kept for the next request. Not thread-safe.
 */
final class Connection implements AutoCloseable {
  /**
   * The limit of connecting to an address that is not the last one, so that an address without a
   * server does not use up the time of the next.
   */
  private static final ConnectionConfig CONNECT_TIMEOUT =
      ConnectionConfig.custom().setConnectTimeout(4, TimeUnit.SECONDS).build();

  /** The handshake would take over the connect timeout. Only the deadline limits it. */
  private static final TlsConfig NO_HANDSHAKE_TIMEOUT =
      TlsConfig.custom().setHandshakeTimeout(Timeout.DISABLED).build();

  private static final ManagedHttpClientConnectionFactory CONNECTIONS =
      ManagedHttpClientConnectionFactory.builder()
          .http1Config(ResponseHeaderParser.LIMITS)
          .responseParserFactory(
              new DefaultHttpResponseParserFactory() {
                @Override
                public HttpMessageParser<ClassicHttpResponse> create() {
                  return new ResponseHeaderParser();
                }
              })
          .build();

  /**
   * Words that servers write into {@code Content-Encoding} although they are no coding of the
   * content (RFC 9110 section 8.4.1): charsets, and the framing of an upload to S3.
   */
  private static final Set<String> NO_CODINGS =
      Set.of("", "identity", "none", "binary", "utf-8", "utf8", "iso-8859-1", "aws-chunked");

  private final OutboundUrl url;
  private final Deadline deadline;
  private final MinimalHttpClient client;
  private int addressesLeft;
  private boolean connected;

  /**
   * Prepares a connection; {@link #send} opens it.
   *
   * @param tls called only if the URL is https
   */
  Connection(
      OutboundUrl url, GuardedResolver resolver, Supplier<SSLContext> tls, Deadline deadline) {
    this.url = url;
    this.deadline = deadline;
    DefaultHttpClientConnectionOperator operator =
        new DefaultHttpClientConnectionOperator(
            proxy -> openSocket(),
            null,
            new GuardedDns(resolver),
            scheme ->
                scheme.equals("https")
                    // BUILTIN: Java compares the certificate with the URL's host.
                    ? new DefaultClientTlsStrategy(
                        tls.get(), HostnameVerificationPolicy.BUILTIN, null)
                    : null);
    BasicHttpClientConnectionManager manager =
        new BasicHttpClientConnectionManager(operator, CONNECTIONS);
    manager.setConnectionConfig(CONNECT_TIMEOUT);
    manager.setTlsConfig(NO_HANDSHAKE_TIMEOUT);
    this.client = HttpClients.createMinimal(manager);
  }

  /** Gives HttpClient the checked addresses, and no others, whatever name it asks for. */
  private final class GuardedDns implements DnsResolver {
    private final GuardedResolver resolver;

    GuardedDns(GuardedResolver resolver) {
      this.resolver = resolver;
    }

    @Override
    public InetAddress[] resolve(String host) {
      List<InetAddress> addresses = resolver.resolve(url, deadline);
      addressesLeft = addresses.size();
      return addresses.toArray(InetAddress[]::new);
    }

    @Override
    public String resolveCanonicalHostname(String host) {
      return host;
    }
  }

  /** A socket that ignores a proxy set for the whole process (socksProxyHost). */
  private Socket openSocket() {
    Socket socket =
        new Socket(Proxy.NO_PROXY) {
          @Override
          public void connect(SocketAddress address, int timeout) throws IOException {
            addressesLeft--;
            connected = false;
            super.connect(address, addressesLeft > 0 ? timeout : deadline.millisLeft());
            connected = true;
          }

          @Override
          public void setSoLinger(boolean on, int seconds) {
            // HttpClient would reset the connection when it closes it. Then a receiver that
            // responds before it has read the whole message could not read the rest.
          }
        };
    deadline.closes(socket);
    return socket;
  }

  /**
   * Connects to the first address that accepts a connection, sends a request and reads the
   * response's header.
   *
   * @param body null for none
   * @throws OutboundFailure {@link Reason#FORBIDDEN}, {@link Reason#UNREACHABLE} or {@link
   *     Reason#TIMEOUT}
   */
  Response send(String method, Map<String, String> headers, byte @Nullable [] body) {
    HttpUriRequestBase request = new HttpUriRequestBase(method, URI.create(url.full()));
    headers.forEach(request::setHeader);
    request.setHeader("Accept-Encoding", "identity");
    request.setHeader("Connection", "close");
    if (body != null) {
      request.setEntity(new ByteArrayEntity(body, null));
    }
    HttpHost host = new HttpHost(url.secure() ? "https" : "http", url.host(), url.port());
    try {
      return new Response(client.executeOpen(host, request, null));
    } catch (IOException | IllegalArgumentException e) {
      // The parser reports a status of 0 as an IllegalArgumentException.
      String detail = "The server's response broke off, or is not HTTP.";
      if (e instanceof SSLException) {
        detail = "No TLS connection to the server could be made.";
      } else if (!connected) {
        detail = "The server accepts no connections.";
      }
      throw failure(detail, e);
    }
  }

  private OutboundFailure failure(String detail, Exception cause) {
    return deadline.isOver() || cause instanceof SocketTimeoutException
        ? Deadline.timeout()
        : new OutboundFailure(Reason.UNREACHABLE, detail, cause);
  }

  /** Closes the connection at once, without waiting for unread data. */
  @Override
  public void close() {
    client.close(CloseMode.IMMEDIATE);
  }

  /** A response with a body that is still to be read. */
  final class Response {
    private final ClassicHttpResponse response;

    private Response(ClassicHttpResponse response) {
      this.response = response;
    }

    int status() {
      return response.getCode();
    }

    /** The values of all headers of this name. */
    List<String> headers(String name) {
      return Arrays.stream(response.getHeaders(name)).map(Header::getValue).toList();
    }

    /** A header's value, empty when it is missing or given more than once. */
    Optional<String> header(String name) {
      List<String> values = headers(name);
      return values.size() == 1 ? Optional.of(values.get(0)) : Optional.empty();
    }

    boolean isEncoded() {
      return headers("Content-Encoding").stream()
          .flatMap(value -> Arrays.stream(value.split(",", -1)))
          .anyMatch(coding -> !NO_CODINGS.contains(coding.strip().toLowerCase(Locale.ROOT)));
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
        throw failure("The server's response broke off.", e);
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
        throw failure("The server's response broke off.", e);
      }
      if (deadline.isOver()) {
        // A body without a length ends with the connection, which the deadline has just closed.
        throw Deadline.timeout();
      }
      return count;
    }
  }
}
