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
 * Reads what Vision says of one image. What is out of range or has no name is brought into range or
 * passed over: it is paid for, and the rest of it is good.
 *
 * @param features what was asked for
 * @param selection which answers are told
 */
record Answer(Set<VisionFeature> features, Selection selection) {
  /** Vision does not tell a version; this is the model that answers when none is named. */
  private static final ClassifierIdentity IDENTITY =
      new ClassifierIdentity("vision", "builtin/stable");

  private static final int LONGEST_LABEL = 200;
  private static final int MOST_OF_A_COLOUR = 255;
  private static final double MOST_LATITUDE = 90;
  private static final double MOST_LONGITUDE = 180;

  Classification read(AnnotateImageResponse response) {
    return new Classification(
        selection.best(
            VisionFeature.LABELS,
            annotations(response.getLabelAnnotationsList()),
            Annotation::confidence),
        selection.best(
            VisionFeature.OBJECTS,
            response.getLocalizedObjectAnnotationsList().stream()
                .filter(object -> !object.getName().isBlank())
                .map(Answer::object),
            DetectedObject::confidence),
        IDENTITY,
        new Extras(
            response.hasSafeSearchAnnotation()
                ? safeSearch(response.getSafeSearchAnnotation())
                : null,
            features.contains(VisionFeature.TEXT) ? text(response) : null,
            features.contains(VisionFeature.COLOURS) ? colours(response) : null,
            features.contains(VisionFeature.LANDMARKS) ? landmarks(response) : null,
            features.contains(VisionFeature.LOGOS) ? logos(response) : null,
            features.contains(VisionFeature.WEB) ? web(response.getWebDetection()) : null));
  }

  private static Stream<Annotation> annotations(List<EntityAnnotation> entities) {
    return entities.stream()
        .filter(entity -> !entity.getDescription().isBlank())
        .map(entity -> new Annotation(label(entity.getDescription()), unit(entity.getScore())));
  }

  private static DetectedObject object(LocalizedObjectAnnotation object) {
    List<NormalizedVertex> corners = object.getBoundingPoly().getNormalizedVerticesList();
    // Zeroes are left out on the wire, and so is a box of nothing but zeroes.
    double left = least(corners, NormalizedVertex::getX);
    double top = least(corners, NormalizedVertex::getY);
    double right = most(corners, NormalizedVertex::getX);
    double bottom = most(corners, NormalizedVertex::getY);
    return new DetectedObject(
        label(object.getName()),
        unit(object.getScore()),
        new DetectedObject.Box(left, top, right, bottom));
  }

  private static double least(
      List<NormalizedVertex> corners, ToDoubleFunction<NormalizedVertex> side) {
    return corners.stream().mapToDouble(side).map(Answer::unit).min().orElse(0);
  }

  private static double most(
      List<NormalizedVertex> corners, ToDoubleFunction<NormalizedVertex> side) {
    return corners.stream().mapToDouble(side).map(Answer::unit).max().orElse(0);
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
    return RecognisedText.of(
        response.getTextAnnotationsCount() == 0
            ? ""
            : response.getTextAnnotations(0).getDescription());
  }

  private static List<Colour> colours(AnnotateImageResponse response) {
    return response.getImagePropertiesAnnotation().getDominantColors().getColorsList().stream()
        .map(Answer::colour)
        .sorted(Comparator.comparingDouble(Colour::score).reversed())
        .limit(Extras.MOST)
        .toList();
  }

  private static Colour colour(ColorInfo info) {
    Color color = info.getColor();
    int rgb = part(color.getRed()) << 16 | part(color.getGreen()) << 8 | part(color.getBlue());
    return new Colour(rgb, unit(info.getScore()), unit(info.getPixelFraction()));
  }

  private static int part(float value) {
    return Math.max(0, Math.min(MOST_OF_A_COLOUR, Math.round(value)));
  }

  private List<Landmark> landmarks(AnnotateImageResponse response) {
    return selection.best(
        VisionFeature.LANDMARKS,
        response.getLandmarkAnnotationsList().stream()
            .filter(entity -> !entity.getDescription().isBlank())
            .map(
                entity ->
                    new Landmark(
                        label(entity.getDescription()), unit(entity.getScore()), place(entity))),
        Landmark::confidence);
  }

  /** Several places are where it is and where the picture was taken; the first is where it is. */
  private static Landmark.@Nullable Place place(EntityAnnotation entity) {
    if (entity.getLocationsCount() == 0) {
      return null;
    }
    LatLng point = entity.getLocations(0).getLatLng();
    boolean valid =
        Math.abs(point.getLatitude()) <= MOST_LATITUDE
            && Math.abs(point.getLongitude()) <= MOST_LONGITUDE;
    return valid ? new Landmark.Place(point.getLatitude(), point.getLongitude()) : null;
  }

  private List<Annotation> logos(AnnotateImageResponse response) {
    return selection.best(
        VisionFeature.LOGOS,
        annotations(response.getLogoAnnotationsList()),
        Annotation::confidence);
  }

  private static WebFindings web(WebDetection web) {
    return new WebFindings(
        web.getBestGuessLabelsList().stream()
            .map(WebDetection.WebLabel::getLabel)
            .filter(guess -> !guess.isBlank())
            .map(Answer::label)
            .limit(Extras.MOST)
            .toList(),
        web.getWebEntitiesList().stream()
            .filter(entity -> !entity.getDescription().isBlank())
            .map(
                entity ->
                    new WebFindings.Entity(
                        label(entity.getDescription()), score(entity.getScore())))
            .sorted(Comparator.comparingDouble(WebFindings.Entity::score).reversed())
            .limit(Extras.MOST)
            .toList(),
        addresses(web.getPagesWithMatchingImagesList().stream().map(WebDetection.WebPage::getUrl)),
        addresses(web.getFullMatchingImagesList().stream().map(WebDetection.WebImage::getUrl)));
  }

  private static List<String> addresses(Stream<String> all) {
    return all.filter(url -> !url.isBlank() && url.length() <= WebFindings.LONGEST_ADDRESS)
        .limit(Extras.MOST)
        .toList();
  }

  private static String label(String text) {
    String label = text.strip();
    if (label.length() <= LONGEST_LABEL) {
      return label;
    }
    boolean splitsPair = Character.isHighSurrogate(label.charAt(LONGEST_LABEL - 1));
    return label.substring(0, splitsPair ? LONGEST_LABEL - 1 : LONGEST_LABEL);
  }

  /** Within 0 to 1, and 0 for what is no number. */
  private static double unit(double value) {
    return Math.min(1, score(value));
  }

  /**
   * At least 0. The number that the service's 32 bits were written as: 0.7 stays 0.7, which a
   * threshold of 0.7 lets pass.
   */
  private static double score(double value) {
    float bits = (float) value;
    return bits >= 0 && bits <= Float.MAX_VALUE ? Double.parseDouble(Float.toString(bits)) : 0;
  }
}
