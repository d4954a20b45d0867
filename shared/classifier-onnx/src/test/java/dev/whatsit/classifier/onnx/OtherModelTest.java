package dev.whatsit.classifier.onnx;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import dev.whatsit.domain.classification.Annotation;
import dev.whatsit.domain.classification.Classification;
import dev.whatsit.domain.classification.Classifier;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Ordinary classifiers other than the built-in models, and settings that do not fit. */
class OtherModelTest {
  private static final int RED = 0xff0000;
  private static final int GREEN = 0x00ff00;
  private static final int BLUE = 0x0000ff;

  private Path folder;

  private final MemoryImages images = new MemoryImages();
  private final Map<String, String> settings = new HashMap<>();

  @BeforeEach
  void set(@TempDir Path folder) throws IOException {
    this.folder = folder;
    settings.put("MIN_CONFIDENCE", "0");
    settings.put("WHATSIT_LABELS", labels("red", "green", "blue"));
    settings.put("MODEL_OUTPUT", "logits");
    settings.put("MODEL_MEAN", "0.5, 0.5, 0.5");
    settings.put("MODEL_STD", "0.25, 0.25, 0.25");
  }

  private String labels(String... labels) throws IOException {
    return Files.write(folder.resolve("labels.txt"), List.of(labels)).toString();
  }

  private Classifier open(OnnxFile model) {
    return open(model.bytes());
  }

  private Classifier open(byte[] model) {
    try {
      settings.put("WHATSIT_MODEL", Files.write(folder.resolve("colours.onnx"), model).toString());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return new OnnxClassifierProvider().open(Settings.of(settings), images);
  }

  private Map<String, Double> classify(OnnxFile model, ImageDescription image) {
    try (Classifier classifier = open(model)) {
      Map<String, Double> found = new HashMap<>();
      for (Annotation one : classifier.classify(image).annotations()) {
        found.put(one.label(), one.confidence());
      }
      return found;
    }
  }

  private List<String> refusal(OnnxFile model) {
    return refusal(() -> open(model).close());
  }

  private static List<String> refusal(ThrowingCallable open) {
    InvalidSettings refused = catchThrowableOfType(InvalidSettings.class, open);
    assertThat(refused).isNotNull();
    return refused.problems();
  }

  private static double softmax(double one, double... others) {
    double sum = Math.exp(one);
    for (double other : others) {
      sum += Math.exp(other);
    }
    return Math.exp(one) / sum;
  }

  private static Stream<Arguments> layouts() {
    return Stream.of(
        Arguments.of(OnnxFile.FLOAT, new Object[] {"n", 3, 4, 4}, new Object[] {"n", 3}),
        Arguments.of(OnnxFile.FLOAT, new Object[] {1, 3, 4, 5}, new Object[] {1, 3}),
        Arguments.of(OnnxFile.FLOAT, new Object[] {"n", 4, 4, 3}, new Object[] {3}),
        Arguments.of(OnnxFile.FLOAT, new Object[] {1, 5, 4, 3}, new Object[] {1, 3, 1, 1}));
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void classify_floatModel_getsNormalisedValuesInItsLayout(
      int type, Object[] input, Object[] output) {
    OnnxFile model = new OnnxFile().input(type, input).output(output);
    Map<String, Double> found = classify(model, images.addStripes(8, 8, 0xff8000));
    double red = (1 - 0.5) / 0.25;
    double green = (128 / 255.0 - 0.5) / 0.25;
    double blue = (0 - 0.5) / 0.25;
    assertThat(found.get("red")).isCloseTo(softmax(red, green, blue), within(1e-5));
    assertThat(found.get("green")).isCloseTo(softmax(green, red, blue), within(1e-5));
    assertThat(found.get("blue")).isCloseTo(softmax(blue, red, green), within(1e-5));
  }

  private static Stream<Arguments> byteLayouts() {
    return Stream.of(
        Arguments.of((Object) new Object[] {"n", 3, 4, 4}),
        Arguments.of((Object) new Object[] {1, 4, 5, 3}));
  }

  @ParameterizedTest
  @MethodSource("byteLayouts")
  void classify_byteModel_getsBytesAsTheyAre(Object[] input) {
    settings.remove("MODEL_MEAN");
    settings.remove("MODEL_STD");
    OnnxFile model = new OnnxFile().input(OnnxFile.UINT8, input);
    Map<String, Double> found = classify(model, images.addStripes(8, 8, 0x030201));
    assertThat(found.get("red")).isCloseTo(softmax(3, 2, 1), within(1e-5));
    assertThat(found.get("blue")).isCloseTo(softmax(1, 2, 3), within(1e-5));
  }

  @Test
  void classify_probabilities_areToldAsTheyAre() {
    settings.put("MODEL_OUTPUT", "probabilities");
    settings.put("MODEL_MEAN", "0,0,0");
    settings.put("MODEL_STD", "1,1,1");
    Map<String, Double> found = classify(new OnnxFile(), images.addStripes(8, 8, 0xff3300));
    assertThat(found.get("red")).isCloseTo(1.0, within(1e-6));
    assertThat(found.get("green")).isCloseTo(0.2, within(1e-6));
    assertThat(found.get("blue")).isCloseTo(0.0, within(1e-6));
  }

  @Test
  void classify_widePicture_middleIsLookedAt() {
    Map<String, Double> found =
        classify(new OnnxFile(), images.addStripes(120, 40, RED, GREEN, BLUE));
    assertThat(found.get("green")).isCloseTo(softmax(2, -2, -2), within(1e-5));
  }

  @Test
  void classify_backgroundInLabelsOnly_isLeftOut() throws IOException {
    settings.put("WHATSIT_LABELS", labels("background", "red", "green", "blue"));
    settings.put("MODEL_BACKGROUND", "true");
    Map<String, Double> found = classify(new OnnxFile(), images.addStripes(8, 8, BLUE));
    assertThat(found).containsOnlyKeys("red", "green", "blue");
    assertThat(found.get("blue")).isGreaterThan(0.9);
  }

  @Test
  void classify_factsInMetadata_needNoSettings() {
    settings.clear();
    OnnxFile model =
        new OnnxFile()
            .metadata("model_output", "logits")
            .metadata("MODEL_MEAN", "[0.5, 0.5, 0.5]")
            .metadata("model_std", "0.25,0.25,0.25")
            .metadata("labels", "[\"red\", \"green\", \"blue\"]")
            .metadata("model_name", "colours of metadata");
    try (Classifier classifier = open(model)) {
      Classification found = classifier.classify(images.addStripes(8, 8, RED));
      assertThat(found.annotations()).extracting(Annotation::label).containsExactly("red");
      assertThat(found.objects()).isEmpty();
      assertThat(found.classifier().model()).matches("colours of metadata [0-9a-f]{12}");
    }
  }

  @Test
  void open_nothingSet_namesEachMissingSettingAtOnce() {
    settings.clear();
    assertThat(refusal(new OnnxFile()))
        .anyMatch(problem -> problem.startsWith("MODEL_OUTPUT is not set"))
        .anyMatch(problem -> problem.startsWith("MODEL_MEAN is not set"))
        .anyMatch(problem -> problem.startsWith("MODEL_STD is not set"))
        .anyMatch(problem -> problem.startsWith("WHATSIT_LABELS is not set"))
        .hasSize(4);
  }

  @Test
  void open_everythingWrong_namesEachWrongSettingAtOnce() {
    settings.put("MIN_CONFIDENCE", "2");
    settings.put("MAX_ANNOTATIONS", "0");
    settings.put("MODEL_OUTPUT", "maybe");
    settings.put("MODEL_MEAN", "123.675, 116.28, 103.53");
    settings.put("MODEL_STD", "0,1,1");
    settings.put("MODEL_BACKGROUND", "yes");
    settings.put("WHATSIT_LABELS", folder.resolve("absent.txt").toString());
    settings.put("ONNX_THREADS", "0");
    settings.put("DECODE_BUDGET_BYTES", "1");
    assertThat(refusal(new OnnxFile()).stream().map(problem -> problem.replaceFirst(" .*", "")))
        .containsExactlyInAnyOrder(
            "MIN_CONFIDENCE",
            "MAX_ANNOTATIONS",
            "MODEL_OUTPUT",
            "MODEL_MEAN",
            "MODEL_STD",
            "MODEL_BACKGROUND",
            "WHATSIT_LABELS",
            "ONNX_THREADS",
            "DECODE_BUDGET_BYTES");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.5", "0.5,0.5", "1,2,3,4", "a,b,c", "NaN,0,0", "0.5;0.5;0.5"})
  void open_meanIsNotThreeNumbers_isRefused(String mean) {
    settings.put("MODEL_MEAN", mean);
    assertThat(refusal(new OnnxFile())).singleElement().asString().startsWith("MODEL_MEAN is ");
  }

  private static Stream<Arguments> unusableModels() {
    return Stream.of(
        Arguments.of(input(1, 3, 4, 3), "layout is ambiguous"),
        Arguments.of(input(1, 3, "h", "w"), "fixed height and width"),
        Arguments.of(input("n", "h", "w", 3), "fixed height and width"),
        Arguments.of(input(1, 3, 4096, 4096), "fixed height and width"),
        Arguments.of(input(8, 3, 4, 4).output(8, 3), "takes 8 pictures at once"),
        Arguments.of(new OnnxFile().twoInputs(), "has 2 inputs"),
        Arguments.of(new OnnxFile().twoOutputs(), "has 2 outputs"),
        Arguments.of(new OnnxFile().output("n", 1, 3), "with n fixed"),
        Arguments.of(new OnnxFile().input(OnnxFile.UINT8, 1, 3, 4, 4), "makes no sense"));
  }

  private static OnnxFile input(Object... shape) {
    return new OnnxFile().input(OnnxFile.FLOAT, shape);
  }

  @ParameterizedTest
  @MethodSource("unusableModels")
  void open_unusableModel_isRefused(OnnxFile model, String why) {
    assertThat(refusal(model)).anyMatch(problem -> problem.contains(why));
  }

  @ParameterizedTest
  @CsvSource({
    "red green, false, 'WHATSIT_LABELS has 2 labels, must have 3'",
    "background red green blue, false, MODEL_BACKGROUND is not true",
    "red green blue, true, 'WHATSIT_LABELS has 3 labels, must have 4 with the background'",
    "red  blue, false, 'WHATSIT_LABELS has an empty label, number 2'"
  })
  void open_labelsThatDoNotFit_areRefused(String labels, String background, String why)
      throws IOException {
    settings.put("WHATSIT_LABELS", labels(labels.split(" ", -1)));
    settings.put("MODEL_BACKGROUND", background);
    assertThat(refusal(new OnnxFile())).singleElement().asString().startsWith(why);
  }

  @ParameterizedTest
  @CsvSource({
    "WHATSIT_MODEL, absent.onnx, which cannot be read",
    "WHATSIT_MODEL, ., which cannot be read",
    "WHATSIT_MODEL, gs://models/absent.onnx, which cannot be read: there is no such object",
    "WHATSIT_LABELS, s3://models/labels.txt, which cannot be read: not like gs://",
    "WHATSIT_LABELS, gs://models/bytes.txt, which is not text in UTF-8"
  })
  void open_fileThatCannotBeRead_isRefused(String setting, String location, String why) {
    images.addFile("gs://models/bytes.txt", new byte[] {(byte) 0xff, (byte) 0xfe});
    images.addFile("gs://models/colours.onnx", new OnnxFile().bytes());
    settings.put("WHATSIT_MODEL", "gs://models/colours.onnx");
    settings.put(setting, location);
    assertThat(refusal(this::openAsSet))
        .singleElement()
        .asString()
        .startsWith(setting + " is " + location + ", " + why);
  }

  @Test
  void open_backendFails_isRefusedWithTheReason() {
    images.breakFiles("Cloud Storage: cannot open it: 403 Forbidden");
    settings.put("WHATSIT_MODEL", "gs://models/colours.onnx");
    assertThat(refusal(this::openAsSet))
        .singleElement()
        .asString()
        .endsWith(": Cloud Storage: cannot open it: 403 Forbidden");
  }

  private Classifier openAsSet() {
    return new OnnxClassifierProvider().open(Settings.of(settings), images);
  }

  @Test
  void open_notAModel_isRefused() {
    assertThat(refusal(() -> open("this is text".getBytes(UTF_8))))
        .singleElement()
        .asString()
        .startsWith("WHATSIT_MODEL is ")
        .contains("does not load");
  }

  @Test
  void open_modelAndLabelsOfTheBackend_areLoaded() throws IOException {
    images.addFile("gs://models/colours.onnx", new OnnxFile().bytes());
    images.addFile("gs://models/v1/labels.txt", "red\ngreen\nblue\n".getBytes(UTF_8));
    settings.put("WHATSIT_MODEL", "gs://models/colours.onnx");
    settings.put("WHATSIT_LABELS", "gs://models/v1/labels.txt");

    try (Classifier classifier = new OnnxClassifierProvider().open(Settings.of(settings), images)) {
      Classification found = classifier.classify(images.addStripes(4, 4, RED));
      assertThat(found.annotations().get(0).label()).isEqualTo("red");
      assertThat(found.classifier().model()).startsWith("colours ");
    }
  }

  @Test
  void open_factsWithoutAModel_areRefused() {
    assertThat(refusal(this::openAsSet))
        .hasSize(4)
        .allMatch(problem -> problem.endsWith("is set without WHATSIT_MODEL"));
  }

  @ParameterizedTest
  @EnumSource
  void open_copyOfABuiltInModel_needsNoSettings(Model.BuiltIn model) throws IOException {
    settings.clear();
    try (Classifier classifier = open(Vocabulary.resource(model.file))) {
      Classification found = classifier.classify(images.addPhoto("cat.jpg"));
      assertThat(found.annotations().get(0).label()).endsWith("cat");
      assertThat(found.objects().isEmpty()).isEqualTo(model == Model.BuiltIn.LABELS);
      assertThat(found.extras()).isNull();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "off, off, 'LABELS is off, and DETECTOR too; one must be on'",
    "yes, on, 'LABELS is yes, must be one of on, off'"
  })
  void open_builtInModelsSwitchedWrongly_areRefused(String labels, String detector, String why) {
    settings.clear();
    settings.put("LABELS", labels);
    settings.put("DETECTOR", detector);
    assertThat(refusal(this::openAsSet)).containsExactly(why);
  }

  @ParameterizedTest
  @ValueSource(strings = {"LABELS", "DETECTOR"})
  void open_builtInModelSwitchedBesideAnother_isRefused(String setting) {
    settings.put(setting, "off");
    assertThat(refusal(new OnnxFile()))
        .containsExactly(
            setting + " is set beside WHATSIT_MODEL, which replaces the built-in models");
  }
}
