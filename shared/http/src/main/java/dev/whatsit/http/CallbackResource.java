package dev.whatsit.http;

import com.google.gson.annotations.JsonAdapter;
import dev.whatsit.domain.batch.Batch;
import dev.whatsit.domain.callback.Callback;
import dev.whatsit.domain.callback.CallbackAttempt;
import dev.whatsit.domain.record.ImageRecord;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The callbacks of an image's run or of a batch as clients see them: the delivery attempts and the
 * receivers' responses. {@code openapi.yaml} describes the members.
 */
public record CallbackResource(
    @Nullable String imageHash,
    @Nullable Integer run,
    @Nullable String batchId,
    String status,
    List<CallbackBody> callbacks) {
  /** The callbacks of a run of the record's image. */
  public static CallbackResource of(ImageRecord record, int run, List<Callback> callbacks) {
    return new CallbackResource(
        record.hash().hex(),
        run,
        null,
        record.status().word(),
        callbacks.stream().map(CallbackBody::of).toList());
  }

  /** The callbacks of a batch. */
  public static CallbackResource of(Batch batch, List<Callback> callbacks) {
    return new CallbackResource(
        null,
        null,
        batch.id().text(),
        BatchResource.status(batch.completedAt() != null),
        callbacks.stream().map(CallbackBody::of).toList());
  }

  record CallbackBody(
      String webhookId,
      String url,
      String status,
      @JsonAdapter(value = Json.ExplicitNull.class, nullSafe = false)
          @Nullable Instant nextAttemptAt,
      List<AttemptBody> attempts,
      Instant createdAt) {
    static CallbackBody of(Callback callback) {
      return new CallbackBody(
          callback.messageId(),
          origin(callback.target()),
          callback.status().word(),
          callback.dueAt(),
          callback.attempts().stream().map(AttemptBody::of).toList(),
          callback.createdAt());
    }

    /**
     * Only the origin is shown: many receivers have a secret path, and a client that knows the
     * image may not be allowed to call the receiver.
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
  }

  record AttemptBody(
      Instant at,
      @JsonAdapter(value = Json.ExplicitNull.class, nullSafe = false) @Nullable Integer httpStatus,
      @JsonAdapter(value = Json.ExplicitNull.class, nullSafe = false) @Nullable String code,
      long ms) {
    static AttemptBody of(CallbackAttempt attempt) {
      return new AttemptBody(attempt.at(), attempt.httpStatus(), attempt.code(), attempt.millis());
    }
  }
}
