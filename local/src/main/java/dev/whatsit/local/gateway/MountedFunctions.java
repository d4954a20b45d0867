package dev.whatsit.local.gateway;

import com.google.cloud.functions.HttpFunction;
import dev.whatsit.http.WebOrigins;
import dev.whatsit.invoker.FunctionServer;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.MultiPartConfig;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.handler.EagerContentHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.component.ContainerLifeCycle;

/**
 * The HTTP functions on the gateway's own server, each behind the handlers that the Functions
 * Framework's invoker puts in front of it. A function blocks its thread. Thread-safe.
 */
final class MountedFunctions extends ContainerLifeCycle {
  private final Map<String, Handler> handlers = new HashMap<>();
  private final MultipartGate multipart;

  MountedFunctions(
      Map<String, ? extends HttpFunction> functions, MultipartGate multipart, Server server) {
    this.multipart = multipart;
    functions.forEach((name, function) -> handlers.put(name, mount(function, server)));
  }

  /** As the invoker does: forms are parsed in memory before the function is called. */
  private Handler mount(HttpFunction function, Server server) {
    EagerContentHandler eager =
        new EagerContentHandler(
            (Handler) FunctionServer.handler(function),
            new EagerContentHandler.MultiPartContentLoaderFactory(
                new MultiPartConfig.Builder().maxMemoryPartSize(-1).build()));
    eager.setServer(server);
    addBean(eager);
    return eager;
  }

  /** Calls a function and completes the callback after its response. */
  void serve(String function, Request request, Response response, Callback callback) {
    Handler handler = Objects.requireNonNull(handlers.get(function));
    if (MultipartGate.isMultipart(request)) {
      multipart.gather(
          request, response, callback, (form, done) -> handle(handler, form, response, done));
    } else {
      handle(handler, request, response, callback);
    }
  }

  private static void handle(
      Handler handler, Request request, Response response, Callback callback) {
    // The function adds these itself; they would appear twice.
    response.getHeaders().remove(RequestId.HEADER).remove("X-Content-Type-Options");
    WebOrigins.RESPONSE_HEADERS.forEach(response.getHeaders()::remove);
    Callback once = new CompletedOnce(callback);
    try {
      handler.handle(toFunction(request), response, once);
    } catch (Exception e) {
      once.failed(e);
    }
  }

  /**
   * The request with the gateway's request id. Without forwarding headers: there is no proxy in
   * front of the gateway, so those of a client are false.
   */
  private static Request toFunction(Request request) {
    HttpFields.Mutable headers =
        HttpFields.build(request.getHeaders()).put(RequestId.HEADER, RequestId.of(request));
    for (Iterator<HttpField> all = headers.iterator(); all.hasNext(); ) {
      HttpField field = all.next();
      if (field.getHeader() == HttpHeader.FORWARDED
          || field.getLowerCaseName().startsWith("x-forwarded-")) {
        all.remove();
      }
    }
    return new Request.Wrapper(request) {
      @Override
      public HttpFields getHeaders() {
        return headers;
      }
    };
  }

  /** The framework completes its callback twice after each response with a body. */
  private static final class CompletedOnce implements Callback {
    private final Callback callback;
    private final AtomicBoolean completed = new AtomicBoolean();

    CompletedOnce(Callback callback) {
      this.callback = callback;
    }

    @Override
    public void succeeded() {
      if (!completed.getAndSet(true)) {
        callback.succeeded();
      }
    }

    @Override
    public void failed(Throwable failure) {
      if (!completed.getAndSet(true)) {
        callback.failed(failure);
      }
    }

    @Override
    public InvocationType getInvocationType() {
      return callback.getInvocationType();
    }
  }
}
