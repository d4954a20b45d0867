package dev.whatsit.local;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;

/**
 * A response, with the method and path of its request.
 *
 * @param headers by case-insensitive name
 * @param latin1 the body, decoded as ISO 8859-1
 */
record HttpAnswer(
    String method, String path, int status, Map<String, String> headers, String latin1) {
  static HttpAnswer of(
      String method, String path, int status, Map<String, String> headers, byte[] body) {
    return new HttpAnswer(
        method, path, status, headers, new String(body, StandardCharsets.ISO_8859_1));
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

  /** The problem's code; empty if the response is no problem. */
  String code() {
    if (!header("Content-Type").orElse("").equals("application/problem+json")) {
      return "";
    }
    return json().get("code").getAsString();
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
