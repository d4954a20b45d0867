package dev.whatsit.local.gateway;

import dev.whatsit.http.Problem;
import dev.whatsit.http.Problems;
import dev.whatsit.local.functions.Guard;
import dev.whatsit.logging.EventLog;
import dev.whatsit.logging.Labels;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.client.Response.Listener;
import org.eclipse.jetty.client.Result;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Invocable;
import org.jspecify.annotations.Nullable;

/**
 * Forwards one function's response to the client. The response is streamed as it arrives, even
 * while the client is still sending. An error response without a problem body, such as the
 * framework's own, is replaced by a problem.
 */
final class FunctionAnswer implements Listener {
  private static final EventLog LOG = EventLog.of(FunctionAnswer.class);

  /** Maximum bytes of a part in the framework's own parser. */
  static final long PART_LIMIT = 10L * 1024 * 1024;

  private final Request request;
  private final Response response;
  private final Callback callback;
  private final boolean multipart;
  private final CompletableFuture<@Nullable Void> written = new CompletableFuture<>();
  private @Nullable Problem replacement;

  FunctionAnswer(Request request, Response response, Callback callback, boolean multipart) {
    this.request = request;
    this.response = response;
    this.callback = callback;
    this.multipart = multipart;
  }

  @Override
  public void onHeaders(org.eclipse.jetty.client.Response answer) {
    int status = answer.getStatus();
    HttpFields headers = answer.getHeaders();
    String contentType = headers.get(HttpHeader.CONTENT_TYPE);
    if (status >= 400 && (contentType == null || !contentType.startsWith(Problem.MEDIA_TYPE))) {
      replacement = replacement(status, headers.contains(Guard.ANSWERED));
      return;
    }
    response.setStatus(status);
    for (HttpField field : headers) {
      if (!FunctionProxy.isHopByHop(field)
          && !field.is(Guard.ANSWERED)
          && field.getHeader() != HttpHeader.DATE
          && field.getHeader() != HttpHeader.SERVER) {
        // The gateway has already set these headers; replace them, so that none appears twice.
        if (response.getHeaders().contains(field.getName()) && isCommon(field)) {
          response.getHeaders().put(field);
        } else {
          response.getHeaders().add(field);
        }
      }
    }
  }

  private static boolean isCommon(HttpField field) {
    return field.is(RequestId.HEADER) || field.is("X-Content-Type-Options");
  }

  private Problem replacement(int status, boolean byFunction) {
    if (!byFunction && multipart) {
      return request.getLength() > PART_LIMIT
          ? Problems.multipartTooLarge(PART_LIMIT)
          : Problems.malformedMultipart();
    }
    return GatewayProblems.refusedByServer(status, RequestId.of(request));
  }

  @Override
  public void onContent(
      org.eclipse.jetty.client.Response answer, Content.Chunk chunk, Runnable demander) {
    if (replacement != null) {
      demander.run();
      return;
    }
    chunk.retain();
    response.write(
        false,
        chunk.getByteBuffer(),
        Callback.from(
            Invocable.InvocationType.NON_BLOCKING,
            () -> {
              chunk.release();
              demander.run();
            },
            failure -> {
              chunk.release();
              var unused = answer.abort(failure);
            }));
  }

  @Override
  public void onSuccess(org.eclipse.jetty.client.Response answer) {
    FunctionProxy.stopPassingOn(request);
    if (replacement != null) {
      write(replacement, whenWritten());
    } else if (response.getStatus() == HttpStatus.NOT_MODIFIED_304) {
      // A single last write would add a Content-Length of 0 (RFC 9110 section 8.6).
      response.write(
          false,
          ByteBuffer.allocate(0),
          Callback.from(
              Invocable.InvocationType.NON_BLOCKING,
              this::writeEnd,
              written::completeExceptionally));
    } else {
      writeEnd();
    }
  }

  private void writeEnd() {
    response.write(true, ByteBuffer.allocate(0), whenWritten());
  }

  private Callback whenWritten() {
    return Callback.from(
        Invocable.InvocationType.NON_BLOCKING,
        () -> written.complete(null),
        written::completeExceptionally);
  }

  @Override
  public void onComplete(Result result) {
    if (result.getResponseFailure() == null) {
      // The response is complete. If the request failed, the function did not read all of its body.
      boolean unread = result.getRequestFailure() != null;
      var unused = written.whenComplete((done, failure) -> end(failure, unread));
    } else if (response.isCommitted()) {
      callback.failed(result.getFailure());
    } else {
      Throwable failure = result.getFailure();
      LOG.info(
          "function gave no answer",
          Labels.of("request_id", RequestId.of(request))
              .and("why", failure.getClass().getSimpleName()));
      write(
          problemOf(failure),
          Callback.from(() -> UnreadBody.skip(request, callback), callback::failed));
    }
  }

  private void end(@Nullable Throwable failure, boolean unread) {
    if (failure != null) {
      callback.failed(failure);
    } else if (unread) {
      UnreadBody.skip(request, callback);
    } else {
      callback.succeeded();
    }
  }

  private void write(Problem problem, Callback written) {
    response.reset();
    Replies.common(request, response);
    problem.headers().forEach(response.getHeaders()::put);
    response.setStatus(problem.status());
    byte[] body = problem.toJson(request.getHttpURI().getPath());
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, Problem.MEDIA_TYPE);
    response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.length);
    response.write(
        true, ByteBuffer.wrap("HEAD".equals(request.getMethod()) ? new byte[0] : body), written);
  }

  private Problem problemOf(Throwable failure) {
    if (isTimeout(failure)) {
      return Problems.tooSlow();
    }
    return FunctionProxy.clientBrokeOff(request)
        ? Problems.incompleteBody()
        : Problems.unavailable();
  }

  static boolean isTimeout(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof TimeoutException) {
        return true;
      }
    }
    return false;
  }
}
