package dev.whatsit.domain.classification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.whatsit.domain.classification.DetectedObject.Box;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClassificationTest {
  private static final Box WHOLE = new Box(0, 0, 1, 1);

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.3, 1})
  void confidence_inRange_accepted(double confidence) {
    assertThat(new Annotation("cat", confidence).confidence()).isEqualTo(confidence);
    assertThat(new DetectedObject("cat", confidence, WHOLE).confidence()).isEqualTo(confidence);
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.01, 1.01, Double.NaN, Double.POSITIVE_INFINITY})
  void confidence_outOfRange_refusedByName(double confidence) {
    assertThatThrownBy(() -> new Annotation("cat", confidence))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("confidence");
    assertThatThrownBy(() -> new DetectedObject("cat", confidence, WHOLE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("confidence");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " "})
  void label_blank_refused(String label) {
    assertThatThrownBy(() -> new Annotation(label, 1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new DetectedObject(label, 1, WHOLE))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "-0.1,0,1,1,left",
    "0,NaN,1,1,top",
    "0,0,1.1,1,right",
    "0,0,1,2,bottom",
    "0.6,0,0.5,1,right",
    "0,0.6,1,0.5,bottom"
  })
  void box_outOfRangeOrInsideOut_refusedByName(
      double left, double top, double right, double bottom, String name) {
    assertThatThrownBy(() -> new Box(left, top, right, bottom))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(name);
  }

  @Test
  void box_ofNoSize_accepted() {
    assertThat(new Box(0.5, 0.5, 0.5, 0.5).right()).isEqualTo(0.5);
  }

  @Test
  void classification_listChangedAfterwards_isUnchanged() {
    List<Annotation> annotations = new ArrayList<>(List.of(new Annotation("cat", 1)));
    List<DetectedObject> objects = new ArrayList<>(List.of(new DetectedObject("cat", 1, WHOLE)));
    Classification classification =
        new Classification(annotations, objects, new ClassifierIdentity("onnx", "model 1"));
    annotations.clear();
    objects.clear();

    assertThat(classification.annotations()).hasSize(1);
    assertThat(classification.objects()).hasSize(1);
  }
}
