package dev.whatsit.rest;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a service answers when it does not do what it was asked: an error of its own, with a code.
 *
 * @see <a href="https://cloud.google.com/apis/design/errors">Errors, API design guide</a>
 */
public final class Refusal extends IOException {
  private static final long serialVersionUID = 1L;

  private final int httpStatus;
  private final String code;
  private final @Nullable Duration retryAfter;

  /**
   * A refusal.
   *
   * @param httpStatus of the answer
   * @param code the canonical one, for example {@code NOT_FOUND}, or empty when the answer has none
   * @param said what the service says about it
   * @param retryAfter what the service asks for, or null
   */
  public Refusal(int httpStatus, String code, String said, @Nullable Duration retryAfter) {
    super(message(httpStatus, code, said));
    this.httpStatus = httpStatus;
    this.code = code;
    this.retryAfter = retryAfter;
  }

  private static String message(int httpStatus, String code, String said) {
    String named = code.isEmpty() ? "" + httpStatus : httpStatus + " " + code;
    return said.isBlank() ? named : named + (code.isEmpty() ? " " : ": ") + said;
  }

  /**
   * The refusal in an answer.
   *
   * @param retryAfter the header of this name, or null
   * @param body as it came; what is not an error as Google's services have it says nothing
   */
  public static Refusal of(int httpStatus, @Nullable String retryAfter, String body) {
    JsonObject error = error(body);
    String code = text(error, "status");
    if (code.isEmpty() && httpStatus == HttpURLConnection.HTTP_UNAUTHORIZED) {
      // Of these the JDK keeps the body to itself.
      code = "UNAUTHENTICATED";
    }
    return new Refusal(httpStatus, code, text(error, "message"), later(retryAfter, error));
  }

  /** By the header, or by the error's details ({@code google.rpc.RetryInfo}). */
  private static @Nullable Duration later(@Nullable String retryAfter, JsonObject error) {
    // The other form of the header, a date, is not used by these services.
    if (retryAfter != null && retryAfter.matches("[0-9]{1,5}")) {
      return Duration.ofSeconds(Long.parseLong(retryAfter));
    }
    if (error.get("details") instanceof JsonArray details) {
      for (JsonElement detail : details) {
        String delay = detail.isJsonObject() ? text(detail.getAsJsonObject(), "retryDelay") : "";
        if (delay.matches("[0-9]{1,5}(\\.[0-9]{1,9})?s")) {
          return Duration.parse("PT" + delay);
        }
      }
    }
    return null;
  }

  /** The error in a body, or that is the body; where answers come in parts, in an array. */
  private static JsonObject error(String body) {
    try {
      JsonElement json = JsonParser.parseString(body);
      if (json.isJsonArray() && !json.getAsJsonArray().isEmpty()) {
        json = json.getAsJsonArray().get(0);
      }
      JsonObject object = json.isJsonObject() ? json.getAsJsonObject() : new JsonObject();
      return object.get("error") instanceof JsonObject error ? error : object;
    } catch (JsonParseException e) {
      return new JsonObject();
    }
  }

  private static String text(JsonObject object, String member) {
    JsonElement value = object.get(member);
    return value != null && value.isJsonPrimitive() ? value.getAsString() : "";
  }

  /** The status of the answer. */
  public int httpStatus() {
    return httpStatus;
  }

  /** The canonical code, or empty when the answer has none. */
  public String code() {
    return code;
  }

  /** What the service asks for. */
  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }
}
