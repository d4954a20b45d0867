package dev.whatsit.thumbnail;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.whatsit.contracts.PortCalls;
import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.backend.Backends;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageBytes;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.queue.WorkMessage;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.record.Status;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.domain.thumbnail.Thumbnail;
import dev.whatsit.domain.thumbnail.ThumbnailRecords;
import dev.whatsit.domain.thumbnail.ThumbnailRecords.ImageWithThumbnails;
import dev.whatsit.events.AckResult;
import dev.whatsit.events.MessageHandler;
import dev.whatsit.events.ReceivedMessage;
import dev.whatsit.invoker.FunctionServer;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The use case over real stores, and both entry points over HTTP. */
class MakeThumbnailsTest {
  private final Instant now = Instant.now();
  private Backend backend;
  private PortCalls calls;
  private Map<String, String> values;
  private ImageStore images;
  private RecordStore records;
  private ImageStore thumbnails;
  private ThumbnailRecords known;
  private MessageHandler handler;

  @BeforeEach
  void open(@TempDir Path folder) {
    values = new HashMap<>();
    values.put("WHATSIT_BACKEND", "embedded");
    values.put("WHATSIT_DATA", folder.resolve("data").toString());
    values.put("THUMBNAIL_SIZES", "64, 16");
    Settings settings = Settings.of(values);
    backend = Backends.choose(settings);
    calls = new PortCalls(backend);
    images = backend.images(settings).orElseThrow();
    records = new RecordStore(backend.documents(settings).orElseThrow());
    thumbnails = backend.thumbnails(settings).orElseThrow();
    known = new ThumbnailRecords(backend.documents(settings).orElseThrow());
    handler = ThumbnailWiring.wire(values, calls).messages();
  }

  @AfterEach
  void close() {
    Backends.close(backend);
  }

  private static byte[] png(int width, int height) throws IOException {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int x = 0; x < width; x++) {
      image.setRGB(x, x % height, x * 7919);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(image, "png", out);
    return out.toByteArray();
  }

  private static ImageDescription describe(byte[] bytes, int width, int height) {
    return new ImageDescription(
        ImageHash.ofDigest(ImageHash.newDigest().digest(bytes)),
        ImageFormat.PNG,
        bytes.length,
        width,
        height);
  }

  /** Stores an image and its record. */
  private ImageDescription submitted(byte[] bytes, int width, int height) {
    ImageDescription image = describe(bytes, width, height);
    images.putIfAbsent(image, ImageBytes.of(bytes));
    records.createIfAbsent(ImageRecord.queued(image, "m1", now), now);
    return image;
  }

  private AckResult deliver(ImageDescription image) {
    return deliver(new WorkMessage(image, 1, now));
  }

  private AckResult deliver(WorkMessage message) {
    return handler.handle(new ReceivedMessage("m1", message.toMessage().attributes()));
  }

  private List<Thumbnail> found(ImageDescription image) {
    return known.find(image.hash(), now).map(ImageWithThumbnails::thumbnails).orElseThrow();
  }

  private static ImageDescription picture(Thumbnail thumbnail) {
    return Objects.requireNonNull(thumbnail.picture());
  }

  private static String code(Thumbnail thumbnail) {
    return Objects.requireNonNull(thumbnail.error()).code();
  }

  private byte[] bytes(Thumbnail thumbnail) throws IOException {
    try (InputStream in = thumbnails.open(picture(thumbnail).hash()).orElseThrow()) {
      return in.readAllBytes();
    }
  }

  @Test
  void handle_image_makesEachSizeUnderTheHashOfItsBytes() throws Exception {
    ImageDescription image = submitted(png(100, 50), 100, 50);

    assertThat(deliver(image)).isEqualTo(AckResult.ACKNOWLEDGE);

    List<Thumbnail> made = found(image);
    assertThat(made).extracting(Thumbnail::size).containsExactly(16, 64);
    for (Thumbnail one : made) {
      byte[] bytes = bytes(one);
      assertThat(ImageHash.ofDigest(ImageHash.newDigest().digest(bytes)))
          .isEqualTo(picture(one).hash());
      assertThat(bytes).hasSize((int) picture(one).sizeBytes());
      assertThat(picture(one).width()).isEqualTo(one.size());
      assertThat(picture(one).height()).isEqualTo(one.size() / 2);
    }
    assertThat(records.find(image.hash(), now).orElseThrow().status()).isEqualTo(Status.QUEUED);
  }

  @Test
  void handle_image_asksEachPortOnce() throws Exception {
    ImageDescription image = submitted(png(100, 50), 100, 50);

    deliver(image);

    assertThat(calls.take())
        .containsExactly(
            "open", "putIfAbsent", "putIfAbsent", "getAll images", "commit thumbnails");
  }

  /** Regression: the image was decoded and the thumbnails were written again. */
  @Test
  void handle_secondMessageOfTheFirstRun_looksAndMakesNothing() throws Exception {
    ImageDescription image = submitted(png(100, 50), 100, 50);
    deliver(image);
    calls.take();

    AckResult again =
        deliver(
            new WorkMessage(
                image, 1, now.minus(MakeThumbnails.MAX_AGE_OF_FIRST_DELIVERY).minusSeconds(1)));

    assertThat(again).isEqualTo(AckResult.ACKNOWLEDGE);
    assertThat(calls.take()).containsExactly("getAll images");
  }

  @Test
  void handle_smallImage_isOneObjectForBothSizes() throws Exception {
    ImageDescription image = submitted(png(12, 9), 12, 9);

    deliver(image);

    List<Thumbnail> made = found(image);
    assertThat(picture(made.get(0))).isEqualTo(picture(made.get(1)));
    assertThat(picture(made.get(0)).width()).isEqualTo(12);
  }

  @Test
  void handle_manyDeliveriesAtOnce_leaveTheSame() throws Exception {
    ImageDescription image = submitted(png(100, 50), 100, 50);
    deliver(image);
    List<Thumbnail> once = found(image);

    List<CompletableFuture<AckResult>> deliveries =
        Stream.generate(() -> CompletableFuture.supplyAsync(() -> deliver(image)))
            .limit(8)
            .toList();

    for (CompletableFuture<AckResult> delivery : deliveries) {
      assertThat(delivery.get()).isEqualTo(AckResult.ACKNOWLEDGE);
    }
    assertThat(found(image)).isEqualTo(once);
  }

  @ParameterizedTest
  @ValueSource(strings = {"open", "putIfAbsent", "commit thumbnails"})
  void handle_portFailsBeforeOrAfter_isRedeliveredAndIsMade(String port) throws Exception {
    ImageDescription image = submitted(png(100, 50), 100, 50);

    calls.failBefore(port);
    assertThatThrownBy(() -> deliver(image)).isInstanceOf(TransientFailure.class);
    calls.failBefore("");
    calls.failAfter(port);
    assertThatThrownBy(() -> deliver(image)).isInstanceOf(TransientFailure.class);
    calls.failAfter("");
    assertThat(deliver(image)).isEqualTo(AckResult.ACKNOWLEDGE);

    assertThat(found(image)).allMatch(one -> one.picture() != null).hasSize(2);
  }

  @Test
  void handle_noRecordYet_isRedelivered() throws Exception {
    byte[] bytes = png(100, 50);
    ImageDescription image = describe(bytes, 100, 50);
    images.putIfAbsent(image, ImageBytes.of(bytes));

    assertThat(deliver(image)).isEqualTo(AckResult.RETRY);
    records.createIfAbsent(ImageRecord.queued(image, "m1", now), now);
    assertThat(deliver(image)).isEqualTo(AckResult.ACKNOWLEDGE);

    assertThat(found(image)).hasSize(2);
  }

  @Test
  void handle_noRecordAndOld_isLeftAlone() throws Exception {
    byte[] bytes = png(100, 50);
    ImageDescription image = describe(bytes, 100, 50);
    images.putIfAbsent(image, ImageBytes.of(bytes));

    assertThat(deliver(new WorkMessage(image, 1, now.minus(Duration.ofDays(22)))))
        .isEqualTo(AckResult.ACKNOWLEDGE);
  }

  @Test
  void handle_corruptImage_isAnErrorOfEachSizeAndNotOfTheImage() throws Exception {
    byte[] bytes = png(100, 50);
    ImageDescription image = submitted(Arrays.copyOf(bytes, bytes.length / 2), 100, 50);

    assertThat(deliver(image)).isEqualTo(AckResult.ACKNOWLEDGE);

    assertThat(found(image))
        .extracting(MakeThumbnailsTest::code)
        .containsExactly("CORRUPT_IMAGE", "CORRUPT_IMAGE");
    assertThat(records.find(image.hash(), now).orElseThrow().error()).isNull();
  }

  @Test
  void handle_bytesGone_isAnErrorOfEachSize() throws Exception {
    ImageDescription image = describe(png(100, 50), 100, 50);
    records.createIfAbsent(ImageRecord.queued(image, "m1", now), now);

    assertThat(deliver(image)).isEqualTo(AckResult.ACKNOWLEDGE);

    assertThat(found(image))
        .extracting(MakeThumbnailsTest::code)
        .containsExactly("IMAGE_GONE", "IMAGE_GONE");
  }

  @Test
  void handle_laterRun_makesOnlyWhatIsMissing() throws Exception {
    ImageDescription image = submitted(png(100, 50), 100, 50);
    deliver(new WorkMessage(image, 2, now));
    assertThat(found(image)).hasSize(2);
    calls.take();

    assertThat(deliver(new WorkMessage(image, 3, now))).isEqualTo(AckResult.ACKNOWLEDGE);

    assertThat(calls.take()).containsExactly("getAll images");
  }

  @Test
  void handle_unreadableMessage_isLeftToClassify() {
    assertThat(handler.handle(new ReceivedMessage("m1", Map.of("image_hash", "x"))))
        .isEqualTo(AckResult.ACKNOWLEDGE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "15", "2049", "64,64", "64,,16", "a", "16,17,18,19,20,21,22,23,24"})
  void wire_wrongSizes_areRefused(String sizes) {
    values.put("THUMBNAIL_SIZES", sizes);
    values.put("THUMBNAIL_BUDGET_BYTES", "1");

    assertThatThrownBy(() -> ThumbnailWiring.wire(values, backend))
        .isInstanceOfSatisfying(
            InvalidSettings.class,
            e -> {
              List<String> problems = new ArrayList<>(e.problems());
              assertThat(problems).anyMatch(one -> one.startsWith("THUMBNAIL_SIZES is " + sizes));
              assertThat(problems).anyMatch(one -> one.startsWith("THUMBNAIL_BUDGET_BYTES"));
            });
  }

  @Test
  void push_message_makesThumbnails() throws Exception {
    ImageDescription image = submitted(png(90, 50), 90, 50);
    try (ThumbnailPushFunction function = new ThumbnailPushFunction(values, backend);
        FunctionServer server = FunctionServer.serve(function)) {
      HttpRequest request =
          HttpRequest.newBuilder(server.uri()).POST(BodyPublishers.ofString(push(image))).build();
      assertThat(HttpClient.newHttpClient().send(request, BodyHandlers.discarding()).statusCode())
          .isEqualTo(204);
    }

    assertThat(found(image)).hasSize(2);
  }

  private String push(ImageDescription image) {
    StringBuilder attributes = new StringBuilder();
    new WorkMessage(image, 1, now)
        .toMessage()
        .attributes()
        .forEach(
            (name, value) ->
                attributes
                    .append(attributes.isEmpty() ? "" : ",")
                    .append('"' + name + "\": \"" + value + '"'));
    return "{\"message\": {\"messageId\": \"1\", \"attributes\": {" + attributes + "}}}";
  }
}
