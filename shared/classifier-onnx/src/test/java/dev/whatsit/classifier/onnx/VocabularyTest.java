package dev.whatsit.classifier.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.classifier.onnx.ModelOutput.Findings;
import dev.whatsit.domain.classification.Annotation;
import dev.whatsit.domain.classification.DetectedObject;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class VocabularyTest {
  private static final int CLASSES = 1000;

  private final Vocabulary vocabulary = Vocabulary.load();

  /** Labels 0 to 999, of which some have a confidence. */
  private Findings labels(double confidence, Integer... classes) {
    List<Integer> found = List.of(classes);
    return vocabulary.withTerms(
        new Findings(
            IntStream.range(0, CLASSES)
                .mapToObj(
                    one -> new Annotation("class " + one, found.contains(one) ? confidence : 0))
                .toList(),
            null,
            List.of()));
  }

  @Test
  void withTerms_severalKindsOfCat_sumUpToCatAndAnimal() {
    Findings found = labels(0.25, 281, 282, 285);

    assertThat(found.annotations()).contains(new Annotation("cat", 0.75));
    assertThat(found.annotations()).contains(new Annotation("dog", 0));
    assertThat(found.categories())
        .contains(new Annotation("animal", 0.75), new Annotation("vehicle", 0));
  }

  @Test
  void withTerms_sumRoundedAboveOne_isOne() {
    assertThat(labels(0.5, 281, 282, 283).annotations()).contains(new Annotation("cat", 1));
  }

  @Test
  void withTerms_anyLabels_hasEachTermOnceAndBeforeTheLabels() {
    Findings found = labels(0);

    assertThat(found.annotations()).hasSizeGreaterThan(CLASSES + 100);
    assertThat(
            found
                .annotations()
                .subList(found.annotations().size() - CLASSES, found.annotations().size()))
        .allMatch(one -> one.label().startsWith("class "));
    assertThat(
            Stream.concat(
                found.annotations().stream(), Objects.requireNonNull(found.categories()).stream()))
        .extracting(Annotation::label)
        .doesNotHaveDuplicates();
  }

  @Test
  void renamed_labelThatTheOtherModelCallsDifferently_keepsItsNameAtTheObjectOnly() {
    DetectedObject couch = new DetectedObject("couch", 0.5, new DetectedObject.Box(0, 0, 1, 1));

    Findings found =
        vocabulary.renamed(
            new Findings(
                List.of(new Annotation("couch", 0.5), new Annotation("cat", 0.4)),
                null,
                List.of(couch)));

    assertThat(found.annotations())
        .containsExactly(new Annotation("sofa", 0.5), new Annotation("cat", 0.4));
    assertThat(found.objects()).containsExactly(couch);
  }
}
