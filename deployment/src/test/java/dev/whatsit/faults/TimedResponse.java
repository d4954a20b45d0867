package dev.whatsit.faults;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.net.http.HttpResponse;
import java.time.Duration;

/**
 * The response of a function.
 *
 * @param response as received
 * @param took the time from the request to the response
 */
record TimedResponse(HttpResponse<String> response, Duration took) {
  int status() {
    return response.statusCode();
  }

  JsonObject json() {
    return JsonParser.parseString(response.body()).getAsJsonObject();
  }

  String text(String member) {
    return json().get(member).getAsString();
  }

  @Override
  public String toString() {
    return status() + " after " + took.toMillis() + " ms: " + response.body();
  }
}
