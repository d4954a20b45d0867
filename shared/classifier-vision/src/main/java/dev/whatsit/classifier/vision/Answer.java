package dev.whatsit.classifier.vision;

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
import java.util.stream.DoubleStream;
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
  /**
   * Fields that are never read: where each letter and each word of a text stands, by far the most
   * of an answer.
   */
  static final Set<String> UNREAD = Set.of("pages", "vertices");

  /** Vision does not tell a version; this is the model that answers when none is named. */
  private static final ClassifierIdentity IDENTITY =
      new ClassifierIdentity("vision", "builtin/stable");

  private static final int LONGEST_LABEL = 200;
  private static final int MOST_OF_A_COLOUR = 255;
  private static final double MOST_LATITUDE = 90;
  private static final double MOST_LONGITUDE = 180;

  /** Reads an {@code AnnotateImageResponse}. */
  Classification read(ProtoJson response) {
    return new Classification(
        selection.best(
            VisionFeature.LABELS,
            annotations(response.messages("labelAnnotations")),
            Annotation::confidence),
        selection.best(
            VisionFeature.OBJECTS,
            response.messages("localizedObjectAnnotations").stream()
                .filter(object -> !object.text("name").isBlank())
                .map(Answer::object),
            DetectedObject::confidence),
        IDENTITY,
        new Extras(
            response.has("safeSearchAnnotation")
                ? safeSearch(response.message("safeSearchAnnotation"))
                : null,
            features.contains(VisionFeature.TEXT) ? text(response) : null,
            features.contains(VisionFeature.COLOURS) ? colours(response) : null,
            features.contains(VisionFeature.LANDMARKS) ? landmarks(response) : null,
            features.contains(VisionFeature.LOGOS) ? logos(response) : null,
            features.contains(VisionFeature.WEB) ? web(response.message("webDetection")) : null));
  }

  private static Stream<Annotation> annotations(List<ProtoJson> entities) {
    return entities.stream()
        .filter(entity -> !entity.text("description").isBlank())
        .map(
            entity ->
                new Annotation(label(entity.text("description")), unit(entity.number("score"))));
  }

  private static DetectedObject object(ProtoJson object) {
    List<ProtoJson> corners = object.message("boundingPoly").messages("normalizedVertices");
    // Zeroes are left out, and so is a box of nothing but zeroes.
    return new DetectedObject(
        label(object.text("name")),
        unit(object.number("score")),
        new DetectedObject.Box(
            least(corners, "x"), least(corners, "y"), most(corners, "x"), most(corners, "y")));
  }

  private static double least(List<ProtoJson> corners, String side) {
    return sides(corners, side).min().orElse(0);
  }

  private static double most(List<ProtoJson> corners, String side) {
    return sides(corners, side).max().orElse(0);
  }

  private static DoubleStream sides(List<ProtoJson> corners, String side) {
    return corners.stream().mapToDouble(corner -> unit(corner.number(side)));
  }

  private static SafeSearch safeSearch(ProtoJson annotation) {
    return new SafeSearch(
        likelihood(annotation.text("adult")),
        likelihood(annotation.text("spoof")),
        likelihood(annotation.text("medical")),
        likelihood(annotation.text("violence")),
        likelihood(annotation.text("racy")));
  }

  /** Vision's names are the domain's. */
  private static Likelihood likelihood(String name) {
    for (Likelihood likelihood : Likelihood.values()) {
      if (likelihood.name().equals(name)) {
        return likelihood;
      }
    }
    return Likelihood.UNKNOWN;
  }

  /** The first of the text annotations is the whole text, the others are its words. */
  private static RecognisedText text(ProtoJson response) {
    if (response.has("fullTextAnnotation")) {
      return RecognisedText.of(response.message("fullTextAnnotation").text("text"));
    }
    List<ProtoJson> texts = response.messages("textAnnotations");
    return RecognisedText.of(texts.isEmpty() ? "" : texts.get(0).text("description"));
  }

  private static List<Colour> colours(ProtoJson response) {
    return response
        .message("imagePropertiesAnnotation")
        .message("dominantColors")
        .messages("colors")
        .stream()
        .map(Answer::colour)
        .sorted(Comparator.comparingDouble(Colour::score).reversed())
        .limit(Extras.MOST)
        .toList();
  }

  private static Colour colour(ProtoJson info) {
    ProtoJson color = info.message("color");
    int rgb = part(color, "red") << 16 | part(color, "green") << 8 | part(color, "blue");
    return new Colour(rgb, unit(info.number("score")), unit(info.number("pixelFraction")));
  }

  private static int part(ProtoJson color, String name) {
    return Math.max(0, Math.min(MOST_OF_A_COLOUR, Math.round((float) color.number(name))));
  }

  private List<Landmark> landmarks(ProtoJson response) {
    return selection.best(
        VisionFeature.LANDMARKS,
        response.messages("landmarkAnnotations").stream()
            .filter(entity -> !entity.text("description").isBlank())
            .map(
                entity ->
                    new Landmark(
                        label(entity.text("description")),
                        unit(entity.number("score")),
                        place(entity))),
        Landmark::confidence);
  }

  /** Several places are where it is and where the picture was taken; the first is where it is. */
  private static Landmark.@Nullable Place place(ProtoJson entity) {
    List<ProtoJson> locations = entity.messages("locations");
    if (locations.isEmpty()) {
      return null;
    }
    ProtoJson point = locations.get(0).message("latLng");
    double latitude = point.number("latitude");
    double longitude = point.number("longitude");
    boolean valid = Math.abs(latitude) <= MOST_LATITUDE && Math.abs(longitude) <= MOST_LONGITUDE;
    return valid ? new Landmark.Place(latitude, longitude) : null;
  }

  private List<Annotation> logos(ProtoJson response) {
    return selection.best(
        VisionFeature.LOGOS,
        annotations(response.messages("logoAnnotations")),
        Annotation::confidence);
  }

  private static WebFindings web(ProtoJson web) {
    return new WebFindings(
        web.messages("bestGuessLabels").stream()
            .map(guess -> guess.text("label"))
            .filter(guess -> !guess.isBlank())
            .map(Answer::label)
            .limit(Extras.MOST)
            .toList(),
        web.messages("webEntities").stream()
            .filter(entity -> !entity.text("description").isBlank())
            .map(
                entity ->
                    new WebFindings.Entity(
                        label(entity.text("description")), score(entity.number("score"))))
            .sorted(Comparator.comparingDouble(WebFindings.Entity::score).reversed())
            .limit(Extras.MOST)
            .toList(),
        addresses(web.messages("pagesWithMatchingImages")),
        addresses(web.messages("fullMatchingImages")));
  }

  private static List<String> addresses(List<ProtoJson> all) {
    return all.stream()
        .map(found -> found.text("url"))
        .filter(url -> !url.isBlank() && url.length() <= WebFindings.LONGEST_ADDRESS)
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
