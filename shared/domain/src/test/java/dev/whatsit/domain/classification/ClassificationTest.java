package dev.whatsit.domain.classification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.whatsit.domain.classification.DetectedObject.Box;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClassificationTest {
  private static final Box WHOLE = new Box(0, 0, 1, 1);

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
  void extras_nothingInThem_areNone() {
    Classification classification =
        new Classification(
            List.of(),
            List.of(),
            new ClassifierIdentity("vision", "1"),
            new Extras(null, null, null, null, null, null, null));

    assertThat(classification.extras()).isNull();
    assertThat(classification)
        .isEqualTo(new Classification(List.of(), List.of(), new ClassifierIdentity("vision", "1")));
  }

  @Test
  void extras_emptyListAskedFor_areKept() {
    assertThat(new Extras(List.of(), null, null, null, null, null, null).isEmpty()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"90.1,0,latitude", "NaN,0,latitude", "0,-180.5,longitude"})
  void place_outOfRange_refusedByName(double latitude, double longitude, String name) {
    assertThatThrownBy(() -> new Landmark.Place(latitude, longitude))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(name);
  }

  @ParameterizedTest
  @CsvSource({"a,32768", "é,16384", "猫,10922", "🐈,8192"})
  void text_tooLong_isCutBetweenCodePoints(String character, int kept) {
    RecognisedText whole = RecognisedText.of(character.repeat(kept));
    RecognisedText cut = RecognisedText.of(character.repeat(kept + 1));

    assertThat(whole).isEqualTo(new RecognisedText(character.repeat(kept), false));
    assertThat(cut).isEqualTo(new RecognisedText(character.repeat(kept), true));
  }
}
