package dev.whatsit.picture;

import static dev.whatsit.picture.TestImages.BLUE;
import static dev.whatsit.picture.TestImages.GREEN;
import static dev.whatsit.picture.TestImages.RED;
import static dev.whatsit.picture.TestImages.WHITE;
import static dev.whatsit.picture.TestImages.adobe;
import static dev.whatsit.picture.TestImages.chunk;
import static dev.whatsit.picture.TestImages.decode;
import static dev.whatsit.picture.TestImages.difference;
import static dev.whatsit.picture.TestImages.header;
import static dev.whatsit.picture.TestImages.isAbout;
import static dev.whatsit.picture.TestImages.jpeg;
import static dev.whatsit.picture.TestImages.png;
import static dev.whatsit.picture.TestImages.quarters;
import static dev.whatsit.picture.TestImages.resource;
import static dev.whatsit.picture.TestImages.tiff;
import static dev.whatsit.picture.TestImages.waves;
import static dev.whatsit.picture.TestImages.withExif;
import static dev.whatsit.picture.TestImages.withSegment;
import static dev.whatsit.picture.TestImages.write;
import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.domain.image.ImageFormat;
import java.awt.image.BufferedImage;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Good images of every kind. */
class PictureDecoderTest {
  private static void assertQuarters(Picture picture, int slack) {
    assertCorners(picture, RED, GREEN, BLUE, WHITE, slack);
  }

  private static void assertCorners(
      Picture picture, int topLeft, int topRight, int bottomLeft, int bottomRight, int slack) {
    int right = picture.width() - 2;
    int bottom = picture.height() - 2;
    assertThat(isAbout(picture, 1, 1, topLeft, slack)).as("top left").isTrue();
    assertThat(isAbout(picture, right, 1, topRight, slack)).as("top right").isTrue();
    assertThat(isAbout(picture, 1, bottom, bottomLeft, slack)).as("bottom left").isTrue();
    assertThat(isAbout(picture, right, bottom, bottomRight, slack)).as("bottom right").isTrue();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void decode_jpeg_showsThePicture(boolean progressive) {
    byte[] file = jpeg(quarters(64, 48, BufferedImage.TYPE_INT_RGB), progressive);
    assertQuarters(decode(ImageFormat.JPEG, file, 64, 48), 12);
  }

  @ParameterizedTest
  @CsvSource({"png, PNG", "gif, GIF", "bmp, BMP"})
  void decode_losslessFormat_showsThePictureExactly(String writer, ImageFormat format) {
    byte[] file = write(writer, quarters(64, 48, BufferedImage.TYPE_INT_RGB));
    assertQuarters(decode(format, file, 64, 48), 0);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 64, 128, 192, 255})
  void decode_greyInAnyFormat_keepsItsLightness(int level) {
    BufferedImage grey = new BufferedImage(16, 16, BufferedImage.TYPE_BYTE_GRAY);
    for (int y = 0; y < 16; y++) {
      for (int x = 0; x < 16; x++) {
        grey.getRaster().setSample(x, y, 0, level);
      }
    }
    int color = level * 0x010101;
    assertThat(isAbout(decode(ImageFormat.PNG, write("png", grey), 16, 16), 8, 8, color, 0))
        .isTrue();
    assertThat(isAbout(decode(ImageFormat.JPEG, jpeg(grey, false), 16, 16), 8, 8, color, 2))
        .isTrue();
    assertThat(isAbout(decode(ImageFormat.BMP, write("bmp", grey), 16, 16), 8, 8, color, 0))
        .isTrue();
  }

  @Test
  void decode_cmykJpegAsAdobeWritesIt_isInverted() {
    // Adobe stores 255 minus the ink: no cyan, all magenta and yellow, no black is red.
    Picture picture = decode(ImageFormat.JPEG, adobe(0, 255, 0, 0, 255), 32, 32);
    assertThat(isAbout(picture, 16, 16, RED, 60)).as("%x", picture.pixel(16 * 33)).isTrue();
  }

  @Test
  void decode_ycckJpeg_isConverted() {
    // libjpeg's YCCK is YCbCr of 255 minus the stored value, which is itself 255 minus the ink:
    // Y, Cb, Cr of cyan stand for the inks of red.
    Picture picture = decode(ImageFormat.JPEG, adobe(2, 179, 171, 1, 255), 32, 32);
    assertThat(isAbout(picture, 16, 16, RED, 60)).as("%x", picture.pixel(16 * 33)).isTrue();
  }

  @Test
  void decode_rgbJpegWithAdobesMarker_isNotConverted() {
    byte[] file = resource("rgb.jpg");
    Picture expected = decode(ImageFormat.PNG, resource("picture.png"), 90, 60);
    assertThat(difference(decode(ImageFormat.JPEG, file, 90, 60), expected)).isLessThan(3);
  }

  @ParameterizedTest
  @CsvSource({
    "1, ff0000, 00ff00, 0000ff, ffffff",
    "2, 00ff00, ff0000, ffffff, 0000ff",
    "3, ffffff, 0000ff, 00ff00, ff0000",
    "4, 0000ff, ffffff, ff0000, 00ff00",
    "5, ff0000, 0000ff, 00ff00, ffffff",
    "6, 0000ff, ff0000, ffffff, 00ff00",
    "7, ffffff, 00ff00, 0000ff, ff0000",
    "8, 00ff00, ffffff, ff0000, 0000ff",
  })
  void decode_orientation_isApplied(
      int orientation, String topLeft, String topRight, String bottomLeft, String bottomRight) {
    byte[] plain = jpeg(quarters(64, 32, BufferedImage.TYPE_INT_RGB), false);
    for (ByteOrder order : List.of(ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN)) {
      byte[] file = withExif(plain, tiff(orientation, order));
      boolean turned = orientation > 4;
      Picture picture = decode(ImageFormat.JPEG, file, turned ? 32 : 64, turned ? 64 : 32);
      assertCorners(
          picture,
          Integer.parseInt(topLeft, 16),
          Integer.parseInt(topRight, 16),
          Integer.parseInt(bottomLeft, 16),
          Integer.parseInt(bottomRight, 16),
          12);
    }
  }

  @Test
  void decode_orientationInPng_isApplied() {
    byte[] plain = write("png", quarters(64, 32, BufferedImage.TYPE_INT_RGB));
    byte[] exif = chunk("eXIf", tiff(6, ByteOrder.BIG_ENDIAN));
    Picture picture = decode(ImageFormat.PNG, TestImages.insert(plain, 33, exif), 32, 64);
    assertCorners(picture, BLUE, RED, WHITE, GREEN, 0);
  }

  @Test
  void decode_orientationInWebp_isApplied() {
    Picture turned = decode(ImageFormat.WEBP, resource("turned.webp"), 60, 90);
    Picture plain = decode(ImageFormat.WEBP, resource("lossless.webp"), 90, 60);
    assertThat(turned.pixel(0)).isEqualTo(plain.pixel(59 * 90));
    assertThat(turned.pixel(59)).isEqualTo(plain.pixel(0));
  }

  @Test
  void decode_sixteenBitPng_isScaled() {
    byte[] rows = new byte[] {0, (byte) 0xff, (byte) 0xff, (byte) 0x80, 0, 0, 1};
    Picture picture = decode(ImageFormat.PNG, png(header(1, 1, 16, 2, false), rows), 1, 1);
    assertThat(isAbout(picture, 0, 0, 0xff8000, 1)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 8})
  void decode_palettePng_showsItsColours(int depth) {
    byte[] palette = {(byte) 255, 0, 0, 0, (byte) 255, 0};
    // One pixel of the second colour.
    byte[] rows = {0, (byte) (1 << (8 - depth))};
    byte[] file = png(header(1, 1, depth, 3, false), rows, chunk("PLTE", palette));
    assertThat(decode(ImageFormat.PNG, file, 1, 1).pixel(0) & WHITE).isEqualTo(GREEN);
  }

  @Test
  void decode_transparentPalette_isOverWhite() {
    byte[] palette = {(byte) 255, 0, 0, 0, (byte) 255, 0};
    byte[] file =
        png(
            header(1, 1, 8, 3, false),
            new byte[] {0, 1},
            chunk("PLTE", palette),
            chunk("tRNS", new byte[] {(byte) 255, 0}));
    assertThat(decode(ImageFormat.PNG, file, 1, 1).pixel(0) & WHITE).isEqualTo(WHITE);
  }

  @Test
  void decode_greyWithTransparency_isOverWhite() {
    byte[] file = png(header(2, 1, 8, 4, false), new byte[] {0, 0, 0, 100, (byte) 255});
    Picture picture = decode(ImageFormat.PNG, file, 2, 1);
    assertThat(picture.pixel(0) & WHITE).isEqualTo(WHITE);
    assertThat(picture.pixel(1) & WHITE).isEqualTo(0x646464);
  }

  @Test
  void decode_halfTransparentRed_isPink() {
    byte[] file = png(header(1, 1, 8, 6, false), new byte[] {0, (byte) 255, 0, 0, (byte) 128});
    assertThat(isAbout(decode(ImageFormat.PNG, file, 1, 1), 0, 0, 0xff7f7f, 1)).isTrue();
  }

  @Test
  void decode_colourKeyInPng_isTransparent() {
    byte[] key = {0, 10, 0, 20, 0, 30};
    byte[] file =
        png(header(2, 1, 8, 2, false), new byte[] {0, 10, 20, 30, 11, 20, 30}, chunk("tRNS", key));
    Picture picture = decode(ImageFormat.PNG, file, 2, 1);
    assertThat(picture.pixel(0) & WHITE).isEqualTo(WHITE);
    assertThat(picture.pixel(1) & WHITE).isEqualTo(0x0b141e);
  }

  @Test
  void decode_interlacedPng_isThatOfThePlainOne() {
    Picture plain = decode(ImageFormat.PNG, resource("picture.png"), 90, 60);
    Picture interlaced = decode(ImageFormat.PNG, resource("interlaced.png"), 90, 60);
    assertThat(difference(plain, interlaced)).isZero();
  }

  @Test
  void decode_animatedPng_showsTheDefaultImage() {
    byte[] plain = write("png", quarters(64, 48, BufferedImage.TYPE_INT_RGB));
    byte[] animated = TestImages.insert(plain, 33, chunk("acTL", new byte[8]));
    animated =
        TestImages.insert(
            animated, animated.length - 12, chunk("fdAT", new byte[] {0, 0, 0, 1, 42}));
    assertQuarters(decode(ImageFormat.PNG, animated, 64, 48), 0);
  }

  @Test
  void decode_gifFrameWithinItsScreen_isPlacedAndTheRestIsWhite() {
    byte[] gif = write("gif", quarters(16, 16, BufferedImage.TYPE_INT_RGB));
    // The screen becomes 32 × 32, the frame goes to its lower right.
    gif[6] = 32;
    gif[8] = 32;
    int descriptor = descriptor(gif);
    gif[descriptor + 1] = 16;
    gif[descriptor + 3] = 16;
    Picture picture = decode(ImageFormat.GIF, gif, 32, 32);
    assertCorners(picture, WHITE, WHITE, WHITE, WHITE, 0);
    assertThat(isAbout(picture, 17, 17, RED, 0)).isTrue();
    assertThat(isAbout(picture, 30, 17, GREEN, 0)).isTrue();
    assertThat(isAbout(picture, 17, 30, BLUE, 0)).isTrue();
  }

  /** The image descriptor's place: after the header, its colours, and the control extension. */
  static int descriptor(byte[] gif) {
    int at = 13 + ((gif[10] & 0x80) == 0 ? 0 : 3 << ((gif[10] & 7) + 1));
    while (gif[at] != 0x2c) {
      at += 2;
      while (gif[at] != 0) {
        at += 1 + (gif[at] & 0xff);
      }
      at++;
    }
    return at;
  }

  @Test
  void decode_gifFrameLargerThanItsScreen_isShownWhole() {
    byte[] gif = write("gif", quarters(16, 16, BufferedImage.TYPE_INT_RGB));
    gif[6] = 8;
    gif[8] = 8;
    assertQuarters(decode(ImageFormat.GIF, gif, 16, 16), 0);
  }

  @Test
  void decode_gifFrameReachingOverItsScreen_isClipped() {
    byte[] gif = write("gif", quarters(16, 16, BufferedImage.TYPE_INT_RGB));
    gif[descriptor(gif) + 1] = 8;
    gif[descriptor(gif) + 3] = 8;
    Picture picture = decode(ImageFormat.GIF, gif, 16, 16);
    assertCorners(picture, WHITE, WHITE, WHITE, RED, 0);
  }

  @Test
  void decode_animatedGif_showsTheFirstFrame() {
    byte[] first = write("gif", quarters(16, 16, BufferedImage.TYPE_INT_RGB));
    byte[] second = write("gif", new BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB));
    int at = descriptor(second);
    byte[] frame = Arrays.copyOfRange(second, at, second.length);
    byte[] both = TestImages.join(Arrays.copyOf(first, first.length - 1), frame);
    assertQuarters(decode(ImageFormat.GIF, both, 16, 16), 0);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"lossless", "lossless_fast", "palette2", "palette4", "palette16", "palette200"})
  void decode_losslessWebp_isExact(String name) {
    String expected = name.startsWith("palette") ? name : "picture";
    assertThat(
            difference(
                decode(ImageFormat.WEBP, resource(name + ".webp"), 90, 60),
                decode(ImageFormat.PNG, resource(expected + ".png"), 90, 60)))
        .isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"lossy", "lossy_fast", "lossy_large"})
  void decode_lossyWebp_isCloseToThePicture(String name) {
    assertThat(
            difference(
                decode(ImageFormat.WEBP, resource(name + ".webp"), 45, 30),
                decode(ImageFormat.PNG, resource("picture.png"), 45, 30)))
        .isLessThan(5);
  }

  @ParameterizedTest
  @ValueSource(strings = {"lossy", "lossy_fast", "transparent_lossy"})
  void decode_lossyWebp_isWhatTheReferenceDecoderMakes(String name) {
    assertThat(
            difference(
                decode(ImageFormat.WEBP, resource(name + ".webp"), 90, 60),
                decode(ImageFormat.PNG, resource(name + "_decoded.png"), 90, 60)))
        .isLessThan(0.5);
  }

  @ParameterizedTest
  @ValueSource(strings = {"lossy", "lossless", "transparent_lossy", "transparent_lossless"})
  void decode_webpThinnedAndCropped_isStillTheSame(String name) {
    for (Framing framing : List.of(Framing.squashed(15, 10), Framing.centreCropped(12, 15))) {
      String same = name.startsWith("transparent") ? "transparent" : "picture";
      assertThat(
              difference(
                  decode(ImageFormat.WEBP, resource(name + ".webp"), framing),
                  decode(ImageFormat.PNG, resource(same + ".png"), framing)))
          .isLessThan(5);
    }
  }

  @Test
  void decode_transparentWebp_isOverWhite() {
    Picture expected = decode(ImageFormat.PNG, resource("transparent.png"), 90, 60);
    assertThat(
            difference(
                decode(ImageFormat.WEBP, resource("transparent_lossless.webp"), 90, 60), expected))
        .isZero();
    assertThat(
            difference(
                decode(ImageFormat.WEBP, resource("transparent_lossy.webp"), 90, 60), expected))
        .isLessThan(3);
  }

  @Test
  void decode_animatedWebp_showsTheFirstFrame() {
    assertThat(
            difference(
                decode(ImageFormat.WEBP, resource("animated.webp"), 90, 60),
                decode(ImageFormat.PNG, resource("picture.png"), 90, 60)))
        .isZero();
  }

  @ParameterizedTest
  @EnumSource(
      value = ImageFormat.class,
      names = {"PNG", "GIF", "BMP", "JPEG"})
  void decode_largePicture_isThinnedAndStillTheSame(ImageFormat format) {
    BufferedImage large = quarters(3000, 2000, BufferedImage.TYPE_INT_RGB);
    byte[] file =
        format == ImageFormat.JPEG
            ? jpeg(large, false)
            : write(format.name().toLowerCase(Locale.ROOT), large);
    assertQuarters(decode(format, file, Framing.squashed(30, 20)), 12);
    assertQuarters(decode(format, file, Framing.centreCropped(20, 20)), 12);
  }

  @ParameterizedTest
  @ValueSource(strings = {"lossy.webp", "turned.webp", "transparent.png", "rgb.jpg", "runs.bmp"})
  void decode_severalPicturesAtOnce_areThoseOfOneEach(String name) {
    Framing[] framings = {
      Framing.squashed(31, 20), Framing.centreCropped(12, 15), Framing.centreCropped(100, 40)
    };
    byte[] file = resource(name);
    ImageFormat format =
        ImageFormat.valueOf(
            name.substring(name.indexOf('.') + 1).toUpperCase(Locale.ROOT).replace("JPG", "JPEG"));

    List<Picture> together =
        TestImages.decoder()
            .decode(file.clone(), TestImages.describe(format, file, 10_000, 7_000), framings);

    assertThat(together).hasSameSizeAs(framings);
    for (int i = 0; i < framings.length; i++) {
      // libwebp averages more on its way to the smallest alone.
      assertThat(difference(together.get(i), decode(format, file, framings[i])))
          .isLessThan(format == ImageFormat.WEBP ? 5 : 0.001);
    }
  }

  @Test
  void decode_severalPicturesOfWhatIsThinned_showTheSameParts() {
    byte[] file = write("png", quarters(3000, 2000, BufferedImage.TYPE_INT_RGB));
    PictureDecoder small =
        new PictureDecoder(new DecodeBudget(24 << 20, Duration.ZERO), Duration.ofMinutes(1));

    List<Picture> together =
        small.decode(
            file,
            TestImages.describe(ImageFormat.PNG, file, 3000, 2000),
            Framing.squashed(30, 20),
            Framing.centreCropped(20, 20));

    together.forEach(picture -> assertQuarters(picture, 12));
  }

  @Test
  void decode_otherFormatThanDescribed_isNotTried() {
    byte[] file = write("png", quarters(64, 48, BufferedImage.TYPE_INT_RGB));
    for (ImageFormat format : ImageFormat.values()) {
      if (format != ImageFormat.PNG) {
        HostileImageTest.assertCorrupt(format, file);
      }
    }
  }

  @Test
  void decode_brokenColourProfile_isIgnored() {
    byte[] content = new byte[200];
    System.arraycopy("ICC_PROFILE\0\1\1".getBytes(StandardCharsets.ISO_8859_1), 0, content, 0, 14);
    byte[] jpeg = jpeg(quarters(64, 48, BufferedImage.TYPE_INT_RGB), false);
    assertQuarters(decode(ImageFormat.JPEG, withSegment(jpeg, 0xe2, content), 64, 48), 12);
    byte[] png = write("png", quarters(64, 48, BufferedImage.TYPE_INT_RGB));
    byte[] withProfile = TestImages.insert(png, 33, chunk("iCCP", content));
    assertQuarters(decode(ImageFormat.PNG, withProfile, 64, 48), 0);
  }

  @Test
  void decode_jpegWithoutEndMarkerButWhole_isAccepted() {
    byte[] file = jpeg(quarters(64, 48, BufferedImage.TYPE_INT_RGB), false);
    byte[] cut = Arrays.copyOf(file, file.length - 2);
    assertQuarters(decode(ImageFormat.JPEG, cut, 64, 48), 12);
  }

  @Test
  void decode_bmpOfRuns_showsThePicture() {
    byte[] file = resource("runs.bmp");
    assertQuarters(decode(ImageFormat.BMP, file, 16, 16), 0);
  }

  @Test
  void decode_smallPicture_isEnlarged() {
    byte[] file = write("png", quarters(2, 2, BufferedImage.TYPE_INT_RGB));
    assertQuarters(decode(ImageFormat.PNG, file, Framing.squashed(300, 300)), 3);
  }

  @Test
  void decode_onePixelHigh_isSquashedOrCropped() {
    byte[] file = write("png", waves(5000, 1));
    assertThat(decode(ImageFormat.PNG, file, Framing.squashed(30, 30)).height()).isEqualTo(30);
    assertThat(decode(ImageFormat.PNG, file, Framing.centreCropped(30, 30)).width()).isEqualTo(30);
  }
}
