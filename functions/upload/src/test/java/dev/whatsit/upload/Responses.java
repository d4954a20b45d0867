package dev.whatsit.upload;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.net.http.HttpResponse;

/** Reads and checks the responses of the upload function. */
final class Responses {
  private Responses() {}

  /** The first value of a header, empty if it is absent. */
  static String header(HttpResponse<String> response, String name) {
    return response.headers().firstValue(name).orElse("");
  }

  static JsonObject json(HttpResponse<String> response) {
    return JsonParser.parseString(response.body()).getAsJsonObject();
  }

  static void assertProblem(HttpResponse<String> response, int status, String code) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(header(response, "Content-Type")).isEqualTo("application/problem+json");
    JsonObject problem = json(response);
    assertThat(problem.get("code").getAsString()).isEqualTo(code);
    assertThat(problem.get("status").getAsInt()).isEqualTo(status);
    assertThat(problem.keySet()).contains("type", "title", "detail", "instance");
    assertThat(header(response, "X-Request-Id")).isNotEmpty();
    assertThat(header(response, "X-Content-Type-Options")).isEqualTo("nosniff");
  }
}
