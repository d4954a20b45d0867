package dev.whatsit.http;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * An error response as problem details of RFC 9457, with a stable {@code code} for programs.
 * Immutable.
 *
 * @param status the status code, 400 to 599
 * @param code stable upper-case word
 * @param title the same words for every problem of this code
 * @param detail what was wrong this time and what to do, without internal names
 * @param headers further headers of the response, for example {@code Allow}
 * @param members further members of the problem, for example the limit that was exceeded; values as
 *     Gson writes them
 */
public record Problem(
    int status,
    String code,
    String title,
    String detail,
    Map<String, String> headers,
    Map<String, Object> members) {
  /** RFC 9457 section 6.1. */
  public static final String MEDIA_TYPE = "application/problem+json";

  private static final String TYPE_PREFIX = "urn:whatsit:problem:";

  /** Copies the maps. */
  public Problem {
    headers = Map.copyOf(headers);
    members = Map.copyOf(members);
  }

  /**
   * One wrong field of a request, for 422.
   *
   * @param field its name as the client wrote it
   * @param code stable upper-case word
   * @param detail what is wrong and what would be right
   */
  public record FieldError(String field, String code, String detail) {}

  /** A problem without further headers or members. */
  public static Problem of(int status, String code, String title, String detail) {
    return new Problem(status, code, title, detail, Map.of(), Map.of());
  }

  /** 422 with every wrong field. */
  public static Problem invalid(List<FieldError> errors) {
    String names =
        errors.stream().map(FieldError::field).distinct().collect(Collectors.joining(", "));
    return of(422, "INVALID_REQUEST", "Fields are wrong", "Fix: " + names)
        .with("errors", List.copyOf(errors));
  }

  /** 503: the client can retry; nothing is half done. */
  public static Problem unavailable(String code, String title, String detail, Duration retryAfter) {
    return of(503, code, title, detail).withHeader("Retry-After", retryAfter);
  }

  /** The same problem with a header in whole seconds, rounded up, at least 1. */
  public Problem withHeader(String name, Duration value) {
    long seconds = Math.max(1, value.plusMillis(999).toSeconds());
    return withHeader(name, Long.toString(seconds));
  }

  /** The same problem with one more header. */
  public Problem withHeader(String name, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(name, value);
    return new Problem(status, code, title, detail, more, members);
  }

  /** The same problem with one more member. */
  public Problem with(String name, Object value) {
    Map<String, Object> more = new LinkedHashMap<>(members);
    more.put(name, value);
    return new Problem(status, code, title, detail, headers, more);
  }

  /**
   * The problem as a response.
   *
   * @param instance the path of the request
   */
  public ApiResponse toResponse(String instance) {
    ApiResponse response = ApiResponse.of(status, MEDIA_TYPE, toJson(instance));
    for (Map.Entry<String, String> header : headers.entrySet()) {
      response = response.with(header.getKey(), header.getValue());
    }
    return response;
  }

  /**
   * The problem as JSON of the type {@link #MEDIA_TYPE}.
   *
   * @param instance the path of the request
   */
  public byte[] toJson(String instance) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("type", TYPE_PREFIX + code.toLowerCase(Locale.ROOT).replace('_', '-'));
    json.put("title", title);
    json.put("status", status);
    json.put("detail", detail);
    // Only a path is a URI reference: OPTIONS can have "*" in its place.
    json.put("instance", instance.startsWith("/") ? instance : "/");
    json.put("code", code);
    json.putAll(members);
    return Json.bytes(json);
  }
}
