package dev.whatsit.classifier.vision;

import com.google.cloud.vision.v1.Feature;
import dev.whatsit.domain.document.EnumWord;

/** A feature of Vision; each one is billed per image. */
enum VisionFeature implements EnumWord {
  LABELS(Feature.Type.LABEL_DETECTION),
  SAFE_SEARCH(Feature.Type.SAFE_SEARCH_DETECTION),
  TEXT(Feature.Type.TEXT_DETECTION),
  OBJECTS(Feature.Type.OBJECT_LOCALIZATION),
  COLOURS(Feature.Type.IMAGE_PROPERTIES),
  LANDMARKS(Feature.Type.LANDMARK_DETECTION),
  LOGOS(Feature.Type.LOGO_DETECTION),
  WEB(Feature.Type.WEB_DETECTION);

  private final Feature.Type type;

  VisionFeature(Feature.Type type) {
    this.type = type;
  }

  /** The name in Vision's API. */
  Feature.Type type() {
    return type;
  }
}
