package dev.whatsit.classifier.vision;

import java.util.Arrays;
import java.util.Optional;

/** What Vision can be asked for; each one is billed for each image. */
enum VisionFeature {
  LABELS("labels", "LABEL_DETECTION"),
  SAFE_SEARCH("safe_search", "SAFE_SEARCH_DETECTION"),
  TEXT("text", "TEXT_DETECTION"),
  OBJECTS("objects", "OBJECT_LOCALIZATION"),
  COLOURS("colours", "IMAGE_PROPERTIES"),
  LANDMARKS("landmarks", "LANDMARK_DETECTION"),
  LOGOS("logos", "LOGO_DETECTION"),
  WEB("web", "WEB_DETECTION");

  private final String word;
  private final String type;

  VisionFeature(String word, String type) {
    this.word = word;
    this.type = type;
  }

  /** As settings name it. */
  String word() {
    return word;
  }

  /** As Vision names it. */
  String type() {
    return type;
  }

  static Optional<VisionFeature> ofWord(String word) {
    return Arrays.stream(values()).filter(feature -> feature.word.equals(word)).findFirst();
  }
}
