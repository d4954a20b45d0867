package dev.whatsit.http;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.whatsit.domain.batch.Batch;
import dev.whatsit.domain.callback.Callback;
import dev.whatsit.domain.callback.CallbackAttempt;
import dev.whatsit.domain.record.ImageRecord;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Renders callbacks as clients see them: the delivery attempts and the receivers' responses. */
public final class CallbackResource {
  private CallbackResource() {}

  /** The callbacks of a run of the record's image. */
  public static JsonObject list(ImageRecord record, int run, List<Callback> callbacks) {
    JsonObject json = new JsonObject();
    json.addProperty("image_hash", record.hash().hex());
    json.addProperty("run", run);
    json.addProperty("status", record.status().word());
    json.add("callbacks", list(callbacks));
    return json;
  }

  /** The callbacks of a batch. */
  public static JsonObject list(Batch batch, List<Callback> callbacks) {
    JsonObject json = new JsonObject();
    json.addProperty("batch_id", batch.id().text());
    json.addProperty("status", BatchResource.status(batch.completedAt() != null));
    json.add("callbacks", list(callbacks));
    return json;
  }

  private static JsonArray list(List<Callback> callbacks) {
    JsonArray list = new JsonArray();
    callbacks.forEach(callback -> list.add(toJson(callback)));
    return list;
  }

  private static JsonObject toJson(Callback callback) {
    JsonArray attempts = new JsonArray();
    callback.attempts().forEach(attempt -> attempts.add(toJson(attempt)));
    JsonObject json = new JsonObject();
    json.addProperty("webhook_id", callback.messageId());
    json.addProperty("url", origin(callback.target()));
    json.addProperty("status", callback.status().word());
    json.add("next_attempt_at", timeOrNull(callback.dueAt()));
    json.add("attempts", attempts);
    json.addProperty("created_at", time(callback.createdAt()));
    return json;
  }

  private static JsonObject toJson(CallbackAttempt attempt) {
    JsonObject json = new JsonObject();
    json.addProperty("at", time(attempt.at()));
    json.addProperty("http_status", attempt.httpStatus());
    json.addProperty("code", attempt.code());
    json.addProperty("ms", attempt.millis());
    return json;
  }

  /**
   * Only the origin is shown: many receivers have a secret path, and a client that knows the image
   * may not be allowed to call the receiver.
   */
  private static String origin(String url) {
    try {
      URI uri = URI.create(url);
      String port = uri.getPort() < 0 ? "" : ":" + uri.getPort();
      return uri.getScheme() + "://" + uri.getHost() + port;
    } catch (IllegalArgumentException e) {
      return "";
    }
  }

  private static JsonElement timeOrNull(@Nullable Instant instant) {
    return instant == null ? JsonNull.INSTANCE : new JsonPrimitive(time(instant));
  }

  private static String time(Instant instant) {
    return ImageResource.time(instant);
  }
}
