package dev.whatsit.local.gateway;

import dev.whatsit.http.MemoryBudget;
import dev.whatsit.local.functions.Guard;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.client.ByteBufferRequestContent;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.Response.CompleteListener;
import org.eclipse.jetty.client.transport.HttpClientTransportOverHTTP;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.proxy.ProxyHandler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;

/**
 * Forwards requests to the functions and returns their responses. Bodies are streamed in both
 * directions, except multipart bodies, which {@link MultipartGate} buffers first.
 */
final class FunctionProxy extends ProxyHandler.Reverse {
  /** Maximum time for a function, in addition to the time that its client needs to send. */
  private static final Duration WORK = Duration.ofMinutes(1);

  /**
   * Idle timeout. Below the invoker's 30 s, so that no request is sent on a connection that the
   * invoker is closing.
   */
  private static final Duration IDLE_CONNECTION = Duration.ofSeconds(20);

  /** The invoker's number of threads, so that slow clients do not block fast ones. */
  private static final int MAX_CONNECTIONS = 1024;

  /** Bytes of a buffered body that are sent in one write. */
  private static final int SLICE = 32 * 1024;

  private static final String PORT = FunctionProxy.class.getName() + ".port";
  private static final String ANSWERED = FunctionProxy.class.getName() + ".answered";
  private static final String BROKEN_OFF = FunctionProxy.class.getName() + ".brokenOff";
  private static final String GATHERED = FunctionProxy.class.getName() + ".gathered";

  private final Guard guard;
  private final MultipartGate multipart;
  private final Duration timeout;

  /**
   * Creates a proxy.
   *
   * @param guard adds the secret that the functions require
   * @param multipartBudget memory for multipart bodies, all copies counted
   * @param uploadTime maximum time for one body to arrive
   */
  FunctionProxy(Guard guard, MemoryBudget multipartBudget, Duration uploadTime) {
    super(FunctionProxy::target);
    this.guard = guard;
    this.multipart = new MultipartGate(multipartBudget, uploadTime);
    this.timeout = uploadTime.plus(WORK);
  }

  /** Forwards the request to the function on this port. */
  void forward(Request request, Response response, Callback callback, int port) {
    request.setAttribute(PORT, port);
    if (MultipartGate.isMultipart(request)) {
      multipart.gather(
          request,
          response,
          callback,
          (gathered, body, done) -> {
            gathered.setAttribute(GATHERED, body);
            handle(gathered, response, done);
          });
    } else {
      handle(request, response, callback);
    }
  }

  private static HttpURI target(Request request) {
    return HttpURI.build("http://127.0.0.1:" + request.getAttribute(PORT));
  }

  @Override
  protected HttpClient newHttpClient() {
    QueuedThreadPool threads = new QueuedThreadPool();
    threads.setName("gateway-client");
    threads.setDaemon(true);
    ClientConnector connector = new ClientConnector();
    connector.setExecutor(threads);
    return new HttpClient(new HttpClientTransportOverHTTP(connector));
  }

  @Override
  protected void configureHttpClient(HttpClient client) {
    super.configureHttpClient(client);
    client.setUserAgentField(null);
    client.setIdleTimeout(IDLE_CONNECTION.toMillis());
    client.setMaxConnectionsPerDestination(MAX_CONNECTIONS);
    client.setMaxRequestsQueuedPerDestination(MAX_CONNECTIONS);
  }

  @Override
  protected org.eclipse.jetty.client.Request newProxyToServerRequest(Request request, HttpURI to) {
    return getHttpClient()
        .newRequest(to.getHost(), to.getPort())
        .method(request.getMethod())
        .path(request.getHttpURI().getPathQuery())
        .timeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
        .idleTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  protected void addProxyHeaders(Request request, org.eclipse.jetty.client.Request toFunction) {
    toFunction.headers(
        headers -> {
          // There is no proxy in front of the gateway, so a client's forwarding headers are false.
          headers.remove(HttpHeader.FORWARDED);
          for (Iterator<HttpField> all = headers.iterator(); all.hasNext(); ) {
            if (all.next().getLowerCaseName().startsWith("x-forwarded-")) {
              all.remove();
            }
          }
          if (request.getAttribute(GATHERED) != null) {
            // When the framework refuses a form, it leaves the connection open but unusable, so no
            // other request may use it.
            headers.put(HttpHeader.CONNECTION, "close");
          }
          headers.put(RequestId.HEADER, RequestId.of(request));
          guard.sign(headers::put);
        });
  }

  @Override
  protected org.eclipse.jetty.client.Request.Content newProxyToServerRequestContent(
      Request request, Response response, org.eclipse.jetty.client.Request toFunction) {
    return request.getAttribute(GATHERED) instanceof byte[] body
        ? new ByteBufferRequestContent(
            request.getHeaders().get(HttpHeader.CONTENT_TYPE), slices(body))
        : new PassedOnContent(request);
  }

  /**
   * Splits a body into small buffers over the same memory. The JDK copies each heap buffer that it
   * sends into a direct buffer of the same size and caches it per thread, so sending a body as one
   * buffer would exhaust the direct memory.
   */
  private static ByteBuffer[] slices(byte[] body) {
    ByteBuffer[] slices = new ByteBuffer[(body.length + SLICE - 1) / SLICE];
    for (int i = 0; i < slices.length; i++) {
      int begin = i * SLICE;
      slices[i] = ByteBuffer.wrap(body, begin, Math.min(SLICE, body.length - begin)).slice();
    }
    return slices;
  }

  @Override
  protected CompleteListener newServerToProxyResponseListener(
      Request request,
      org.eclipse.jetty.client.Request toFunction,
      Response response,
      Callback callback) {
    return new FunctionAnswer(
        request, response, callback, request.getAttribute(GATHERED) instanceof byte[]);
  }

  /** Whether reading the client's request body failed. */
  static boolean clientBrokeOff(Request request) {
    return request.getAttribute(BROKEN_OFF) != null;
  }

  /** Stops forwarding the request's body, because its function has responded. */
  static void stopPassingOn(Request request) {
    request.setAttribute(ANSWERED, true);
  }

  /**
   * A request body that is forwarded to a function. After the response has arrived, this content
   * fails instead of forwarding the rest. That ends the request to the function, and the gateway
   * reads the rest itself.
   */
  private static final class PassedOnContent extends ProxyRequestContent {
    private final Request request;

    PassedOnContent(Request request) {
      super(request);
      this.request = request;
    }

    @Override
    public Content.@Nullable Chunk read() {
      Content.Chunk chunk = super.read();
      if (Content.Chunk.isFailure(chunk)) {
        request.setAttribute(BROKEN_OFF, true);
      }
      if (chunk == null || !isAnswered() || Content.Chunk.isFailure(chunk)) {
        return chunk;
      }
      if (chunk.isLast() && !chunk.hasRemaining()) {
        // The whole body was forwarded, so the connection to the function can be reused.
        return chunk;
      }
      chunk.release();
      return Content.Chunk.from(new IOException("answered before the body was read"));
    }

    @Override
    public void fail(Throwable failure, boolean last) {
      if (!isAnswered()) {
        super.fail(failure, last);
      }
    }

    @Override
    public void fail(Throwable failure) {
      fail(failure, true);
    }

    private boolean isAnswered() {
      return request.getAttribute(ANSWERED) != null;
    }
  }

  /** Whether a header applies to a single connection (RFC 9110 section 7.6.1). */
  static boolean isHopByHop(HttpField field) {
    HttpHeader header = field.getHeader();
    return header != null
        && switch (header) {
          case CONNECTION,
              KEEP_ALIVE,
              PROXY_AUTHENTICATE,
              PROXY_CONNECTION,
              TE,
              TRAILER,
              TRANSFER_ENCODING,
              UPGRADE ->
              true;
          default -> false;
        };
  }
}
