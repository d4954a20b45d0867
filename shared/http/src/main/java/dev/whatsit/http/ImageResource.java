package dev.whatsit.http;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.whatsit.domain.classification.Annotation;
import dev.whatsit.domain.classification.Classification;
import dev.whatsit.domain.classification.Colour;
import dev.whatsit.domain.classification.DetectedObject;
import dev.whatsit.domain.classification.Extras;
import dev.whatsit.domain.classification.Landmark;
import dev.whatsit.domain.classification.RecognisedText;
import dev.whatsit.domain.classification.SafeSearch;
import dev.whatsit.domain.classification.WebFindings;
import dev.whatsit.domain.record.Attempt;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.Status;
import dev.whatsit.domain.record.WorkError;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Renders a record as the image resource of the HTTP API. */
public final class ImageResource {
  private static final int CONFIDENCE_DIGITS = 4;
  private static final Duration MAX_RETRY_AFTER = Duration.ofMinutes(1);
  private static final DateTimeFormatter MILLISECONDS =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  private ImageResource() {}

  /**
   * The resource as JSON.
   *
   * @param link a signed link to the bytes, or null to leave it out
   */
  public static JsonObject toJson(ImageRecord record, @Nullable URI link) {
    JsonObject json = new JsonObject();
    json.addProperty("image_hash", record.hash().hex());
    json.addProperty("status", record.status().word());
    json.addProperty("content_type", record.image().format().mediaType());
    json.addProperty("size_bytes", record.image().sizeBytes());
    json.addProperty("width", record.image().width());
    json.addProperty("height", record.image().height());
    if (link != null) {
      json.addProperty("image_url", link.toString());
    }
    Classification classification = record.classification();
    if (classification != null) {
      json.add("annotations", annotations(classification.annotations()));
      json.add("objects", objects(classification));
      addExtras(json, classification.extras());
      JsonObject classifier = new JsonObject();
      classifier.addProperty("name", classification.classifier().name());
      classifier.addProperty("model", classification.classifier().model());
      json.add("classifier", classifier);
    }
    if (record.cancelRequested() && record.status() == Status.PROCESSING) {
      json.addProperty("cancel_requested", true);
    }
    Instant dueAt = record.dueAt();
    if (dueAt != null && record.status() == Status.SCHEDULED) {
      json.addProperty("due_at", time(dueAt));
    }
    json.addProperty("run", record.run());
    json.addProperty("attempts", record.attempts());
    JsonArray history = new JsonArray();
    record.history().forEach(attempt -> history.add(attempt(attempt)));
    json.add("attempt_history", history);
    json.add("error", error(record.error()));
    json.addProperty("created_at", time(record.createdAt()));
    json.addProperty("updated_at", time(record.updatedAt()));
    return json;
  }

  /**
   * The {@code Retry-After} of unfinished work, in seconds: until scheduled work is due, but 1 to
   * 60, since another request may make the work start earlier.
   */
  public static String retryAfterSeconds(ImageRecord record, Instant now) {
    Instant dueAt = record.status() == Status.SCHEDULED ? record.dueAt() : null;
    long until = dueAt == null ? 1 : Duration.between(now, dueAt).toSeconds() + 1;
    return Long.toString(Math.max(1, Math.min(until, MAX_RETRY_AFTER.toSeconds())));
  }

  static JsonArray annotations(List<Annotation> annotations) {
    JsonArray list = new JsonArray();
    for (Annotation annotation : annotations) {
      JsonObject entry = new JsonObject();
      entry.addProperty("index", list.size() + 1);
      entry.addProperty("label", annotation.label());
      entry.add("confidence", decimal(annotation.confidence()));
      list.add(entry);
    }
    return list;
  }

  private static JsonArray objects(Classification classification) {
    JsonArray list = new JsonArray();
    for (DetectedObject object : classification.objects()) {
      JsonObject box = new JsonObject();
      box.add("left", decimal(object.box().left()));
      box.add("top", decimal(object.box().top()));
      box.add("right", decimal(object.box().right()));
      box.add("bottom", decimal(object.box().bottom()));
      JsonObject entry = labelled(object.label(), object.confidence());
      entry.add("box", box);
      list.add(entry);
    }
    return list;
  }

  private static void addExtras(JsonObject json, @Nullable Extras extras) {
    if (extras == null) {
      return;
    }
    SafeSearch safeSearch = extras.safeSearch();
    if (safeSearch != null) {
      json.add("safe_search", safeSearch(safeSearch));
    }
    RecognisedText text = extras.text();
    if (text != null) {
      JsonObject entry = new JsonObject();
      entry.addProperty("content", text.content());
      entry.addProperty("truncated", text.truncated());
      json.add("text", entry);
    }
    addList(json, "colours", extras.colours(), ImageResource::colour);
    addList(json, "landmarks", extras.landmarks(), ImageResource::landmark);
    addList(json, "logos", extras.logos(), logo -> labelled(logo.label(), logo.confidence()));
    WebFindings web = extras.web();
    if (web != null) {
      JsonObject entry = new JsonObject();
      addList(entry, "best_guesses", web.bestGuesses(), JsonPrimitive::new);
      addList(entry, "entities", web.entities(), ImageResource::entity);
      addList(entry, "pages", web.pages(), JsonPrimitive::new);
      addList(entry, "images", web.images(), JsonPrimitive::new);
      json.add("web", entry);
    }
  }

  private static <T> void addList(
      JsonObject json, String name, @Nullable List<T> values, Function<T, JsonElement> entry) {
    if (values != null) {
      JsonArray list = new JsonArray();
      values.forEach(value -> list.add(entry.apply(value)));
      json.add(name, list);
    }
  }

  private static JsonObject safeSearch(SafeSearch safeSearch) {
    JsonObject json = new JsonObject();
    json.addProperty("adult", safeSearch.adult().word());
    json.addProperty("spoof", safeSearch.spoof().word());
    json.addProperty("medical", safeSearch.medical().word());
    json.addProperty("violence", safeSearch.violence().word());
    json.addProperty("racy", safeSearch.racy().word());
    return json;
  }

  private static JsonObject colour(Colour colour) {
    JsonObject json = new JsonObject();
    json.addProperty("rgb", colour.hex());
    json.add("score", decimal(colour.score()));
    json.add("share", decimal(colour.share()));
    return json;
  }

  private static JsonObject landmark(Landmark landmark) {
    JsonObject json = labelled(landmark.label(), landmark.confidence());
    Landmark.Place place = landmark.place();
    if (place != null) {
      json.addProperty("latitude", place.latitude());
      json.addProperty("longitude", place.longitude());
    }
    return json;
  }

  private static JsonObject entity(WebFindings.Entity entity) {
    JsonObject json = new JsonObject();
    json.addProperty("label", entity.label());
    json.add("score", decimal(entity.score()));
    return json;
  }

  private static JsonObject labelled(String label, double confidence) {
    JsonObject json = new JsonObject();
    json.addProperty("label", label);
    json.add("confidence", decimal(confidence));
    return json;
  }

  private static JsonObject attempt(Attempt attempt) {
    JsonObject json = new JsonObject();
    json.addProperty("run", attempt.run());
    json.addProperty("attempt", attempt.number());
    json.addProperty("started_at", time(attempt.startedAt()));
    Instant endedAt = attempt.endedAt();
    Attempt.Result result = attempt.result();
    if (endedAt != null && result != null) {
      json.addProperty("duration_ms", Duration.between(attempt.startedAt(), endedAt).toMillis());
      json.addProperty("outcome", result.word());
    }
    String code = attempt.code();
    if (code != null) {
      json.addProperty("code", code);
    }
    return json;
  }

  /** An error as the resource shows it; JSON's null when there is none. */
  public static JsonElement error(@Nullable WorkError error) {
    if (error == null) {
      return JsonNull.INSTANCE;
    }
    JsonObject json = new JsonObject();
    json.addProperty("code", error.code());
    json.addProperty("detail", error.detail());
    json.addProperty("retryable", error.retryable());
    return json;
  }

  /** Rounds down, so that a value below a threshold never appears to reach it. */
  private static JsonPrimitive decimal(double value) {
    return new JsonPrimitive(
        BigDecimal.valueOf(value).setScale(CONFIDENCE_DIGITS, RoundingMode.DOWN));
  }

  static String time(Instant instant) {
    return MILLISECONDS.format(instant.truncatedTo(ChronoUnit.MILLIS));
  }
}
