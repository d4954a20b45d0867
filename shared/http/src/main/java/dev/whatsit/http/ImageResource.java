package dev.whatsit.http;

import com.google.gson.annotations.JsonAdapter;
import dev.whatsit.domain.classification.Annotation;
import dev.whatsit.domain.classification.Classification;
import dev.whatsit.domain.classification.ClassifierIdentity;
import dev.whatsit.domain.classification.Colour;
import dev.whatsit.domain.classification.DetectedObject;
import dev.whatsit.domain.classification.Extras;
import dev.whatsit.domain.classification.Landmark;
import dev.whatsit.domain.classification.RecognisedText;
import dev.whatsit.domain.classification.SafeSearch;
import dev.whatsit.domain.classification.WebFindings;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.record.Attempt;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.Status;
import dev.whatsit.domain.record.WorkError;
import dev.whatsit.domain.thumbnail.Thumbnail;
import java.math.BigDecimal;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The image resource of the HTTP API; {@code openapi.yaml} describes the members. Values of the
 * domain that look the same in the API are written as they are.
 */
public record ImageResource(
    String imageHash,
    String status,
    String contentType,
    long sizeBytes,
    int width,
    int height,
    @Nullable String imageUrl,
    @Nullable List<AnnotationBody> annotations,
    @Nullable List<Annotation> categories,
    @Nullable List<DetectedObject> objects,
    @Nullable SafeSearch safeSearch,
    @Nullable RecognisedText text,
    @Nullable List<ColourBody> colours,
    @Nullable List<LandmarkBody> landmarks,
    @Nullable List<Annotation> logos,
    @Nullable WebFindings web,
    @Nullable ClassifierIdentity classifier,
    @Nullable Boolean cancelRequested,
    @Nullable Instant dueAt,
    int run,
    int attempts,
    List<AttemptBody> attemptHistory,
    @JsonAdapter(value = Json.ExplicitNull.class, nullSafe = false) @Nullable WorkError error,
    Instant createdAt,
    Instant updatedAt,
    @Nullable List<ThumbnailBody> thumbnails) {
  private static final Duration MAX_RETRY_AFTER = Duration.ofMinutes(1);

  /** The resource without links. */
  public static ImageResource of(ImageRecord record) {
    return of(record, null, null);
  }

  /**
   * The resource.
   *
   * @param link a signed link to the bytes, or null to leave it out
   * @param thumbnails null to leave the member out
   */
  public static ImageResource of(
      ImageRecord record, @Nullable URI link, @Nullable List<ThumbnailBody> thumbnails) {
    Classification classification = record.classification();
    Extras extras = classification == null ? null : classification.extras();
    boolean isScheduled = record.status() == Status.SCHEDULED;
    boolean isCanceling = record.cancelRequested() && record.status() == Status.PROCESSING;
    return new ImageResource(
        record.hash().hex(),
        record.status().word(),
        record.image().format().mediaType(),
        record.image().sizeBytes(),
        record.image().width(),
        record.image().height(),
        link == null ? null : link.toString(),
        classification == null ? null : annotations(classification.annotations()),
        extras == null ? null : extras.categories(),
        classification == null ? null : classification.objects(),
        extras == null ? null : extras.safeSearch(),
        extras == null ? null : extras.text(),
        extras == null ? null : list(extras.colours(), ColourBody::of),
        extras == null ? null : list(extras.landmarks(), LandmarkBody::of),
        extras == null ? null : extras.logos(),
        extras == null ? null : extras.web(),
        classification == null ? null : classification.classifier(),
        isCanceling ? true : null,
        isScheduled ? record.dueAt() : null,
        record.run(),
        record.attempts(),
        record.history().stream().map(AttemptBody::of).toList(),
        record.error(),
        record.createdAt(),
        record.updatedAt(),
        thumbnails);
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

  static List<AnnotationBody> annotations(List<Annotation> annotations) {
    List<AnnotationBody> list = new ArrayList<>();
    for (Annotation annotation : annotations) {
      list.add(new AnnotationBody(list.size() + 1, annotation.label(), annotation.confidence()));
    }
    return list;
  }

  private static <T, B> @Nullable List<B> list(@Nullable List<T> values, Function<T, B> body) {
    return values == null ? null : values.stream().map(body).toList();
  }

  record AnnotationBody(int index, String label, double confidence) {}

  record ColourBody(String rgb, double score, double share) {
    static ColourBody of(Colour colour) {
      return new ColourBody(colour.hex(), colour.score(), colour.share());
    }
  }

  /** The place is not rounded as other numbers are. */
  record LandmarkBody(
      String label,
      double confidence,
      @Nullable BigDecimal latitude,
      @Nullable BigDecimal longitude) {
    static LandmarkBody of(Landmark landmark) {
      Landmark.Place place = landmark.place();
      return new LandmarkBody(
          landmark.label(),
          landmark.confidence(),
          place == null ? null : BigDecimal.valueOf(place.latitude()),
          place == null ? null : BigDecimal.valueOf(place.longitude()));
    }
  }

  record AttemptBody(
      int run,
      int attempt,
      Instant startedAt,
      @Nullable Long durationMs,
      @Nullable String outcome,
      @Nullable String code) {
    static AttemptBody of(Attempt attempt) {
      Instant endedAt = attempt.endedAt();
      Attempt.Result result = attempt.result();
      return new AttemptBody(
          attempt.run(),
          attempt.number(),
          attempt.startedAt(),
          endedAt == null ? null : Duration.between(attempt.startedAt(), endedAt).toMillis(),
          result == null ? null : result.word(),
          attempt.code());
    }
  }

  /** One thumbnail size: the picture, or the error that prevented it. */
  public record ThumbnailBody(
      int size,
      String status,
      @Nullable Integer width,
      @Nullable Integer height,
      @Nullable String contentType,
      @Nullable Long sizeBytes,
      @Nullable String url,
      @Nullable WorkError error) {
    /**
     * A thumbnail that was attempted.
     *
     * @param link gives a signed link to a picture
     */
    public static ThumbnailBody of(Thumbnail thumbnail, Function<ImageDescription, URI> link) {
      ImageDescription picture = thumbnail.picture();
      if (picture == null) {
        return new ThumbnailBody(
            thumbnail.size(), "error", null, null, null, null, null, thumbnail.error());
      }
      return new ThumbnailBody(
          thumbnail.size(),
          "success",
          picture.width(),
          picture.height(),
          picture.format().mediaType(),
          picture.sizeBytes(),
          link.apply(picture).toString(),
          null);
    }
  }
}
