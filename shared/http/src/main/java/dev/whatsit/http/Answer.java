package dev.whatsit.http;

import com.google.gson.JsonElement;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a handler answers. Immutable, but for the body's array, which nobody writes to. */
public final class Answer {
  private final int status;
  private final Map<String, String> headers;
  private final @Nullable String contentType;
  private final byte[] body;

  /** The status of what has no body, and would have one. */
  static final int NOT_MODIFIED = 304;

  private Answer(
      int status, Map<String, String> headers, @Nullable String contentType, byte[] body) {
    this.status = status;
    this.headers = headers;
    this.contentType = contentType;
    this.body = body;
  }

  /** An answer without a body. */
  public static Answer empty(int status) {
    return new Answer(status, Map.of(), null, new byte[0]);
  }

  /** An answer as JSON. */
  public static Answer json(int status, JsonElement json) {
    return of(status, "application/json", json.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** An answer with these bytes, which the caller gives away. */
  public static Answer of(int status, String contentType, byte[] body) {
    return new Answer(status, Map.of(), contentType, body);
  }

  /** The same answer with one more header; one of the same name is replaced. */
  public Answer with(String header, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(header, value);
    return new Answer(status, more, contentType, body);
  }

  /** 304: the client has what it asks for. */
  public static Answer notModified() {
    return empty(NOT_MODIFIED);
  }

  /** The status code. */
  public int status() {
    return status;
  }

  Map<String, String> headers() {
    return headers;
  }

  @Nullable String contentType() {
    return contentType;
  }

  byte[] body() {
    return body;
  }

  @Override
  public String toString() {
    return "Answer[" + status + ", " + body.length + " bytes]";
  }
}
