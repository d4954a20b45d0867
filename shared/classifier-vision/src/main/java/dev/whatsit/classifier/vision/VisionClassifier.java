package dev.whatsit.classifier.vision;

import com.google.api.gax.rpc.ApiException;
import com.google.api.gax.rpc.DeadlineExceededException;
import com.google.api.gax.rpc.UnavailableException;
import com.google.cloud.vision.v1.AnnotateImageRequest;
import com.google.cloud.vision.v1.AnnotateImageResponse;
import com.google.cloud.vision.v1.BatchAnnotateImagesRequest;
import com.google.cloud.vision.v1.BatchAnnotateImagesResponse;
import com.google.cloud.vision.v1.Feature;
import com.google.cloud.vision.v1.Image;
import com.google.cloud.vision.v1.ImageSource;
import dev.whatsit.domain.classification.Classification;
import dev.whatsit.domain.classification.Classifier;
import dev.whatsit.domain.failure.CircuitBreaker;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageStore;
import io.grpc.Status;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.YearMonth;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Classifies an image with Cloud Vision, which reads it from Cloud Storage: one request, or two if
 * the first response says that the image data is bad. Every request counts against the monthly
 * limit before it is sent, because a request without a response may have been billed. Thread-safe.
 */
final class VisionClassifier implements Classifier {
  private static final String SERVICE = "vision";
  private static final Duration OPEN_TIMEOUT = Duration.ofMinutes(1);

  private final ImageStore images;
  private final VisionSettings settings;
  private final @Nullable MonthlyUnits units;
  private final VisionClient client;
  private final InstantSource clock;
  private final ResponseReader reader;
  private final VisionFailures failures;

  private final CircuitBreaker breaker =
      new CircuitBreaker(CircuitBreaker.DEFAULT_FAILURE_THRESHOLD, OPEN_TIMEOUT);

  private volatile String lastOutage = "";

  /**
   * Creates a classifier.
   *
   * @param images knows the location of every image
   * @param units the monthly limit; null for none
   * @param client is closed with this object
   */
  VisionClassifier(
      ImageStore images,
      VisionSettings settings,
      @Nullable MonthlyUnits units,
      VisionClient client,
      InstantSource clock) {
    this.images = images;
    this.settings = settings;
    this.units = units;
    this.client = client;
    this.clock = clock;
    this.reader = settings.reader();
    this.failures = new VisionFailures(images);
  }

  @Override
  public Classification classify(ImageDescription image) {
    Instant now = clock.instant();
    CircuitBreaker.Permit permit = breaker.acquire(SERVICE, now);
    Optional<Instant> until = permit.refusedUntil();
    if (until.isPresent()) {
      throw VisionFailures.outage(image, lastOutage, now, until.get(), null);
    }
    try (permit) {
      return classify(image, permit);
    }
  }

  /**
   * Vision sometimes rejects an image as bad that it accepts the next time
   * (googleapis/google-cloud-ruby issue 2073). The second request is made here and not by a
   * redelivery, because only this method knows that it is the second one.
   */
  private Classification classify(ImageDescription image, CircuitBreaker.Permit permit) {
    long end = System.nanoTime() + settings.deadline().toNanos();
    BatchAnnotateImagesRequest request = request(image);
    AnnotateImageResponse response = send(image, request, end, permit);
    if (response.getError().getCode() == Status.Code.INVALID_ARGUMENT.value()) {
      response = send(image, request, end, permit);
    }
    if (response.hasError()) {
      throw failures.ofImage(
          image,
          Status.fromCodeValue(response.getError().getCode())
              .withDescription(response.getError().getMessage())
              .asRuntimeException());
    }
    return reader.read(response);
  }

  /** Sends one request and reports to the circuit breaker whether Vision responded. */
  private AnnotateImageResponse send(
      ImageDescription image,
      BatchAnnotateImagesRequest request,
      long end,
      CircuitBreaker.Permit permit) {
    try {
      AnnotateImageResponse response = send(image, request, end);
      permit.succeeded();
      return response;
    } catch (UnavailableException e) {
      lastOutage = VisionFailures.describe(e);
      Instant now = clock.instant();
      throw VisionFailures.outage(image, lastOutage, now, permit.failed(now).orElse(null), e);
    } catch (DeadlineExceededException e) {
      throw VisionFailures.ofRequest(image, e);
    } catch (ApiException e) {
      permit.succeeded();
      throw VisionFailures.ofRequest(image, e);
    }
  }

  private BatchAnnotateImagesRequest request(ImageDescription image) {
    String location =
        images
            .location(image.hash())
            .orElseThrow(() -> new IllegalStateException("the image store has no locations"))
            .toString();
    AnnotateImageRequest.Builder request =
        AnnotateImageRequest.newBuilder()
            .setImage(Image.newBuilder().setSource(ImageSource.newBuilder().setImageUri(location)));
    for (VisionFeature feature : reader.features()) {
      request.addFeatures(
          Feature.newBuilder().setType(feature.type()).setMaxResults(reader.max(feature)));
    }
    return BatchAnnotateImagesRequest.newBuilder().addRequests(request).build();
  }

  private AnnotateImageResponse send(
      ImageDescription image, BatchAnnotateImagesRequest request, long end) {
    client.prepare(timeLeft(image, end));
    int count = reader.features().size();
    YearMonth month = units == null ? null : units.spend(count, timeLeft(image, end));
    try {
      BatchAnnotateImagesResponse response = client.annotate(request, timeLeft(image, end));
      if (response.getResponsesCount() != 1) {
        throw new TransientFailure(
            "vision: " + response.getResponsesCount() + " responses for image " + image.hash());
      }
      return response.getResponses(0);
    } catch (ApiException e) {
      if (units != null && month != null && VisionFailures.isUnbilled(e)) {
        units.refund(count, month);
      }
      throw e;
    }
  }

  private static Duration timeLeft(ImageDescription image, long end) {
    long nanos = end - System.nanoTime();
    // The client counts timeouts in milliseconds.
    if (nanos < TimeUnit.MILLISECONDS.toNanos(1)) {
      throw new TransientFailure("vision: no time is left to classify image " + image.hash());
    }
    return Duration.ofNanos(nanos);
  }

  /** Checks that there are credentials. Vision itself has no free request. */
  @Override
  public void checkReachable() {
    client.prepare(settings.deadline());
  }

  /** Closes the client. Running classifications end as usual; all later ones fail. */
  @Override
  public void close() {
    client.close();
  }
}
