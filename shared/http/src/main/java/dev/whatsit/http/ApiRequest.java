package dev.whatsit.http;

import com.google.cloud.functions.HttpRequest;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.queue.TraceParent;
import dev.whatsit.logging.Labels;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.IntPredicate;

/** One HTTP request as a handler sees it. Not thread-safe. */
public final class ApiRequest {
  private static final int PIECE = 8 * 1024;

  private final HttpRequest request;
  private final String path;
  private final String requestId;
  private final Labels labels;
  private String pathParameter = "";

  ApiRequest(HttpRequest request) {
    this.request = request;
    // The path that the framework gives is resolved and lacks parameters of segments.
    this.path = RequestPath.of(request.getUri());
    this.requestId = RequestIds.orNew(header("X-Request-Id").orElse(""));
    this.labels =
        Labels.of("request_id", requestId).inTrace(trace().map(TraceParent::traceId).orElse(null));
  }

  /** The method as sent. */
  public String method() {
    return request.getMethod();
  }

  /** The path without the query, as {@link RequestPath} writes it. */
  public String path() {
    return path;
  }

  /** The query as sent, without the question mark; empty when there is none. */
  public String query() {
    return request.getQuery().orElse("");
  }

  /** The path segment that the route's {@code *} matched; empty when the route has none. */
  public String pathParameter() {
    return pathParameter;
  }

  /**
   * The image hash in the path.
   *
   * @throws ProblemException 400 {@code INVALID_HASH} if the path parameter is not a hash
   */
  public ImageHash imageHash() {
    return ImageHash.parse(pathParameter())
        .orElseThrow(() -> new ProblemException(Problems.invalidHash()));
  }

  void setPathParameter(String value) {
    this.pathParameter = value;
  }

  /** A header's first value; the name's case does not matter. */
  public Optional<String> header(String name) {
    for (Map.Entry<String, List<String>> header : request.getHeaders().entrySet()) {
      if (header.getKey().equalsIgnoreCase(name) && !header.getValue().isEmpty()) {
        return Optional.of(header.getValue().get(0));
      }
    }
    return Optional.empty();
  }

  /**
   * All values of a header, joined as RFC 9110 section 5.3 allows; empty if it is absent. A header
   * without a value is present, with an empty text.
   */
  public Optional<String> joinedHeader(String name) {
    List<String> values =
        request.getHeaders().entrySet().stream()
            .filter(header -> header.getKey().equalsIgnoreCase(name))
            .flatMap(header -> header.getValue().stream())
            .toList();
    return values.isEmpty() ? Optional.empty() : Optional.of(String.join(", ", values));
  }

  /** Whether it would change something and comes from a page of another site. */
  boolean isCrossSiteWrite(WebOrigins origins) {
    return origins.isCrossSiteWrite(
        method(), scheme(), header("Host").orElse(""), origin(), joinedHeader("Sec-Fetch-Site"));
  }

  /** The origin of the web page that sent the request, empty when no page did. */
  Optional<String> origin() {
    return joinedHeader("Origin");
  }

  /** That of the client; in front of a function there is a proxy that ends TLS. */
  private String scheme() {
    String sent = request.getUri().startsWith("https:") ? "https" : "http";
    return header("X-Forwarded-Proto").map(proto -> proto.split(",", -1)[0].strip()).orElse(sent);
  }

  /** The body's media type in lower case, without parameters; empty when the client names none. */
  public String mediaType() {
    String value = header("Content-Type").orElse("");
    int end = value.indexOf(';');
    return (end < 0 ? value : value.substring(0, end)).strip().toLowerCase(Locale.ROOT);
  }

  /**
   * Accepts only a body that is not encoded (RFC 9110 section 8.4): bodies are never decoded.
   *
   * @throws ProblemException 415 if {@code Content-Encoding} names an encoding
   */
  public void requireUnencodedBody() {
    for (String encoding : joinedHeader("Content-Encoding").orElse("").split(",", -1)) {
      if (!encoding.isBlank() && !encoding.strip().equalsIgnoreCase("identity")) {
        throw new ProblemException(
            Problem.of(
                    415,
                    "UNSUPPORTED_CONTENT_ENCODING",
                    "The body is encoded",
                    "Send the body's own bytes, without Content-Encoding.")
                // RFC 9110 section 12.5.3: the encoding that would have been accepted.
                .withHeader("Accept-Encoding", "identity"));
      }
    }
  }

  /** The body's length in bytes as the client declares it, or empty. */
  public OptionalLong contentLength() {
    long length = request.getContentLength();
    return length < 0 ? OptionalLong.empty() : OptionalLong.of(length);
  }

  /**
   * The body. It can be read only once.
   *
   * @throws ProblemException 400 {@code INCOMPLETE_BODY} if it cannot be read
   */
  public InputStream body() {
    try {
      return request.getInputStream();
    } catch (IOException e) {
      throw new ProblemException(Problems.incompleteBody());
    }
  }

  /**
   * Reads the body to its end, or only to one byte more than the limit.
   *
   * @param reserve reserves memory for so many more bytes of the body, or returns false
   * @throws ProblemException 400 {@code INCOMPLETE_BODY} if it cannot be read, 408 if it is slow,
   *     503 if memory cannot be reserved
   */
  public byte[] readBody(int maxBytes, IntPredicate reserve) {
    ByteArrayOutputStream read = new ByteArrayOutputStream();
    byte[] piece = new byte[PIECE];
    try {
      InputStream in = body();
      while (read.size() <= maxBytes) {
        int count = in.read(piece, 0, Math.min(PIECE, maxBytes + 1 - read.size()));
        if (count < 0) {
          break;
        }
        if (!reserve.test(count)) {
          throw new ProblemException(Problems.overCapacity());
        }
        read.write(piece, 0, count);
      }
    } catch (IOException e) {
      throw new ProblemException(Problems.unreadBody(e));
    }
    return read.toByteArray();
  }

  /** The request object of the Functions Framework, which alone can read multipart bodies. */
  public HttpRequest raw() {
    return request;
  }

  /** The request's id: the client's {@code X-Request-Id} when it is valid, else a new one. */
  public String requestId() {
    return requestId;
  }

  /** Labels for the log: the request's id and trace. */
  public Labels labels() {
    return labels;
  }

  /** The trace context from the client's {@code traceparent} header, or empty. */
  public Optional<TraceParent> trace() {
    return header("traceparent").flatMap(TraceParent::parse);
  }
}
