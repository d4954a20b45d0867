package dev.whatsit.local.gateway;

import dev.whatsit.http.Problem;
import dev.whatsit.local.metrics.LocalMetrics;
import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/** Writes errors of the HTTP server itself, before or instead of a handler, as problems. */
final class ProblemErrorHandler extends ErrorHandler {
  private final LocalMetrics metrics;

  ProblemErrorHandler(LocalMetrics metrics) {
    this.metrics = metrics;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    int status = response.getStatus();
    if (request.getAttribute(ERROR_EXCEPTION) instanceof HttpException refused) {
      status = refused.getCode();
    }
    Problem problem = GatewayProblems.refusedByServer(status, RequestId.of(request));
    Replies.common(request, response);
    problem.headers().forEach(response.getHeaders()::put);
    response.setStatus(problem.status());
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, Problem.MEDIA_TYPE);
    String path = request.getHttpURI().getPath();
    // A request that could not be parsed has no path, and Jetty sets this one.
    byte[] body = problem.toJson(path == null || path.equals("/badMessage") ? "/" : path);
    response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.length);
    if (request.getAttribute(Gateway.COUNTED) == null) {
      metrics.refusedByServer(request.getMethod(), problem.status());
    }
    response.write(true, ByteBuffer.wrap(body), callback);
    return true;
  }
}
