package dev.whatsit.http;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A handler's response. Immutable; the body's array is not copied and must not be changed. */
public final class ApiResponse {
  private final int status;
  private final Map<String, String> headers;
  private final @Nullable String contentType;
  private final byte[] body;

  /** 304: it has no body, although the 200 for the same request would have one. */
  static final int NOT_MODIFIED = 304;

  private ApiResponse(
      int status, Map<String, String> headers, @Nullable String contentType, byte[] body) {
    this.status = status;
    this.headers = headers;
    this.contentType = contentType;
    this.body = body;
  }

  /** A response without a body. */
  public static ApiResponse empty(int status) {
    return new ApiResponse(status, Map.of(), null, new byte[0]);
  }

  /** A response as JSON. The body is a record with the members as components, see {@link Json}. */
  public static ApiResponse json(int status, Record body) {
    return of(status, "application/json", Json.bytes(body));
  }

  /** A response with these bytes. The caller must not change them afterwards. */
  public static ApiResponse of(int status, String contentType, byte[] body) {
    return new ApiResponse(status, Map.of(), contentType, body);
  }

  /** The same response with one more header; one of the same name is replaced. */
  public ApiResponse with(String header, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(header, value);
    return new ApiResponse(status, more, contentType, body);
  }

  /** The same response with more headers; those of the same names are replaced. */
  public ApiResponse with(Map<String, String> more) {
    Map<String, String> all = new LinkedHashMap<>(headers);
    all.putAll(more);
    return new ApiResponse(status, all, contentType, body);
  }

  /** 304: the client's copy is current. */
  public static ApiResponse notModified() {
    return empty(NOT_MODIFIED);
  }

  /** The status code. */
  public int status() {
    return status;
  }

  /** The headers, without {@code Content-Type} and {@code Content-Length}. */
  public Map<String, String> headers() {
    return headers;
  }

  /** The media type of the body, or null if there is no body. */
  public @Nullable String contentType() {
    return contentType;
  }

  /** The body, which must not be changed. */
  public byte[] body() {
    return body;
  }

  @Override
  public String toString() {
    return "ApiResponse[" + status + ", " + body.length + " bytes]";
  }
}
