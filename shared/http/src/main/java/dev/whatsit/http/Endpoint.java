package dev.whatsit.http;

import com.google.cloud.functions.HttpRequest;
import com.google.cloud.functions.HttpResponse;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.logging.EventLog;
import dev.whatsit.logging.Labels;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Map;

/**
 * Serves an HTTP function's requests: finds the handler, turns failures into problems, and writes
 * all responses in the same way. Thread-safe.
 */
public final class Endpoint {
  private static final EventLog LOG = EventLog.of(Endpoint.class);

  private final Routes routes;
  private final Drain drain;

  /** Creates an endpoint. The drain counts its requests. */
  public Endpoint(Routes routes, Drain drain) {
    this.routes = routes;
    this.drain = drain;
  }

  /** Serves one request. No work for it continues after the response. */
  public void service(HttpRequest request, HttpResponse response) throws IOException {
    try (Drain.InFlight inFlight = drain.enter()) {
      Exchange exchange = new Exchange(request);
      Answer answer = answer(exchange);
      write(exchange, answer, response);
      UnreadBody.skip(exchange);
    }
  }

  private Answer answer(Exchange exchange) {
    try {
      return routes.find(exchange).handle(exchange);
    } catch (ProblemException e) {
      return problem(exchange, e.problem());
    } catch (TransientFailure e) {
      LOG.warning("unavailable", exchange.labels(), e);
      return problem(
          exchange, e.retryAfter().map(Problems::unavailable).orElseGet(Problems::unavailable));
    } catch (RuntimeException | StackOverflowError e) {
      LOG.error("request failed", exchange.labels(), e);
      return problem(exchange, Problems.internal(exchange.requestId()));
    }
  }

  private static Answer problem(Exchange exchange, Problem problem) {
    Labels labels = exchange.labels().and("code", problem.code()).and("status", problem.status());
    if (problem.status() < 500) {
      LOG.info("refused", labels);
    } else {
      LOG.warning("refused", labels, null);
    }
    return problem.toAnswer(exchange.path());
  }

  private static void write(Exchange exchange, Answer answer, HttpResponse response)
      throws IOException {
    response.setStatusCode(answer.status());
    response.appendHeader("X-Request-Id", exchange.requestId());
    response.appendHeader("X-Content-Type-Options", "nosniff");
    for (Map.Entry<String, String> header : answer.headers().entrySet()) {
      response.appendHeader(header.getKey(), header.getValue());
    }
    String contentType = answer.contentType();
    if (contentType == null) {
      if (answer.status() == Answer.NOT_MODIFIED) {
        // Sends the headers now. Otherwise a Content-Length of 0 would be added, which would be
        // that of the 200 (RFC 9110 section 8.6).
        response.getOutputStream().flush();
      }
      return;
    }
    response.setContentType(contentType);
    response.appendHeader("Content-Length", Integer.toString(answer.body().length));
    if (!exchange.method().equals("HEAD")) {
      // Closing flushes, so that a client that is still sending sees the response before the rest
      // of its body is read.
      try (OutputStream out = response.getOutputStream()) {
        out.write(answer.body());
      }
    }
  }

  /** Discards the part of a body that the handler did not read. */
  private static final class UnreadBody {
    private static final long MAX_BYTES = 64L * 1024 * 1024;
    private static final Duration TIMEOUT = Duration.ofMinutes(1);

    private UnreadBody() {}

    /**
     * Reads and discards the rest of the body. Without this the connection is reset, and a client
     * that sends before it reads never sees the response. Limited in bytes and time, so that no
     * client occupies the thread for ever.
     */
    static void skip(Exchange exchange) {
      if (exchange.method().equals("GET") || exchange.method().equals("HEAD")) {
        return;
      }
      long deadline = System.nanoTime() + TIMEOUT.toNanos();
      byte[] buffer = new byte[8192];
      long left = MAX_BYTES;
      try {
        InputStream body = exchange.body();
        while (left > 0 && System.nanoTime() < deadline) {
          int count = body.read(buffer);
          if (count < 0) {
            return;
          }
          left -= count;
        }
      } catch (IOException | IllegalStateException e) {
        LOG.info("client left before its body was read", exchange.labels());
      }
    }
  }
}
