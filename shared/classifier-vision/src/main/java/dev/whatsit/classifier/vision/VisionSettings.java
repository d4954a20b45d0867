package dev.whatsit.classifier.vision;

import dev.whatsit.domain.document.EnumWord;
import dev.whatsit.domain.settings.Settings;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The settings of this classifier.
 *
 * @param reader with the requested features, at least one
 * @param deadline for a classification, all its requests together
 * @param monthlyLimit units in a month; null for no limit
 * @param endpoint null for Vision's default address
 */
record VisionSettings(
    ResponseReader reader,
    Duration deadline,
    @Nullable Long monthlyLimit,
    @Nullable VisionEndpoint endpoint) {
  /** The maximum deadline of a classification. */
  static final Duration MAX_DEADLINE = Duration.ofMinutes(10);

  private static final String FEATURES = "VISION_FEATURES";
  private static final String LIMIT = "VISION_MONTHLY_LIMIT";
  private static final String ENDPOINT = "VISION_ENDPOINT";
  private static final long MAX_UNITS = 1_000_000_000_000L;

  /** Reads the settings and records errors in {@code settings}. */
  static VisionSettings read(Settings settings) {
    Long limit = settings.find(LIMIT).isEmpty() ? null : settings.integer(LIMIT, 0, 0, MAX_UNITS);
    return new VisionSettings(
        new ResponseReader(
            features(settings),
            settings.decimal("MIN_CONFIDENCE", 0.3, 0, 1),
            (int) settings.integer("MAX_ANNOTATIONS", 5, 1, 100)),
        settings.seconds(
            "CLASSIFIER_DEADLINE_SECONDS",
            Duration.ofMinutes(1),
            Duration.ofSeconds(1),
            MAX_DEADLINE),
        limit,
        endpoint(settings));
  }

  private static Set<VisionFeature> features(Settings settings) {
    Set<VisionFeature> features = EnumSet.noneOf(VisionFeature.class);
    List<String> words =
        Arrays.stream(settings.text(FEATURES, VisionFeature.LABELS.word()).split(",", -1))
            .map(String::strip)
            .toList();
    for (String word : words) {
      EnumWord.parse(VisionFeature.class, word)
          .ifPresentOrElse(
              features::add,
              () ->
                  settings.reject(
                      FEATURES,
                      "names \""
                          + word
                          + "\", must name one or more of "
                          + Arrays.stream(VisionFeature.values())
                              .map(VisionFeature::word)
                              .collect(Collectors.joining(", "))));
    }
    return features;
  }

  private static @Nullable VisionEndpoint endpoint(Settings settings) {
    String text = settings.find(ENDPOINT).orElse(null);
    if (text == null) {
      return null;
    }
    VisionEndpoint endpoint = VisionEndpoint.parse(text).orElse(null);
    if (endpoint == null) {
      settings.reject(
          ENDPOINT,
          "is "
              + text
              + ", must be like eu-vision.googleapis.com:443 or, on this machine alone,"
              + " http://127.0.0.1:4444");
    }
    return endpoint;
  }
}
