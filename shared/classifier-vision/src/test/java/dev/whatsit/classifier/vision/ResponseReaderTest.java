package dev.whatsit.classifier.vision;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.cloud.vision.v1.AnnotateImageResponse;
import com.google.cloud.vision.v1.BoundingPoly;
import com.google.cloud.vision.v1.ColorInfo;
import com.google.cloud.vision.v1.DominantColorsAnnotation;
import com.google.cloud.vision.v1.EntityAnnotation;
import com.google.cloud.vision.v1.ImageProperties;
import com.google.cloud.vision.v1.Likelihood;
import com.google.cloud.vision.v1.LocalizedObjectAnnotation;
import com.google.cloud.vision.v1.LocationInfo;
import com.google.cloud.vision.v1.NormalizedVertex;
import com.google.cloud.vision.v1.SafeSearchAnnotation;
import com.google.cloud.vision.v1.TextAnnotation;
import com.google.cloud.vision.v1.WebDetection;
import com.google.type.Color;
import com.google.type.LatLng;
import dev.whatsit.domain.classification.Annotation;
import dev.whatsit.domain.classification.Classification;
import dev.whatsit.domain.classification.Colour;
import dev.whatsit.domain.classification.DetectedObject;
import dev.whatsit.domain.classification.DetectedObject.Box;
import dev.whatsit.domain.classification.Extras;
import dev.whatsit.domain.classification.Landmark;
import dev.whatsit.domain.classification.RecognisedText;
import dev.whatsit.domain.classification.SafeSearch;
import dev.whatsit.domain.classification.WebFindings;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResponseReaderTest {
  private final AnnotateImageResponse.Builder response = AnnotateImageResponse.newBuilder();

  @Test
  void read_everythingAskedAndNothingThere_isEmptyAndNotAbsent() {
    assertThat(read().extras())
        .isEqualTo(
            new Extras(
                null,
                null,
                new RecognisedText("", false),
                List.of(),
                List.of(),
                List.of(),
                new WebFindings(List.of(), List.of(), List.of(), List.of())));
  }

  @Test
  void read_onlyLabelsAsked_hasNoExtras() {
    assertThat(read(Set.of(VisionFeature.LABELS)).extras()).isNull();
  }

  @Test
  void read_objects_haveTheirBoxesWithinThePicture() {
    response
        .addLocalizedObjectAnnotations(
            object("cat", 0.5f, 0.25f, 0.125f, 0.75f, 0.125f, 0.75f, 0.5f, 0.25f, 0.5f))
        .addLocalizedObjectAnnotations(
            object("dog", 1.5f, -0.25f, -1, 1.25f, 2, Float.NaN, Float.NaN));

    assertThat(read().objects())
        .containsExactly(
            new DetectedObject("dog", 1, new Box(0, 0, 1, 1)),
            new DetectedObject("cat", 0.5, new Box(0.25, 0.125, 0.75, 0.5)));
  }

  @Test
  void read_moreThanTwentyObjects_areTheBestTwenty() {
    for (int i = 0; i < 25; i++) {
      response.addLocalizedObjectAnnotations(object("thing" + i, 0.5f + i / 100f, 0, 0, 1, 1));
    }

    assertThat(read().objects()).hasSize(20).first().extracting("label").isEqualTo("thing24");
  }

  @Test
  void read_blankOrUnsureLabels_arePassedOver() {
    response
        .addLabelAnnotations(entity(" ", 0.9f))
        .addLabelAnnotations(entity("guess", 0.29f))
        .addLabelAnnotations(entity("nonsense", Float.NaN))
        .addLabelAnnotations(entity("cat", 0.3f));

    assertThat(read().annotations()).containsExactly(new Annotation("cat", 0.3));
  }

  @Test
  void read_longLabel_isCutBetweenCodePoints() {
    response
        .addLabelAnnotations(entity("x".repeat(300), 0.9f))
        .addLabelAnnotations(entity("x" + "🐈".repeat(150), 0.8f));

    assertThat(read().annotations())
        .containsExactly(
            new Annotation("x".repeat(200), 0.9), new Annotation("x" + "🐈".repeat(99), 0.8));
  }

  @Test
  void read_safeSearch_isEachLikelihood() {
    response.setSafeSearchAnnotation(
        SafeSearchAnnotation.newBuilder()
            .setAdult(Likelihood.VERY_LIKELY)
            .setSpoof(Likelihood.LIKELY)
            .setMedical(Likelihood.POSSIBLE)
            .setViolence(Likelihood.UNLIKELY)
            .setRacyValue(77));

    assertThat(extras().safeSearch())
        .isEqualTo(
            new SafeSearch(
                SafeSearch.Likelihood.VERY_LIKELY,
                SafeSearch.Likelihood.LIKELY,
                SafeSearch.Likelihood.POSSIBLE,
                SafeSearch.Likelihood.UNLIKELY,
                SafeSearch.Likelihood.UNKNOWN));
  }

  @Test
  void read_text_isTheWholeTextElseTheFirstAnnotation() {
    response.addTextAnnotations(entity("STOP here", 0)).addTextAnnotations(entity("STOP", 0));
    assertThat(extras().text()).isEqualTo(new RecognisedText("STOP here", false));

    response.setFullTextAnnotation(TextAnnotation.newBuilder().setText("STOP\nhere"));
    assertThat(extras().text()).isEqualTo(new RecognisedText("STOP\nhere", false));
  }

  @Test
  void read_colours_areTheTenMostTelling() {
    DominantColorsAnnotation.Builder colours = DominantColorsAnnotation.newBuilder();
    for (int i = 0; i < 12; i++) {
      colours.addColors(
          ColorInfo.newBuilder()
              .setColor(Color.newBuilder().setRed(i).setGreen(255.4f).setBlue(300))
              .setScore(i / 16f)
              .setPixelFraction(0.5f));
    }
    response.setImagePropertiesAnnotation(ImageProperties.newBuilder().setDominantColors(colours));

    assertThat(extras().colours()).hasSize(10).first().isEqualTo(new Colour(0x0bffff, 0.6875, 0.5));
  }

  @Test
  void read_landmarks_haveTheirPlaceWhenItIsKnown() {
    response
        .addLandmarkAnnotations(entity("Nowhere", 0.4f))
        .addLandmarkAnnotations(entity("Beyond", 0.5f).addLocations(location(91, 0)))
        .addLandmarkAnnotations(
            entity("Tower", 0.9f)
                .addLocations(location(35.6586, 139.7454))
                .addLocations(location(1, 2)))
        .addLandmarkAnnotations(entity("Guess", 0.1f));

    assertThat(extras().landmarks())
        .containsExactly(
            new Landmark("Tower", 0.9, new Landmark.Place(35.6586, 139.7454)),
            new Landmark("Beyond", 0.5, null),
            new Landmark("Nowhere", 0.4, null));
  }

  @Test
  void read_web_isBoundedAndWithoutWhatHasNoName() {
    WebDetection.Builder web = WebDetection.newBuilder();
    web.addBestGuessLabels(WebDetection.WebLabel.newBuilder().setLabel("a cat"));
    web.addBestGuessLabels(WebDetection.WebLabel.getDefaultInstance());
    web.addWebEntities(WebDetection.WebEntity.newBuilder().setDescription("Pet").setScore(0.5f));
    web.addWebEntities(WebDetection.WebEntity.newBuilder().setDescription("Cat").setScore(12.5f));
    web.addWebEntities(WebDetection.WebEntity.newBuilder().setScore(99));
    for (int i = 0; i < 12; i++) {
      web.addPagesWithMatchingImages(
          WebDetection.WebPage.newBuilder().setUrl("https://example.org/" + i));
    }
    web.addFullMatchingImages(WebDetection.WebImage.newBuilder().setUrl("x".repeat(2001)));
    web.addFullMatchingImages(WebDetection.WebImage.newBuilder().setUrl("https://example.org/c"));
    response.setWebDetection(web);

    WebFindings findings = Objects.requireNonNull(extras().web());

    assertThat(findings.bestGuesses()).containsExactly("a cat");
    assertThat(findings.entities())
        .containsExactly(new WebFindings.Entity("Cat", 12.5), new WebFindings.Entity("Pet", 0.5));
    assertThat(findings.pages()).hasSize(10).startsWith("https://example.org/0");
    assertThat(findings.images()).containsExactly("https://example.org/c");
  }

  @ParameterizedTest
  @ValueSource(floats = {-1, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 1e30f})
  void read_senselessScores_breakNothing(float score) {
    response
        .addLabelAnnotations(entity("cat", score))
        .addLocalizedObjectAnnotations(object("cat", score, score, score))
        .addLogoAnnotations(entity("Acme", score))
        .setWebDetection(
            WebDetection.newBuilder()
                .addWebEntities(
                    WebDetection.WebEntity.newBuilder().setDescription("Cat").setScore(score)))
        .setImagePropertiesAnnotation(
            ImageProperties.newBuilder()
                .setDominantColors(
                    DominantColorsAnnotation.newBuilder()
                        .addColors(
                            ColorInfo.newBuilder()
                                .setColor(Color.newBuilder().setRed(score))
                                .setScore(score)
                                .setPixelFraction(score))));

    assertThat(extras().colours()).hasSize(1);
  }

  private Extras extras() {
    return Objects.requireNonNull(read().extras());
  }

  private Classification read() {
    return read(EnumSet.allOf(VisionFeature.class));
  }

  private Classification read(Set<VisionFeature> features) {
    return new ResponseReader(features, 0.3, 5).read(response.build());
  }

  private static EntityAnnotation.Builder entity(String description, float score) {
    return EntityAnnotation.newBuilder().setDescription(description).setScore(score);
  }

  private static LocationInfo location(double latitude, double longitude) {
    return LocationInfo.newBuilder()
        .setLatLng(LatLng.newBuilder().setLatitude(latitude).setLongitude(longitude))
        .build();
  }

  private static LocalizedObjectAnnotation object(String name, float score, float... points) {
    BoundingPoly.Builder poly = BoundingPoly.newBuilder();
    for (int i = 0; i < points.length; i += 2) {
      poly.addNormalizedVertices(NormalizedVertex.newBuilder().setX(points[i]).setY(points[i + 1]));
    }
    return LocalizedObjectAnnotation.newBuilder()
        .setName(name)
        .setScore(score)
        .setBoundingPoly(poly)
        .build();
  }
}
