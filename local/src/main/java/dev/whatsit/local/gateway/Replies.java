package dev.whatsit.local.gateway;

import dev.whatsit.http.ApiResponse;
import dev.whatsit.http.Problem;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Writes the gateway's own responses, then reads and discards the rest of the request body. */
final class Replies {
  private Replies() {}

  /** Sets the headers that every response has. */
  static void common(Request request, Response response) {
    response.getHeaders().put(RequestId.HEADER, RequestId.of(request));
    response.getHeaders().put("X-Content-Type-Options", "nosniff");
  }

  static void problem(Request request, Response response, Callback callback, Problem problem) {
    send(request, response, callback, problem.toResponse(request.getHttpURI().getPath()));
  }

  /** Writes a response with a body. */
  static void send(Request request, Response response, Callback callback, ApiResponse from) {
    from.headers().forEach(response.getHeaders()::put);
    String contentType = Objects.requireNonNull(from.contentType());
    bytes(request, response, callback, from.status(), contentType, from.body());
  }

  static void text(
      Request request, Response response, Callback callback, String contentType, String body) {
    bytes(request, response, callback, 200, contentType, body.getBytes(StandardCharsets.UTF_8));
  }

  static void bytes(
      Request request,
      Response response,
      Callback callback,
      int status,
      String contentType,
      byte[] body) {
    response.setStatus(status);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, contentType);
    response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.length);
    write(request, response, callback, ByteBuffer.wrap(body));
  }

  static void empty(Request request, Response response, Callback callback, int status) {
    response.setStatus(status);
    write(request, response, callback, ByteBuffer.allocate(0));
  }

  private static void write(
      Request request, Response response, Callback callback, ByteBuffer body) {
    boolean head = "HEAD".equals(request.getMethod());
    response.write(
        true,
        head ? ByteBuffer.allocate(0) : body,
        Callback.from(() -> UnreadBody.skip(request, callback), callback::failed));
  }
}
