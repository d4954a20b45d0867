package dev.whatsit.local;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A response, with the method and path of its request.
 *
 * @param headers by case-insensitive name
 * @param latin1 the body, decoded as ISO 8859-1
 */
record Response(
    String method, String path, int status, Map<String, String> headers, String latin1) {
  static Response of(
      String method, String path, int status, Map<String, String> headers, byte[] body) {
    return new Response(
        method, path, status, headers, new String(body, StandardCharsets.ISO_8859_1));
  }

  static Response of(HttpRequest request, HttpResponse<byte[]> response) {
    Map<String, String> fields = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    response.headers().map().forEach((name, values) -> fields.put(name, String.join(", ", values)));
    URI uri = request.uri();
    String path = uri.getRawPath() + (uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery());
    return of(request.method(), path, response.statusCode(), fields, response.body());
  }

  byte[] body() {
    return latin1.getBytes(StandardCharsets.ISO_8859_1);
  }

  Optional<String> header(String name) {
    return Optional.ofNullable(headers.get(name));
  }

  String text() {
    return new String(body(), StandardCharsets.UTF_8);
  }

  JsonObject json() {
    return JsonParser.parseString(text()).getAsJsonObject();
  }

  /** A string member of the JSON body. */
  String string(String member) {
    return json().get(member).getAsString();
  }

  /** A number member of the JSON body. */
  int integer(String member) {
    return json().get(member).getAsInt();
  }

  /** The problem's code; empty if the response is no problem. */
  String code() {
    if (!header("Content-Type").orElse("").equals("application/problem+json")) {
      return "";
    }
    return string("code");
  }

  /** Checks that it is a problem with this status and code. */
  void assertProblem(int status, String code) {
    assertThat(this.status + " " + code()).as("%s", this).isEqualTo(status + " " + code);
  }

  @Override
  public String toString() {
    return method
        + " "
        + path
        + " -> "
        + status
        + " "
        + headers
        + " "
        + (latin1.length() > 600 ? latin1.length() + " bytes" : text());
  }
}
