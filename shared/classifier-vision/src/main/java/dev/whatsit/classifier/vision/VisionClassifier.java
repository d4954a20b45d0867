package dev.whatsit.classifier.vision;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.whatsit.domain.classification.Classification;
import dev.whatsit.domain.classification.Classifier;
import dev.whatsit.domain.failure.Deferred;
import dev.whatsit.domain.failure.FailureCodes;
import dev.whatsit.domain.failure.PermanentFailure;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageStore;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.InstantSource;
import java.time.YearMonth;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * Asks Vision about an image where it is stored: one request, and few more when that was for
 * nothing. Every request counts against the ceiling before it is sent, since one without an answer
 * may have been billed. Safe for use by several threads.
 */
final class VisionClassifier implements Classifier {
  static final String QUOTA = "QUOTA_USED_UP";

  /** Requests in one classification that find the service or the image unavailable. */
  private static final int MOST_UNAVAILABLE = 3;

  /** Vision's quotas are of a minute (cloud.google.com/vision/quotas). */
  private static final Duration QUOTA_WAIT = Duration.ofMinutes(1);

  private static final Duration LONGEST_QUOTA_WAIT = Duration.ofDays(1);

  /** What was put off together must not come back together. */
  private static final Duration SPREAD = Duration.ofMinutes(1);

  private final ImageStore images;
  private final VisionSettings settings;
  private final @Nullable MonthlyUnits units;
  private final Duration pause;
  private final VisionConnection connection;
  private final Outage outage;
  private final Answer answer;

  /** Held for reading by every classification, so that closing waits for them. */
  private final ReadWriteLock use = new ReentrantReadWriteLock();

  private boolean closed;

  /**
   * A classifier.
   *
   * @param images which names the location of every image
   * @param units what may be spent; null for no ceiling
   * @param connection closed with this
   * @param pause before a request is sent again; twice as long before the next
   */
  VisionClassifier(
      ImageStore images,
      VisionSettings settings,
      @Nullable MonthlyUnits units,
      VisionConnection connection,
      Duration pause,
      InstantSource clock) {
    this.images = images;
    this.settings = settings;
    this.units = units;
    this.pause = pause;
    this.connection = connection;
    this.outage = new Outage(clock);
    this.answer = new Answer(settings.features(), settings.selection());
  }

  @Override
  public Classification classify(ImageDescription image) {
    use.readLock().lock();
    try {
      checkOpen();
      return ask(image);
    } finally {
      use.readLock().unlock();
    }
  }

  /**
   * Vision now and then finds an image bad that it reads the next time
   * (googleapis/google-cloud-ruby issue 2073). It is asked once more here and not by another
   * delivery, because only here it is known that it is the second time: deliveries are as many as
   * {@code MAX_ATTEMPTS}.
   */
  private Classification ask(ImageDescription image) {
    long end = System.nanoTime() + settings.deadline().toNanos();
    JsonObject request = request(image);
    boolean refused = false;
    int unavailable = 0;
    while (true) {
      outage.refuseWhileResting(spread(image));
      ProtoJson response;
      try {
        response = send(image, request, end);
      } catch (VisionError e) {
        if (e.code() != VisionError.Code.UNAVAILABLE) {
          throw failed(image, e);
        }
        unavailable++;
        if (unavailable == MOST_UNAVAILABLE || !pause(unavailable, end)) {
          throw outage.begin(spread(image), e);
        }
        continue;
      }
      outage.end();
      if (!response.has("error")) {
        return answer.read(response);
      }
      VisionError error = VisionError.onImage(response.message("error"));
      switch (error.code()) {
        case INVALID_ARGUMENT -> {
          if (refused) {
            throw refusal(error);
          }
          refused = true;
        }
        case UNAVAILABLE -> {
          unavailable++;
          if (unavailable == MOST_UNAVAILABLE || !pause(unavailable, end)) {
            throw new Deferred(
                Outage.REASON,
                "Cloud Vision cannot read " + image.hash() + " now: " + error.said(),
                QUOTA_WAIT.plus(spread(image)),
                error);
          }
        }
        default -> throw failedOnImage(image, error);
      }
    }
  }

  /** Names as in "Method: images.annotate", Cloud Vision documentation. */
  private JsonObject request(ImageDescription image) {
    String location =
        images
            .location(image.hash())
            .orElseThrow(() -> new IllegalStateException("the image store has no locations"))
            .toString();
    JsonArray features = new JsonArray();
    for (VisionFeature feature : settings.features()) {
      JsonObject asked = new JsonObject();
      asked.addProperty("type", feature.type());
      asked.addProperty("maxResults", settings.selection().most(feature));
      features.add(asked);
    }
    JsonObject source = new JsonObject();
    source.addProperty("imageUri", location);
    JsonObject one = new JsonObject();
    one.add("image", in("source", source));
    one.add("features", features);
    JsonArray requests = new JsonArray();
    requests.add(one);
    return in("requests", requests);
  }

  private static JsonObject in(String field, JsonElement content) {
    JsonObject json = new JsonObject();
    json.add(field, content);
    return json;
  }

  /** The {@code AnnotateImageResponse} on the image. */
  private ProtoJson send(ImageDescription image, JsonObject request, long end) throws VisionError {
    connection.requireCredentials();
    int count = settings.features().size();
    YearMonth month = units == null ? null : units.spend(count, timeLeft(image, end));
    try {
      List<ProtoJson> responses =
          connection.annotate(request, timeLeft(image, end)).messages("responses");
      if (responses.size() != 1) {
        throw new TransientFailure(
            "vision: " + responses.size() + " answers for image " + image.hash());
      }
      return responses.get(0);
    } catch (VisionError e) {
      if (units != null && month != null && wasTurnedAway(e)) {
        units.giveBack(count, month);
      }
      throw e;
    }
  }

  /** Whether the request was refused for who sent it, before anybody looked at the image. */
  private static boolean wasTurnedAway(VisionError e) {
    return switch (e.code()) {
      case RESOURCE_EXHAUSTED, PERMISSION_DENIED, UNAUTHENTICATED -> true;
      default -> false;
    };
  }

  private static Duration timeLeft(ImageDescription image, long end) {
    long nanos = end - System.nanoTime();
    // Deadlines are counted in milliseconds.
    if (nanos < TimeUnit.MILLISECONDS.toNanos(1)) {
      throw new TransientFailure("vision: no time is left to ask about image " + image.hash());
    }
    return Duration.ofNanos(nanos);
  }

  /** Waits, half of it by chance; or does not, when no time would be left afterwards. */
  private boolean pause(int number, long end) {
    long full = pause.toNanos() << (number - 1);
    long nanos = full / 2 + ThreadLocalRandom.current().nextLong(full / 2 + 1);
    if (end - System.nanoTime() - nanos < TimeUnit.MILLISECONDS.toNanos(1)) {
      return false;
    }
    try {
      TimeUnit.NANOSECONDS.sleep(nanos);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** What the failure of a whole request means. */
  private static RuntimeException failed(ImageDescription image, VisionError e) {
    String what = "vision: cannot classify image " + image.hash() + ": ";
    return switch (e.code()) {
      case RESOURCE_EXHAUSTED -> quota(image, e);
      case PERMISSION_DENIED, UNAUTHENTICATED ->
          new TransientFailure(
              what
                  + e.said()
                  + " (enable vision.googleapis.com and billing in the project, and let this"
                  + " account use it)",
              e);
      // Not for this image: nothing of it is in the request but its name.
      case INVALID_ARGUMENT ->
          new PermanentFailure(
              FailureCodes.CLASSIFIER_REFUSED,
              "The classifier does not understand the request.",
              true,
              e);
      default -> new TransientFailure(what + e.said(), e);
    };
  }

  /**
   * What an error in the answer on an image means, but for those that are worth another request.
   */
  private RuntimeException failedOnImage(ImageDescription image, VisionError error) {
    return switch (error.code()) {
      case RESOURCE_EXHAUSTED -> quota(image, error);
      // An object that is not there is "Error opening file", code 7, as is one that may not be read
      // (GoogleCloudPlatform/php-docs-samples issue 827).
      case NOT_FOUND, PERMISSION_DENIED -> unreadable(image, error);
      default ->
          new TransientFailure(
              "vision: cannot classify image " + image.hash() + ": " + error.said(), error);
    };
  }

  private static Deferred quota(ImageDescription image, VisionError cause) {
    Duration wait =
        cause.retryAfter().filter(time -> time.compareTo(QUOTA_WAIT) > 0).orElse(QUOTA_WAIT);
    return new Deferred(
        QUOTA,
        "Cloud Vision's quota is used up: " + cause.said(),
        (wait.compareTo(LONGEST_QUOTA_WAIT) < 0 ? wait : LONGEST_QUOTA_WAIT).plus(spread(image)),
        cause);
  }

  private RuntimeException unreadable(ImageDescription image, VisionError error) {
    boolean gone;
    try {
      Optional<InputStream> bytes = images.open(image.hash());
      gone = bytes.isEmpty();
      if (!gone) {
        bytes.get().close();
      }
    } catch (IOException e) {
      gone = false;
    }
    if (gone) {
      return new PermanentFailure(
          FailureCodes.IMAGE_GONE,
          "The image " + image.hash() + " is no longer stored.",
          false,
          error);
    }
    return new TransientFailure(
        "vision: cannot read image "
            + image.hash()
            + ", which is there; grant this account roles/storage.objectViewer on its bucket: "
            + error.said(),
        error);
  }

  private static PermanentFailure refusal(VisionError error) {
    if (error.said().toLowerCase(Locale.ROOT).contains("bad image data")) {
      return new PermanentFailure(
          FailureCodes.CORRUPT_IMAGE, "The image's data is cut or broken.", false, error);
    }
    return new PermanentFailure(
        FailureCodes.CLASSIFIER_REFUSED, "The classifier does not take this image.", false, error);
  }

  private static Duration spread(ImageDescription image) {
    int chance = Integer.parseInt(image.hash().hex().substring(0, 4), 16);
    return SPREAD.multipliedBy(chance).dividedBy(0x10000);
  }

  /**
   * Finds out whether there are credentials. The service itself is not asked: it has no question
   * that is free of charge.
   */
  @Override
  public void checkReachable() {
    use.readLock().lock();
    try {
      checkOpen();
      connection.requireCredentials();
    } finally {
      use.readLock().unlock();
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new TransientFailure("the classifier is closed");
    }
  }

  /** Waits for the classifications that are under way. */
  @Override
  public void close() {
    use.writeLock().lock();
    try {
      closed = true;
      connection.close();
    } finally {
      use.writeLock().unlock();
    }
  }
}
