package dev.whatsit.classifier.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.api.gax.core.NoCredentialsProvider;
import com.google.api.gax.grpc.InstantiatingGrpcChannelProvider;
import com.google.api.gax.rpc.ApiException;
import com.google.cloud.vision.v1.AnnotateImageRequest;
import com.google.cloud.vision.v1.AnnotateImageResponse;
import com.google.cloud.vision.v1.BatchAnnotateImagesRequest;
import com.google.cloud.vision.v1.BoundingPoly;
import com.google.cloud.vision.v1.ColorInfo;
import com.google.cloud.vision.v1.DominantColorsAnnotation;
import com.google.cloud.vision.v1.EntityAnnotation;
import com.google.cloud.vision.v1.Feature;
import com.google.cloud.vision.v1.Image;
import com.google.cloud.vision.v1.ImageAnnotatorClient;
import com.google.cloud.vision.v1.ImageAnnotatorSettings;
import com.google.cloud.vision.v1.ImageProperties;
import com.google.cloud.vision.v1.ImageSource;
import com.google.cloud.vision.v1.Likelihood;
import com.google.cloud.vision.v1.LocalizedObjectAnnotation;
import com.google.cloud.vision.v1.LocationInfo;
import com.google.cloud.vision.v1.NormalizedVertex;
import com.google.cloud.vision.v1.SafeSearchAnnotation;
import com.google.cloud.vision.v1.TextAnnotation;
import com.google.cloud.vision.v1.WebDetection;
import com.google.protobuf.Any;
import com.google.rpc.RetryInfo;
import com.google.type.Color;
import com.google.type.LatLng;
import dev.whatsit.domain.classification.Annotation;
import dev.whatsit.domain.classification.Classification;
import dev.whatsit.domain.classification.Classifier;
import dev.whatsit.domain.classification.Colour;
import dev.whatsit.domain.classification.Extras;
import dev.whatsit.domain.classification.SafeSearch;
import dev.whatsit.domain.classification.WebFindings;
import dev.whatsit.domain.failure.Deferred;
import dev.whatsit.domain.failure.PermanentFailure;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.settings.Settings;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The same questions to the same service, by Google's own client over gRPC and by the adapter in
 * JSON: the service is asked the same, and its answers mean the same.
 */
@Timeout(120)
class BothTransportsTest {
  private static final ImageDescription IMAGE =
      new ImageDescription(new ImageHash("0".repeat(64)), ImageFormat.JPEG, 1000, 640, 480);

  private final Map<String, String> settings = new HashMap<>();
  private FakeVision vision;
  private ImageAnnotatorClient client;
  private Classifier classifier;

  @BeforeEach
  void start() throws IOException {
    vision = new FakeVision();
    settings.put("VISION_ENDPOINT", vision.endpoint());
    settings.put("VISION_FEATURES", "labels,safe_search,text,objects,colours,landmarks,logos,web");
    settings.put("CLASSIFIER_DEADLINE_SECONDS", "20");
    open(Duration.ofSeconds(20));
  }

  private void open(Duration deadline) throws IOException {
    ImageAnnotatorSettings.Builder real =
        ImageAnnotatorSettings.newBuilder()
            .setCredentialsProvider(NoCredentialsProvider.create())
            .setTransportChannelProvider(
                InstantiatingGrpcChannelProvider.newBuilder()
                    .setEndpoint(vision.grpcTarget())
                    .setChannelConfigurator(builder -> builder.usePlaintext())
                    .build());
    real.batchAnnotateImagesSettings().setSimpleTimeoutNoRetriesDuration(deadline);
    client = ImageAnnotatorClient.create(real.build());
    classifier =
        new VisionClassifierProvider(InstantSource.system(), Duration.ofMillis(5))
            .open(Settings.of(settings), new TestBackend());
  }

  @AfterEach
  void stop() {
    client.close();
    classifier.close();
    vision.close();
  }

  @Test
  void everyFeature_isAskedForAndReadAlike() {
    AnnotateImageResponse.Builder all =
        AnnotateImageResponse.newBuilder()
            .addLabelAnnotations(entity("cat", 0.93f))
            .addLabelAnnotations(entity("Wärmflasche 🐈 \"\\\n", 0.7f))
            .setSafeSearchAnnotation(
                SafeSearchAnnotation.newBuilder()
                    .setAdult(Likelihood.VERY_UNLIKELY)
                    .setSpoof(Likelihood.UNKNOWN)
                    .setRacy(Likelihood.POSSIBLE))
            .setFullTextAnnotation(TextAnnotation.newBuilder().setText("STOP\nhere"))
            .addLocalizedObjectAnnotations(
                LocalizedObjectAnnotation.newBuilder()
                    .setName("bowl")
                    .setScore(0.61f)
                    .setBoundingPoly(
                        BoundingPoly.newBuilder()
                            .addNormalizedVertices(NormalizedVertex.newBuilder().setY(0.2f))
                            .addNormalizedVertices(NormalizedVertex.newBuilder().setX(0.9f))))
            .setImagePropertiesAnnotation(
                ImageProperties.newBuilder()
                    .setDominantColors(
                        DominantColorsAnnotation.newBuilder()
                            .addColors(
                                ColorInfo.newBuilder()
                                    .setColor(Color.newBuilder().setRed(255).setBlue(16))
                                    .setScore(0.25f)
                                    .setPixelFraction(0.125f))))
            .addLandmarkAnnotations(
                entity("Tower", 0.9f)
                    .addLocations(
                        LocationInfo.newBuilder()
                            .setLatLng(
                                LatLng.newBuilder()
                                    .setLatitude(35.658581)
                                    .setLongitude(139.745433))))
            .addLogoAnnotations(entity("Acme", 0.8f))
            .setWebDetection(
                WebDetection.newBuilder()
                    .addBestGuessLabels(WebDetection.WebLabel.newBuilder().setLabel("a cat"))
                    .addWebEntities(
                        WebDetection.WebEntity.newBuilder().setDescription("Cat").setScore(12.5f))
                    .addPagesWithMatchingImages(
                        WebDetection.WebPage.newBuilder().setUrl("https://example.org/p"))
                    .addFullMatchingImages(
                        WebDetection.WebImage.newBuilder().setUrl("https://example.org/i")));
    vision.willReply(FakeVision.answer(all), FakeVision.answer(all));

    AnnotateImageResponse theirs = askTheirs();
    Classification ours = classifier.classify(IMAGE);

    assertAskedAlike();
    assertThat(theirs).isEqualTo(all.build());
    assertThat(ours.annotations())
        .containsExactlyElementsOf(
            theirs.getLabelAnnotationsList().stream().map(BothTransportsTest::annotation).toList());
    assertThat(ours.objects())
        .singleElement()
        .satisfies(
            object -> {
              assertThat(object.label()).isEqualTo("bowl");
              assertThat(object.confidence())
                  .isEqualTo(decimal(theirs.getLocalizedObjectAnnotations(0).getScore()));
              assertThat(object.box().left()).isZero();
              assertThat(object.box().top()).isZero();
              assertThat(object.box().right()).isEqualTo(0.9);
              assertThat(object.box().bottom()).isEqualTo(0.2);
            });
    Extras extras = Objects.requireNonNull(ours.extras());
    assertThat(extras.safeSearch())
        .isEqualTo(
            new SafeSearch(
                likelihood(theirs.getSafeSearchAnnotation().getAdult()),
                likelihood(theirs.getSafeSearchAnnotation().getSpoof()),
                likelihood(theirs.getSafeSearchAnnotation().getMedical()),
                likelihood(theirs.getSafeSearchAnnotation().getViolence()),
                likelihood(theirs.getSafeSearchAnnotation().getRacy())));
    assertThat(Objects.requireNonNull(extras.text()).content())
        .isEqualTo(theirs.getFullTextAnnotation().getText());
    assertThat(extras.colours()).containsExactly(new Colour(0xff0010, 0.25, 0.125));
    LatLng place = theirs.getLandmarkAnnotations(0).getLocations(0).getLatLng();
    assertThat(extras.landmarks())
        .singleElement()
        .satisfies(
            landmark -> {
              assertThat(landmark.label()).isEqualTo("Tower");
              assertThat(Objects.requireNonNull(landmark.place()).latitude())
                  .isEqualTo(place.getLatitude());
              assertThat(landmark.place().longitude()).isEqualTo(place.getLongitude());
            });
    assertThat(extras.logos()).containsExactly(annotation(theirs.getLogoAnnotations(0)));
    assertThat(extras.web())
        .isEqualTo(
            new WebFindings(
                List.of("a cat"),
                List.of(new WebFindings.Entity("Cat", 12.5)),
                List.of("https://example.org/p"),
                List.of("https://example.org/i")));
  }

  @Test
  void errorOnTheImage_isReadAlike() {
    FakeVision.Reply broken = FakeVision.imageError(3, "Bad image data.");
    vision.willReply(broken, broken, broken);

    com.google.rpc.Status theirs = askTheirs().getError();
    PermanentFailure ours =
        catchThrowableOfType(PermanentFailure.class, () -> classifier.classify(IMAGE));

    assertAskedAlike();
    assertThat(ours.code()).isEqualTo("CORRUPT_IMAGE");
    assertThat(ours.getCause()).hasMessage("INVALID_ARGUMENT: " + theirs.getMessage());
  }

  @Test
  void quota_isReadAlikeWithItsAdvice() {
    FakeVision.Reply quota =
        FakeVision.failure(
            com.google.rpc.Status.newBuilder()
                .setCode(8)
                .setMessage("Quota \"requests\" exceeded")
                .addDetails(
                    Any.pack(
                        RetryInfo.newBuilder()
                            .setRetryDelay(
                                com.google.protobuf.Duration.newBuilder()
                                    .setSeconds(300)
                                    .setNanos(500_000_000))
                            .build()))
                .build());
    vision.willReply(quota, quota);

    ApiException theirs = catchThrowableOfType(ApiException.class, this::askTheirs);
    Deferred ours = catchThrowableOfType(Deferred.class, () -> classifier.classify(IMAGE));

    assertAskedAlike();
    com.google.protobuf.Duration advice = theirs.getErrorDetails().getRetryInfo().getRetryDelay();
    assertThat(ours.retryAfter())
        .isEqualTo(Duration.ofSeconds(advice.getSeconds(), advice.getNanos()));
    assertThat(ours).hasMessageContaining("Quota \"requests\" exceeded");
    assertThat(error(ours).code().name()).isEqualTo(theirs.getStatusCode().getCode().name());
  }

  @ParameterizedTest
  @EnumSource(value = io.grpc.Status.Code.class, names = "OK", mode = EnumSource.Mode.EXCLUDE)
  void refusal_isReadAlike(io.grpc.Status.Code code) {
    FakeVision.Reply refusal = FakeVision.failure(code, "oops");
    vision.willReply(refusal, refusal, refusal, refusal);

    ApiException theirs = catchThrowableOfType(ApiException.class, this::askTheirs);
    RuntimeException ours =
        catchThrowableOfType(RuntimeException.class, () -> classifier.classify(IMAGE));

    assertAskedAlike();
    assertThat(error(ours).code().name()).isEqualTo(theirs.getStatusCode().getCode().name());
  }

  @Test
  void hang_endsAtTheDeadline() throws IOException {
    client.close();
    classifier.close();
    settings.put("CLASSIFIER_DEADLINE_SECONDS", "1");
    open(Duration.ofSeconds(1));
    vision.willReply(vision.hang(), vision.hang());

    ApiException theirs = catchThrowableOfType(ApiException.class, this::askTheirs);
    TransientFailure ours =
        catchThrowableOfType(TransientFailure.class, () -> classifier.classify(IMAGE));

    assertThat(vision.requests()).hasSize(2);
    assertAskedAlike();
    assertThat(error(ours).code().name()).isEqualTo(theirs.getStatusCode().getCode().name());
  }

  /** The question, as a program writes it that uses Google's client. */
  private AnnotateImageResponse askTheirs() {
    AnnotateImageRequest.Builder request =
        AnnotateImageRequest.newBuilder()
            .setImage(
                Image.newBuilder()
                    .setSource(
                        ImageSource.newBuilder()
                            .setImageUri("gs://photos/images/" + IMAGE.hash())));
    List.of(
            feature(Feature.Type.LABEL_DETECTION, 5),
            feature(Feature.Type.SAFE_SEARCH_DETECTION, 10),
            feature(Feature.Type.TEXT_DETECTION, 10),
            feature(Feature.Type.OBJECT_LOCALIZATION, 20),
            feature(Feature.Type.IMAGE_PROPERTIES, 10),
            feature(Feature.Type.LANDMARK_DETECTION, 10),
            feature(Feature.Type.LOGO_DETECTION, 10),
            feature(Feature.Type.WEB_DETECTION, 10))
        .forEach(request::addFeatures);
    return client
        .batchAnnotateImages(BatchAnnotateImagesRequest.newBuilder().addRequests(request).build())
        .getResponses(0);
  }

  private static Feature feature(Feature.Type type, int most) {
    return Feature.newBuilder().setType(type).setMaxResults(most).build();
  }

  /** Theirs came first. */
  private void assertAskedAlike() {
    List<BatchAnnotateImagesRequest> requests = vision.requests();
    assertThat(requests).hasSizeGreaterThan(1);
    assertThat(requests.subList(1, requests.size())).containsOnly(requests.get(0));
  }

  private static VisionError error(RuntimeException failure) {
    if (failure.getCause() instanceof VisionError error) {
      return error;
    }
    throw new AssertionError(failure);
  }

  private static EntityAnnotation.Builder entity(String description, float score) {
    return EntityAnnotation.newBuilder().setDescription(description).setScore(score);
  }

  private static Annotation annotation(EntityAnnotation entity) {
    return new Annotation(entity.getDescription().strip(), decimal(entity.getScore()));
  }

  private static double decimal(float bits) {
    return Double.parseDouble(Float.toString(bits));
  }

  private static SafeSearch.Likelihood likelihood(Likelihood theirs) {
    return SafeSearch.Likelihood.valueOf(theirs.name());
  }
}
