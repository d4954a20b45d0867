package dev.whatsit.http;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * An error response as problem details of RFC 9457, with a stable {@code code} for programs.
 * Immutable.
 *
 * @param status the status code, 400 to 599
 * @param code stable upper-case word
 * @param title the same words for every problem of this code
 * @param detail what was wrong this time and what to do, without internal names
 * @param headers further headers of the response, for example {@code Allow}
 * @param members further members of the problem, for example the limit that was exceeded
 */
public record Problem(
    int status,
    String code,
    String title,
    String detail,
    Map<String, String> headers,
    Map<String, JsonElement> members) {
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
    JsonArray list = new JsonArray();
    Set<String> names = new LinkedHashSet<>();
    for (FieldError error : errors) {
      JsonObject entry = new JsonObject();
      entry.addProperty("field", error.field());
      entry.addProperty("code", error.code());
      entry.addProperty("detail", error.detail());
      list.add(entry);
      names.add(error.field());
    }
    return of(422, "INVALID_REQUEST", "Fields are wrong", "Mend: " + String.join(", ", names))
        .with("errors", list);
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
  public Problem with(String name, long value) {
    return with(name, new JsonPrimitive(value));
  }

  /** The same problem with one more member. */
  public Problem with(String name, JsonElement value) {
    Map<String, JsonElement> more = new LinkedHashMap<>(members);
    more.put(name, value);
    return new Problem(status, code, title, detail, headers, more);
  }

  /**
   * The problem as a response.
   *
   * @param instance the path of the request
   */
  public Answer toAnswer(String instance) {
    Answer answer = Answer.of(status, MEDIA_TYPE, toJson(instance));
    for (Map.Entry<String, String> header : headers.entrySet()) {
      answer = answer.with(header.getKey(), header.getValue());
    }
    return answer;
  }

  /**
   * The problem as JSON of the type {@link #MEDIA_TYPE}.
   *
   * @param instance the path of the request
   */
  public byte[] toJson(String instance) {
    JsonObject json = new JsonObject();
    json.addProperty("type", TYPE_PREFIX + code.toLowerCase(Locale.ROOT).replace('_', '-'));
    json.addProperty("title", title);
    json.addProperty("status", status);
    json.addProperty("detail", detail);
    json.addProperty("instance", instance);
    json.addProperty("code", code);
    members.forEach(json::add);
    return json.toString().getBytes(StandardCharsets.UTF_8);
  }
}
