package dev.whatsit.domain.backend;

import static dev.whatsit.domain.backend.BackendsTest.assertProblems;
import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.domain.classification.Classifier;
import dev.whatsit.domain.settings.Settings;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ClassifierProviderTest {
  private static final ClassifierProvider ONNX = new Named("onnx");
  private static final ClassifierProvider VISION = new Named("vision");

  @Test
  void choose_nothingSetAndOnlyOne_isThatOne() {
    assertThat(ClassifierProvider.choose(Settings.of(Map.of()), List.of(ONNX))).isSameAs(ONNX);
  }

  @Test
  void choose_nothingSetAndSeveral_refusedAsNotSet() {
    assertProblems(
        () -> ClassifierProvider.choose(Settings.of(Map.of()), List.of(VISION, ONNX)),
        "CLASSIFIER is not set, must be one of those on the class path: onnx, vision");
  }

  @Test
  void choose_unknownName_refusedWithWhatThereIs() {
    assertProblems(
        () -> ClassifierProvider.choose(settings("magic"), List.of(ONNX)),
        "CLASSIFIER is magic, must be one of those on the class path: onnx");
  }

  private static Settings settings(String name) {
    return Settings.of(Map.of(ClassifierProvider.SETTING, name));
  }

  private record Named(String name) implements ClassifierProvider {
    @Override
    public Classifier open(Settings settings, Backend backend) {
      throw new UnsupportedOperationException();
    }
  }
}
