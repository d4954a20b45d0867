package dev.whatsit.domain.classification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.whatsit.domain.classification.DetectedObject.Box;
import java.util.ArrayList;
import java.util.Collections;
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

  @Test
  void extras_nothingInThem_areNone() {
    Classification classification =
        new Classification(
            List.of(),
            List.of(),
            new ClassifierIdentity("vision", "1"),
            new Extras(null, null, null, null, null, null));

    assertThat(classification.extras()).isNull();
    assertThat(classification)
        .isEqualTo(new Classification(List.of(), List.of(), new ClassifierIdentity("vision", "1")));
  }

  @Test
  void extras_emptyListAskedFor_areKept() {
    assertThat(new Extras(null, null, null, null, List.of(), null).isEmpty()).isFalse();
  }

  @Test
  void extras_listTooLong_refusedByName() {
    List<Annotation> eleven =
        Collections.nCopies(Extras.MAX_ENTRIES + 1, new Annotation("logo", 1));

    assertThatThrownBy(() -> new Extras(null, null, null, null, eleven, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("logos");
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0x1000000})
  void colour_outOfRange_refused(int rgb) {
    assertThatThrownBy(() -> new Colour(rgb, 0, 0)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void colour_hex_hasSixDigits() {
    assertThat(new Colour(0x00000f, 0, 0).hex()).isEqualTo("#00000f");
  }

  @ParameterizedTest
  @CsvSource({"90.1,0,latitude", "NaN,0,latitude", "0,-180.5,longitude"})
  void place_outOfRange_refusedByName(double latitude, double longitude, String name) {
    assertThatThrownBy(() -> new Landmark.Place(latitude, longitude))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(name);
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.1, Double.NaN, Double.POSITIVE_INFINITY})
  void entity_scoreOutOfRange_refused(double score) {
    assertThatThrownBy(() -> new WebFindings.Entity("cat", score))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("score");
  }

  @Test
  void webFindings_addressTooLong_refused() {
    List<String> pages = List.of("x".repeat(WebFindings.MAX_ADDRESS_LENGTH + 1));

    assertThatThrownBy(() -> new WebFindings(List.of(), List.of(), pages, List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void likelihood_word_isInLowerCase() {
    assertThat(SafeSearch.Likelihood.VERY_LIKELY.word()).isEqualTo("very_likely");
  }

  @ParameterizedTest
  @CsvSource({"a,32768", "é,16384", "猫,10922", "🐈,8192"})
  void text_tooLong_isCutBetweenCodePoints(String character, int kept) {
    RecognisedText whole = RecognisedText.of(character.repeat(kept));
    RecognisedText cut = RecognisedText.of(character.repeat(kept + 1));

    assertThat(whole).isEqualTo(new RecognisedText(character.repeat(kept), false));
    assertThat(cut).isEqualTo(new RecognisedText(character.repeat(kept), true));
  }

  @Test
  void text_tooLong_refusedWithoutCutting() {
    assertThatThrownBy(() -> new RecognisedText("x".repeat(RecognisedText.MAX_BYTES + 1), false))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
