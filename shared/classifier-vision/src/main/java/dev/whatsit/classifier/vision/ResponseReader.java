package dev.whatsit.classifier.vision;

import com.google.cloud.vision.v1.AnnotateImageResponse;
import com.google.cloud.vision.v1.ColorInfo;
import com.google.cloud.vision.v1.EntityAnnotation;
import com.google.cloud.vision.v1.LocalizedObjectAnnotation;
import com.google.cloud.vision.v1.NormalizedVertex;
import com.google.cloud.vision.v1.SafeSearchAnnotation;
import com.google.cloud.vision.v1.WebDetection;
import com.google.type.Color;
import com.google.type.LatLng;
import dev.whatsit.domain.classification.Annotation;
import dev.whatsit.domain.classification.Classification;
import dev.whatsit.domain.classification.ClassifierIdentity;
import dev.whatsit.domain.classification.Colour;
import dev.whatsit.domain.classification.DetectedObject;
import dev.whatsit.domain.classification.Extras;
import dev.whatsit.domain.classification.Landmark;
import dev.whatsit.domain.classification.RecognisedText;
import dev.whatsit.domain.classification.SafeSearch;
import dev.whatsit.domain.classification.SafeSearch.Likelihood;
import dev.whatsit.domain.classification.WebFindings;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Converts a response to a classification. Values out of range are clamped, and entries without a
 * name are left out: the response is paid for, and the rest of it is valid.
 *
 * @param features the features that were requested
 * @param minConfidence the minimum confidence of a result, 0 to 1
 * @param maxAnnotations the maximum number of labels, at least 1
 */
record ResponseReader(Set<VisionFeature> features, double minConfidence, int maxAnnotations) {
  /** Responses have no version; this is the model that Vision uses when none is requested. */
  private static final ClassifierIdentity IDENTITY =
      new ClassifierIdentity("vision", "builtin/stable");

  /** The limit of the API's resource, which is also its own maximum. */
  private static final int MAX_OBJECTS = 20;

  private static final int MAX_LABEL_LENGTH = 200;
  private static final int MAX_COLOUR = 255;
  private static final double MAX_LATITUDE = 90;
  private static final double MAX_LONGITUDE = 180;

  /** The maximum number of results of a feature. */
  int max(VisionFeature feature) {
    return switch (feature) {
      case LABELS -> maxAnnotations;
      case OBJECTS -> MAX_OBJECTS;
      default -> Extras.MAX_ENTRIES;
    };
  }

  Classification read(AnnotateImageResponse response) {
    return new Classification(
        best(
            VisionFeature.LABELS,
            annotations(response.getLabelAnnotationsList()),
            Annotation::confidence),
        best(
            VisionFeature.OBJECTS,
            response.getLocalizedObjectAnnotationsList().stream()
                .filter(object -> !object.getName().isBlank())
                .map(ResponseReader::object),
            DetectedObject::confidence),
        IDENTITY,
        new Extras(
            null,
            response.hasSafeSearchAnnotation()
                ? safeSearch(response.getSafeSearchAnnotation())
                : null,
            features.contains(VisionFeature.TEXT) ? text(response) : null,
            features.contains(VisionFeature.COLOURS) ? colours(response) : null,
            features.contains(VisionFeature.LANDMARKS) ? landmarks(response) : null,
            features.contains(VisionFeature.LOGOS) ? logos(response) : null,
            features.contains(VisionFeature.WEB) ? web(response.getWebDetection()) : null));
  }

  private <T> List<T> best(VisionFeature feature, Stream<T> all, ToDoubleFunction<T> confidence) {
    return all.filter(one -> confidence.applyAsDouble(one) >= minConfidence)
        .sorted(Comparator.comparingDouble(confidence).reversed())
        .limit(max(feature))
        .toList();
  }

  private static Stream<Annotation> annotations(List<EntityAnnotation> entities) {
    return named(entities)
        .map(entity -> new Annotation(label(entity.getDescription()), unit(entity.getScore())));
  }

  private static Stream<EntityAnnotation> named(List<EntityAnnotation> entities) {
    return entities.stream().filter(entity -> !entity.getDescription().isBlank());
  }

  private static DetectedObject object(LocalizedObjectAnnotation object) {
    List<NormalizedVertex> corners = object.getBoundingPoly().getNormalizedVerticesList();
    return new DetectedObject(
        label(object.getName()),
        unit(object.getScore()),
        new DetectedObject.Box(
            corners.stream().mapToDouble(corner -> unit(corner.getX())).min().orElse(0),
            corners.stream().mapToDouble(corner -> unit(corner.getY())).min().orElse(0),
            corners.stream().mapToDouble(corner -> unit(corner.getX())).max().orElse(0),
            corners.stream().mapToDouble(corner -> unit(corner.getY())).max().orElse(0)));
  }

  private static SafeSearch safeSearch(SafeSearchAnnotation annotation) {
    return new SafeSearch(
        likelihood(annotation.getAdult()),
        likelihood(annotation.getSpoof()),
        likelihood(annotation.getMedical()),
        likelihood(annotation.getViolence()),
        likelihood(annotation.getRacy()));
  }

  private static Likelihood likelihood(com.google.cloud.vision.v1.Likelihood likelihood) {
    return switch (likelihood) {
      case VERY_UNLIKELY -> Likelihood.VERY_UNLIKELY;
      case UNLIKELY -> Likelihood.UNLIKELY;
      case POSSIBLE -> Likelihood.POSSIBLE;
      case LIKELY -> Likelihood.LIKELY;
      case VERY_LIKELY -> Likelihood.VERY_LIKELY;
      case UNKNOWN, UNRECOGNIZED -> Likelihood.UNKNOWN;
    };
  }

  /** The first of the text annotations is the whole text, the others are its words. */
  private static RecognisedText text(AnnotateImageResponse response) {
    if (response.hasFullTextAnnotation()) {
      return RecognisedText.of(response.getFullTextAnnotation().getText());
    }
    List<EntityAnnotation> texts = response.getTextAnnotationsList();
    return RecognisedText.of(texts.isEmpty() ? "" : texts.get(0).getDescription());
  }

  private static List<Colour> colours(AnnotateImageResponse response) {
    return response.getImagePropertiesAnnotation().getDominantColors().getColorsList().stream()
        .map(ResponseReader::colour)
        .sorted(Comparator.comparingDouble(Colour::score).reversed())
        .limit(Extras.MAX_ENTRIES)
        .toList();
  }

  private static Colour colour(ColorInfo info) {
    Color color = info.getColor();
    int rgb = part(color.getRed()) << 16 | part(color.getGreen()) << 8 | part(color.getBlue());
    return new Colour(rgb, unit(info.getScore()), unit(info.getPixelFraction()));
  }

  private static int part(float value) {
    return Math.max(0, Math.min(MAX_COLOUR, Math.round(value)));
  }

  private List<Landmark> landmarks(AnnotateImageResponse response) {
    return best(
        VisionFeature.LANDMARKS,
        named(response.getLandmarkAnnotationsList())
            .map(
                entity ->
                    new Landmark(
                        label(entity.getDescription()), unit(entity.getScore()), place(entity))),
        Landmark::confidence);
  }

  /** The first location is the landmark's, a second one is the camera's. */
  private static Landmark.@Nullable Place place(EntityAnnotation entity) {
    if (entity.getLocationsCount() == 0) {
      return null;
    }
    LatLng point = entity.getLocations(0).getLatLng();
    boolean valid =
        Math.abs(point.getLatitude()) <= MAX_LATITUDE
            && Math.abs(point.getLongitude()) <= MAX_LONGITUDE;
    return valid ? new Landmark.Place(point.getLatitude(), point.getLongitude()) : null;
  }

  private List<Annotation> logos(AnnotateImageResponse response) {
    return best(
        VisionFeature.LOGOS,
        annotations(response.getLogoAnnotationsList()),
        Annotation::confidence);
  }

  private static WebFindings web(WebDetection web) {
    return new WebFindings(
        web.getBestGuessLabelsList().stream()
            .map(WebDetection.WebLabel::getLabel)
            .filter(guess -> !guess.isBlank())
            .map(ResponseReader::label)
            .limit(Extras.MAX_ENTRIES)
            .toList(),
        web.getWebEntitiesList().stream()
            .filter(entity -> !entity.getDescription().isBlank())
            .map(
                entity ->
                    new WebFindings.Entity(
                        label(entity.getDescription()), score(entity.getScore())))
            .sorted(Comparator.comparingDouble(WebFindings.Entity::score).reversed())
            .limit(Extras.MAX_ENTRIES)
            .toList(),
        addresses(web.getPagesWithMatchingImagesList().stream().map(WebDetection.WebPage::getUrl)),
        addresses(web.getFullMatchingImagesList().stream().map(WebDetection.WebImage::getUrl)));
  }

  private static List<String> addresses(Stream<String> all) {
    return all.filter(url -> !url.isBlank() && url.length() <= WebFindings.MAX_ADDRESS_LENGTH)
        .limit(Extras.MAX_ENTRIES)
        .toList();
  }

  private static String label(String text) {
    String label = text.strip();
    if (label.length() <= MAX_LABEL_LENGTH) {
      return label;
    }
    boolean splitsPair = Character.isHighSurrogate(label.charAt(MAX_LABEL_LENGTH - 1));
    return label.substring(0, splitsPair ? MAX_LABEL_LENGTH - 1 : MAX_LABEL_LENGTH);
  }

  /** Within 0 to 1; 0 for NaN and infinity. */
  private static double unit(float value) {
    return Math.min(1, score(value));
  }

  /**
   * At least 0, converted through its decimal text: 0.7f becomes 0.7, which passes a threshold of
   * 0.7.
   */
  private static double score(float value) {
    return value >= 0 && value <= Float.MAX_VALUE ? Double.parseDouble(Float.toString(value)) : 0;
  }
}
