package dev.whatsit.local.gateway;

import dev.whatsit.http.Problem;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
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
    problem.headers().forEach(response.getHeaders()::put);
    bytes(
        request,
        response,
        callback,
        problem.status(),
        Problem.MEDIA_TYPE,
        problem.toJson(request.getHttpURI().getPath()));
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
