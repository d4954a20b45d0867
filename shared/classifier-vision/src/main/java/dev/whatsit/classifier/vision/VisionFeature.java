package dev.whatsit.classifier.vision;

import com.google.cloud.vision.v1.Feature;
import java.util.Arrays;
import java.util.Optional;

/** What Vision can be asked for; each one is billed for each image. */
enum VisionFeature {
  LABELS("labels", Feature.Type.LABEL_DETECTION),
  SAFE_SEARCH("safe_search", Feature.Type.SAFE_SEARCH_DETECTION),
  TEXT("text", Feature.Type.TEXT_DETECTION),
  OBJECTS("objects", Feature.Type.OBJECT_LOCALIZATION),
  COLOURS("colours", Feature.Type.IMAGE_PROPERTIES),
  LANDMARKS("landmarks", Feature.Type.LANDMARK_DETECTION),
  LOGOS("logos", Feature.Type.LOGO_DETECTION),
  WEB("web", Feature.Type.WEB_DETECTION);

  private final String word;
  private final Feature.Type type;

  VisionFeature(String word, Feature.Type type) {
    this.word = word;
    this.type = type;
  }

  /** As settings name it. */
  String word() {
    return word;
  }

  /** As Vision names it. */
  Feature.Type type() {
    return type;
  }

  static Optional<VisionFeature> ofWord(String word) {
    return Arrays.stream(values()).filter(feature -> feature.word.equals(word)).findFirst();
  }
}
