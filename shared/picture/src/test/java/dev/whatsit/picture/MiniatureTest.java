package dev.whatsit.picture;

import static dev.whatsit.picture.TestImages.BLUE;
import static dev.whatsit.picture.TestImages.GREEN;
import static dev.whatsit.picture.TestImages.RED;
import static dev.whatsit.picture.TestImages.WHITE;
import static dev.whatsit.picture.TestImages.describe;
import static dev.whatsit.picture.TestImages.jpeg;
import static dev.whatsit.picture.TestImages.quarters;
import static dev.whatsit.picture.TestImages.resource;
import static dev.whatsit.picture.TestImages.tiff;
import static dev.whatsit.picture.TestImages.waves;
import static dev.whatsit.picture.TestImages.withExif;
import static dev.whatsit.picture.TestImages.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.whatsit.domain.failure.PermanentFailure;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MiniatureTest {
  private static Miniature made(ImageFormat format, byte[] file, int largest) {
    return TestImages.decoder()
        .decodeWithin(file.clone(), describe(format, file, 10_000, 7_000), largest);
  }

  private static void assertAbout(Miniature picture, int x, int y, int color, int slack) {
    int pixel = picture.pixel(x, y);
    for (int shift = 0; shift <= 16; shift += 8) {
      assertThat(pixel >> shift & 0xff)
          .as(picture + " at " + x + ", " + y)
          .isCloseTo(color >> shift & 0xff, within(slack));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "640, 480, 256, 256, 192",
    "480, 640, 256, 192, 256",
    "200, 100, 256, 200, 100",
    "256, 10, 256, 256, 10",
    "1000, 1, 100, 100, 1",
    "3, 2000, 64, 1, 64",
    "1, 1, 16, 1, 1"
  })
  void decodeWithin_anySize_fitsInItsProportionsAndIsNeverEnlarged(
      int width, int height, int largest, int newWidth, int newHeight) {
    byte[] file = write("png", quarters(width, height, BufferedImage.TYPE_INT_RGB));

    Miniature picture = made(ImageFormat.PNG, file, largest);

    assertThat(picture.width()).isEqualTo(newWidth);
    assertThat(picture.height()).isEqualTo(newHeight);
    assertThat(picture.isOpaque()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"png, PNG", "gif, GIF", "bmp, BMP"})
  void decodeWithin_losslessFormat_showsThePicture(String writer, ImageFormat format) {
    Miniature picture =
        made(format, write(writer, quarters(320, 240, BufferedImage.TYPE_INT_RGB)), 64);

    assertAbout(picture, 10, 10, RED, 0);
    assertAbout(picture, 54, 10, GREEN, 0);
    assertAbout(picture, 10, 38, BLUE, 0);
    assertAbout(picture, 54, 38, WHITE, 0);
  }

  @ParameterizedTest
  @CsvSource({"1, RED, GREEN", "3, WHITE, BLUE", "6, BLUE, RED", "8, GREEN, WHITE"})
  void decodeWithin_turnedJpeg_isUpright(int orientation, String topLeft, String topRight) {
    byte[] file =
        withExif(
            jpeg(quarters(320, 240, BufferedImage.TYPE_INT_RGB), false),
            tiff(orientation, ByteOrder.BIG_ENDIAN));

    Miniature picture = made(ImageFormat.JPEG, file, 64);

    assertThat(picture.width() > picture.height()).isEqualTo(orientation < 5);
    assertAbout(picture, 4, 4, color(topLeft), 12);
    assertAbout(picture, picture.width() - 5, 4, color(topRight), 12);
  }

  private static int color(String name) {
    return switch (name) {
      case "RED" -> RED;
      case "GREEN" -> GREEN;
      case "BLUE" -> BLUE;
      default -> WHITE;
    };
  }

  @Test
  void within_anyPixels_keepsTheMeanOfThePicture() {
    Random random = new Random(7);
    int[] argb = random.ints(103 * 57).map(pixel -> pixel | 0xff000000).toArray();
    Miniature picture = new Miniature(103, 57, argb);

    Miniature small = picture.within(31);

    assertThat(small.width()).isEqualTo(31);
    for (int shift = 0; shift <= 16; shift += 8) {
      assertThat(mean(small, shift)).isCloseTo(mean(picture, shift), within(0.6));
    }
  }

  @Test
  void within_opaqueAndNearlyOpaque_areMadeByTheSameRule() {
    Random random = new Random(8);
    int[] argb = random.ints(97 * 61).map(pixel -> pixel | 0xff000000).toArray();
    int[] nearly = Arrays.stream(argb).map(pixel -> pixel & 0xfeffffff).toArray();

    Miniature one = new Miniature(97, 61, argb).within(40);
    Miniature other = new Miniature(97, 61, nearly).within(40);

    for (int y = 0; y < one.height(); y++) {
      for (int x = 0; x < one.width(); x++) {
        assertAbout(other, x, y, one.pixel(x, y), 1);
      }
    }
  }

  private static double mean(Miniature picture, int shift) {
    double sum = 0;
    for (int y = 0; y < picture.height(); y++) {
      for (int x = 0; x < picture.width(); x++) {
        sum += picture.pixel(x, y) >> shift & 0xff;
      }
    }
    return sum / (picture.width() * picture.height());
  }

  @Test
  void decodeWithin_finestStripes_areGreyAndNotJagged() {
    BufferedImage stripes = new BufferedImage(1024, 1024, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < 1024; y++) {
      for (int x = 0; x < 1024; x++) {
        stripes.setRGB(x, y, (x + y) % 2 == 0 ? WHITE : 0);
      }
    }

    Miniature picture = made(ImageFormat.PNG, write("png", stripes), 100);

    for (int i = 0; i < 100; i++) {
      assertAbout(picture, i, 99 - i, 0x808080, 8);
    }
  }

  @Test
  void decodeWithin_transparentPng_keepsWhatShinesThroughAndHidesWhatIsHidden() {
    BufferedImage image = new BufferedImage(200, 200, BufferedImage.TYPE_INT_ARGB);
    for (int y = 0; y < 200; y++) {
      for (int x = 0; x < 200; x++) {
        // Green hides under what is fully transparent, and must not colour the edge.
        image.setRGB(x, y, x < 101 ? 0xffff0000 : 0x0000ff00);
      }
    }

    Miniature picture = made(ImageFormat.PNG, write("png", image), 50);

    assertThat(picture.isOpaque()).isFalse();
    assertThat(picture.pixel(10, 25)).isEqualTo(0xffff0000);
    assertThat(picture.pixel(40, 25) >>> 24).isZero();
    int edge = picture.pixel(25, 25);
    assertThat(edge >>> 24).isBetween(50, 80);
    assertThat(edge & 0xffffff).isEqualTo(RED);
  }

  @Test
  void decodeWithin_animatedWebp_isTheFirstFrame() {
    Miniature picture = made(ImageFormat.WEBP, resource("animated.webp"), 64);

    assertThat(picture.width()).isEqualTo(64);
  }

  @Test
  void decodeWithin_cutFile_isCorrupt() {
    byte[] file = TestImages.cut(jpeg(waves(320, 240), true), 50);

    assertThatThrownBy(() -> made(ImageFormat.JPEG, file, 64))
        .isInstanceOfSatisfying(
            PermanentFailure.class, e -> assertThat(e.code()).isEqualTo("CORRUPT_IMAGE"));
  }

  @ParameterizedTest
  @ValueSource(longs = {8, 16, 64})
  void decodeWithin_lessMemoryThanThePictureTakes_isThinnedAndStillGood(long budgetMebibytes) {
    byte[] file = jpeg(quarters(4000, 3000, BufferedImage.TYPE_INT_RGB), false);
    PictureDecoder decoder =
        new PictureDecoder(
            new DecodeBudget(budgetMebibytes << 20, Duration.ofSeconds(1)), Duration.ofMinutes(1));

    Miniature picture =
        decoder.decodeWithin(file.clone(), describe(ImageFormat.JPEG, file, 4000, 3000), 256);

    assertThat(picture.width()).isEqualTo(256);
    assertThat(picture.height()).isEqualTo(192);
    assertAbout(picture, 60, 40, RED, 12);
    assertAbout(picture, 200, 150, WHITE, 12);
  }

  @Test
  void decodeWithin_noRoomEvenWhenThinned_isTooComplex() {
    byte[] file = jpeg(waves(4000, 3000), true);
    ImageDescription image = describe(ImageFormat.JPEG, file, 4000, 3000);
    PictureDecoder decoder =
        new PictureDecoder(new DecodeBudget(2 << 20, Duration.ofSeconds(1)), Duration.ofMinutes(1));

    assertThatThrownBy(() -> decoder.decodeWithin(file.clone(), image, 256))
        .isInstanceOfSatisfying(
            PermanentFailure.class, e -> assertThat(e.code()).isEqualTo("IMAGE_TOO_COMPLEX"));
  }

  @Test
  void encode_opaque_isAJpegWithoutMetadataAndAlwaysTheSame() throws IOException {
    Miniature picture =
        made(
            ImageFormat.JPEG,
            withExif(jpeg(waves(320, 240), false), tiff(6, ByteOrder.LITTLE_ENDIAN)),
            128);

    MiniatureEncoder.Encoded encoded = MiniatureEncoder.encode(picture);
    byte[] bytes = encoded.bytes().stream().readAllBytes();

    assertThat(encoded.format()).isEqualTo(ImageFormat.JPEG);
    assertThat(new String(bytes, StandardCharsets.ISO_8859_1))
        .doesNotContain("Exif", "http:", "ICC_");
    assertThat(MiniatureEncoder.encode(picture).bytes().stream().readAllBytes()).isEqualTo(bytes);
    Miniature again = made(ImageFormat.JPEG, bytes, 2048);
    assertThat(again.width()).isEqualTo(96);
    assertThat(again.height()).isEqualTo(128);
  }

  @Test
  void encode_transparent_isAWebpThatKeepsIt() throws IOException {
    BufferedImage image = new BufferedImage(64, 64, BufferedImage.TYPE_INT_ARGB);
    var graphics = image.createGraphics();
    graphics.setColor(Color.RED);
    graphics.fillRect(0, 0, 32, 64);
    graphics.dispose();
    Miniature picture = made(ImageFormat.PNG, write("png", image), 64);

    MiniatureEncoder.Encoded encoded = MiniatureEncoder.encode(picture);
    byte[] bytes = encoded.bytes().stream().readAllBytes();

    assertThat(encoded.format()).isEqualTo(ImageFormat.WEBP);
    assertThat(MiniatureEncoder.encode(picture).bytes().stream().readAllBytes()).isEqualTo(bytes);
    Miniature again = made(ImageFormat.WEBP, bytes, 2048);
    assertThat(again.isOpaque()).isFalse();
    assertAbout(again, 10, 30, RED, 16);
    assertThat(again.pixel(10, 30) >>> 24).isEqualTo(255);
    assertThat(again.pixel(54, 30) >>> 24).isZero();
  }
}
