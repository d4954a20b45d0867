package dev.whatsit.classifier.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.whatsit.domain.classification.Annotation;
import dev.whatsit.domain.classification.Classification;
import dev.whatsit.domain.classification.Classifier;
import dev.whatsit.domain.classification.DetectedObject;
import dev.whatsit.domain.classification.Extras;
import dev.whatsit.domain.failure.PermanentFailure;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.settings.Settings;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The built-in models, on photos. */
class OnnxClassifierTest {
  private static final MemoryImages IMAGES = new MemoryImages();
  private static Classifier classifier;

  @BeforeAll
  static void open() {
    classifier = open(Map.of());
  }

  @AfterAll
  static void close() {
    classifier.close();
  }

  private static Classifier open(Map<String, String> settings) {
    return new OnnxClassifierProvider().open(Settings.of(settings), IMAGES);
  }

  private static List<String> labels(Classification classification) {
    return classification.annotations().stream().map(Annotation::label).toList();
  }

  @ParameterizedTest
  @CsvSource({
    "cat.jpg, cat",
    "cat_small.png, cat",
    "astronaut.jpg, person",
  })
  void classify_photo_labelThatAPersonWouldGiveComesFirst(String photo, String label) {
    Classification found = classifier.classify(IMAGES.addPhoto(photo));
    assertThat(labels(found)).startsWith(label);
    assertThat(found.objects()).isNotEmpty();
    assertThat(found.objects().get(0).label()).isEqualTo(label);
  }

  /** Without averaging the large one is a pattern of dots, and no cat. */
  @Test
  void classify_halftoneInTwoSizes_isTheSameCat() {
    Classification large = classifier.classify(IMAGES.addPhoto("halftone.png"));
    Classification small = classifier.classify(IMAGES.addPhoto("halftone_small.png"));
    assertThat(labels(large)).startsWith("cat").isEqualTo(labels(small));
    assertThat(large.annotations().get(0).confidence())
        .isCloseTo(small.annotations().get(0).confidence(), within(0.1));
  }

  @Test
  void classify_nothingRecognised_isEmpty() {
    Classification found = classifier.classify(IMAGES.addStripes(64, 64, 0x3f7f3f));
    assertThat(found.annotations()).isEmpty();
    assertThat(found.objects()).isEmpty();
  }

  @Test
  void classify_anyPhoto_answersAreSortedAndWithinBounds() {
    Classification found = open(Map.of("MIN_CONFIDENCE", "0")).classify(photo("astronaut.jpg"));
    assertThat(found.annotations())
        .hasSize(5)
        .isSortedAccordingTo(Comparator.comparingDouble(Annotation::confidence).reversed());
    assertThat(found.objects())
        .hasSizeBetween(1, 20)
        .isSortedAccordingTo(Comparator.comparingDouble(DetectedObject::confidence).reversed());
  }

  private static ImageDescription photo(String name) {
    return IMAGES.addPhoto(name);
  }

  @Test
  void classify_minConfidenceAndMaxAnnotations_areKept() {
    try (Classifier strict = open(Map.of("MIN_CONFIDENCE", "0.99"))) {
      assertThat(strict.classify(photo("cat.jpg")).annotations()).isEmpty();
      assertThat(strict.classify(photo("cat.jpg")).objects()).isEmpty();
    }
    try (Classifier broad = open(Map.of("MIN_CONFIDENCE", "0", "MAX_ANNOTATIONS", "80"))) {
      assertThat(broad.classify(photo("cat.jpg")).annotations()).hasSize(80);
    }
  }

  @Test
  void classify_cat_boxIsWhereTheCatIs() {
    // The cat fills the picture except for the right edge.
    DetectedObject.Box box = classifier.classify(photo("cat.jpg")).objects().get(0).box();
    assertThat(box.left()).isLessThan(0.2);
    assertThat(box.right()).isGreaterThan(0.7);
    assertThat(box.bottom()).isGreaterThan(0.8);
  }

  @Test
  void classify_anyPhoto_namesModelAndVersion() {
    assertThat(classifier.classify(photo("cat.jpg")).classifier().model())
        .matches(
            "coco-ssdlite-mobilenet-v2 [0-9a-f]{12} \\+ efficientnet-lite0-imagenet [0-9a-f]{12}");
  }

  @ParameterizedTest
  @EnumSource
  void builtInDigest_isThatOfTheFile(Model.BuiltIn model) throws Exception {
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(Vocabulary.resource(model.file));

    assertThat(model.digest).isEqualTo(HexFormat.of().formatHex(digest));
  }

  @Test
  void classify_catThatBothModelsKnow_isOneLabelWithTheHigherConfidence() {
    List<Annotation> both = classifier.classify(photo("cat.jpg")).annotations();

    assertThat(both).extracting(Annotation::label).doesNotHaveDuplicates().startsWith("cat");
    try (Classifier detector = open(Map.of("LABELS", "off"));
        Classifier labels = open(Map.of("DETECTOR", "off"))) {
      double higher =
          Stream.of(detector, labels)
              .map(one -> one.classify(photo("cat.jpg")).annotations().get(0))
              .mapToDouble(Annotation::confidence)
              .max()
              .orElseThrow();
      assertThat(both.get(0)).isEqualTo(new Annotation("cat", higher));
    }
  }

  @Test
  void classify_labelsOff_isTheDetectorAlone() {
    try (Classifier detector = open(Map.of("LABELS", "off"))) {
      Classification found = detector.classify(photo("cat.jpg"));
      assertThat(labels(found)).containsExactly("cat");
      assertThat(found.objects()).hasSize(1);
      assertThat(found.extras()).isNull();
      assertThat(found.classifier().model()).matches("coco-ssdlite-mobilenet-v2 [0-9a-f]{12}");
    }
  }

  @Test
  void classify_minConfidenceOne_hasNoCategories() {
    try (Classifier strict = open(Map.of("MIN_CONFIDENCE", "1"))) {
      assertThat(categories(strict.classify(photo("cat.jpg")))).isEmpty();
    }
  }

  private static List<Annotation> categories(Classification classification) {
    Extras extras = Objects.requireNonNull(classification.extras());
    return Objects.requireNonNull(extras.categories());
  }

  private static Stream<Arguments> expectedPhotos() {
    String json = new String(bytes("expected.json"), StandardCharsets.UTF_8);
    return JsonParser.parseString(json).getAsJsonObject().entrySet().stream()
        .map(photo -> Arguments.of(photo.getKey(), photo.getValue().getAsJsonObject()));
  }

  private static byte[] bytes(String resource) {
    try (InputStream in = OnnxClassifierTest.class.getResourceAsStream(resource)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @MethodSource("expectedPhotos")
  void classify_detectorOff_hasTheNumbersOfTheOtherImplementation(
      String photo, JsonObject expected) {
    // The JPEG decoder alone moves the drum that much.
    double tolerance = photo.equals("drum.jpg") ? 0.05 : 0.03;
    try (Classifier labels = open(Map.of("DETECTOR", "off"));
        Classifier all =
            open(Map.of("DETECTOR", "off", "MIN_CONFIDENCE", "0", "MAX_ANNOTATIONS", "100"))) {
      Classification found = labels.classify(photo(photo));
      Classification everything = all.classify(photo(photo));
      assertThat(found.objects()).isEmpty();
      assertThat(found.classifier().model()).matches("efficientnet-lite0-imagenet [0-9a-f]{12}");
      assertConfidences(expected, "probabilities", everything.annotations(), tolerance);
      assertConfidences(expected, "annotations", everything.annotations(), tolerance);
      assertConfidences(expected, "categories", categories(everything), tolerance);
      assertSame(expected, "annotations", found.annotations(), tolerance);
      assertSame(expected, "categories", categories(found), tolerance);
    }
  }

  private static Map<String, Double> confidences(JsonObject expected, String member) {
    Map<String, Double> confidences = new LinkedHashMap<>();
    for (JsonElement one : expected.getAsJsonArray(member)) {
      JsonArray pair = one.getAsJsonArray();
      confidences.put(pair.get(0).getAsString(), pair.get(1).getAsDouble());
    }
    return confidences;
  }

  private static void assertConfidences(
      JsonObject expected, String member, List<Annotation> found, double tolerance) {
    Map<String, Double> all =
        found.stream().collect(Collectors.toMap(Annotation::label, Annotation::confidence));
    confidences(expected, member)
        .forEach(
            (label, confidence) ->
                assertThat(all.get(label)).as(label).isCloseTo(confidence, within(tolerance)));
  }

  /** The same in the same order, but for what is as near to the minimum as the tolerance. */
  private static void assertSame(
      JsonObject expected, String member, List<Annotation> found, double tolerance) {
    double sure = 0.3 + tolerance;
    assertThat(found.stream().filter(one -> one.confidence() > sure).map(Annotation::label))
        .containsExactlyElementsOf(
            confidences(expected, member).entrySet().stream()
                .filter(one -> one.getValue() > sure)
                .map(Map.Entry::getKey)
                .toList());
  }

  @Test
  void classify_imageNotStored_isGone() {
    ImageDescription image =
        new ImageDescription(new ImageHash("0".repeat(64)), ImageFormat.PNG, 100, 1, 1);
    PermanentFailure failure =
        catchThrowableOfType(PermanentFailure.class, () -> classifier.classify(image));
    assertThat(failure.code()).isEqualTo("IMAGE_GONE");
    assertThat(failure.retryable()).isFalse();
  }

  @Test
  void classify_dataCut_isCorrupt() {
    ImageDescription whole = photo("cat.jpg");
    byte[] bytes = bytes(whole);
    ImageDescription cut =
        IMAGES.add(ImageFormat.JPEG, Arrays.copyOf(bytes, bytes.length / 2), 451, 300);
    PermanentFailure failure =
        catchThrowableOfType(PermanentFailure.class, () -> classifier.classify(cut));
    assertThat(failure.code()).isEqualTo("CORRUPT_IMAGE");
    assertThat(failure.retryable()).isFalse();
  }

  private static byte[] bytes(ImageDescription image) {
    try (InputStream in = IMAGES.open(image.hash()).orElseThrow()) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void classify_readingFails_isTransient() {
    MemoryImages images =
        new MemoryImages() {
          @Override
          public Optional<InputStream> open(ImageHash hash) {
            InputStream closed = InputStream.nullInputStream();
            try {
              closed.close();
            } catch (IOException e) {
              throw new AssertionError(e);
            }
            // Reading from a closed stream throws an IOException.
            return Optional.of(closed);
          }
        };
    try (Classifier reader = new OnnxClassifierProvider().open(Settings.of(Map.of()), images)) {
      assertThatThrownBy(() -> reader.classify(photo("cat.jpg")))
          .isInstanceOf(TransientFailure.class);
    }
  }

  @Test
  void classify_eightThreads_answersAreThoseOfOne() throws Exception {
    List<ImageDescription> photos =
        List.of(
            photo("cat.jpg"), photo("astronaut.jpg"), photo("rocket.jpg"), photo("coins_gray.jpg"));
    List<Classification> alone = photos.stream().map(classifier::classify).toList();
    ExecutorService pool = Executors.newFixedThreadPool(8);
    try {
      List<Future<List<Classification>>> together = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        together.add(pool.submit(() -> photos.stream().map(classifier::classify).toList()));
      }
      for (Future<List<Classification>> one : together) {
        assertThat(one.get()).isEqualTo(alone);
      }
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void close_whileClassifying_waitsForItAndThenRefuses() throws Exception {
    CountDownLatch reading = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    MemoryImages images =
        new MemoryImages() {
          @Override
          public Optional<InputStream> open(ImageHash hash) {
            reading.countDown();
            try {
              goOn.await();
            } catch (InterruptedException e) {
              throw new AssertionError(e);
            }
            return super.open(hash);
          }
        };
    ImageDescription cat = images.addPhoto("cat.jpg");
    Classifier closing = new OnnxClassifierProvider().open(Settings.of(Map.of()), images);
    ExecutorService pool = Executors.newFixedThreadPool(2);
    try {
      Future<Classification> running = pool.submit(() -> closing.classify(cat));
      reading.await();
      Future<?> close = pool.submit(closing::close);
      assertThat(close.isDone()).isFalse();
      goOn.countDown();
      assertThat(labels(running.get())).contains("cat");
      close.get(1, TimeUnit.MINUTES);
      assertThatThrownBy(() -> closing.classify(cat)).isInstanceOf(TransientFailure.class);
      assertThatThrownBy(closing::checkReachable).isInstanceOf(TransientFailure.class);
      closing.close();
    } finally {
      goOn.countDown();
      pool.shutdownNow();
    }
  }
}
