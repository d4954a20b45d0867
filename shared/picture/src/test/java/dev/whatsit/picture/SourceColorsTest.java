package dev.whatsit.picture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.domain.image.ImageBytes;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageStructure;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Test;

class SourceColorsTest {
  private static byte[] displayP3() throws IOException {
    ImageBytes file = ImageBytes.of(TestImages.resource("corpus/icc/quad_p3.jpg"));
    return ImageStructure.read(ImageFormat.JPEG, file).profile(file).orElseThrow();
  }

  @Test
  void toSrgb_displayP3_isMoreColourful() throws IOException {
    int[] pixels = {0x80ca362c, 0xffffffff, 0xff000000};

    SourceColors.of(displayP3(), 3).orElseThrow().toSrgb(pixels);

    // A red that sRGB can just show, half transparent.
    assertThat(pixels[0] >>> 24).isEqualTo(0x80);
    assertThat(pixels[0] >> 16 & 0xff).isBetween(216, 224);
    assertThat(pixels[0] >> 8 & 0xff).isBetween(20, 36);
    assertThat(pixels[0] & 0xff).isBetween(20, 36);
    assertThat(pixels[1]).isEqualTo(0xffffffff);
    assertThat(pixels[2]).isEqualTo(0xff000000);
  }

  @Test
  void of_profileForOtherChannels_isNothing() throws IOException {
    assertThat(SourceColors.of(displayP3(), 1)).isEmpty();
    assertThat(SourceColors.of(displayP3(), 4)).isEmpty();
    assertThat(SourceColors.of(new byte[0], 3)).isEmpty();
    assertThat(SourceColors.of(new byte[200], 3)).isEmpty();
  }

  @Test
  void decode_pngWithAProfile_showsItsColours() throws IOException {
    byte[] plain = TestImages.write("png", TestImages.quarters(16, 16, BufferedImage.TYPE_INT_RGB));
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.writeBytes("P3\0\0".getBytes(StandardCharsets.US_ASCII));
    try (DeflaterOutputStream deflater = new DeflaterOutputStream(body)) {
      deflater.write(displayP3());
    }
    int header = 8 + 25;
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    png.write(plain, 0, header);
    png.writeBytes(TestImages.chunk("iCCP", body.toByteArray()));
    png.write(plain, header, plain.length - header);

    Picture picture = TestImages.decode(ImageFormat.PNG, png.toByteArray(), 16, 16);

    // The green of Display P3 lies outside of sRGB: no blue and no red is left, but the blue is the
    // same in both.
    assertThat(picture.pixel(15) & 0xffffff).isEqualTo(0x00ff00);
    assertThat(picture.pixel(15 * 16) & 0xff).isGreaterThan(250);
    assertThat(TestImages.isAbout(picture, 1, 14, TestImages.BLUE, 8)).isTrue();
  }

  @Test
  void of_tableOfAHugeGrid_isNotAllocated() throws IOException {
    byte[] profile = displayP3();
    ByteBuffer bytes = ByteBuffer.wrap(profile);
    // The first tag becomes a table of 255 points on each side, which are not there.
    bytes.position(132).put("A2B0".getBytes(StandardCharsets.US_ASCII));
    int from = bytes.getInt(136);
    bytes.putInt(140, 60);
    bytes.position(from).put("mft2\0\0\0\0".getBytes(StandardCharsets.US_ASCII));
    bytes.put(from + 8, (byte) 3).put(from + 9, (byte) 3).put(from + 10, (byte) 255);
    int[] pixels = {0xff102030};

    // What is left of the profile may still do.
    SourceColors.of(profile, 3).ifPresent(colors -> colors.toSrgb(pixels));

    assertThat(pixels[0] >>> 24).isEqualTo(0xff);
  }

  @Test
  void of_mutatedProfiles_workOrAreNothing() throws IOException {
    byte[] good = displayP3();
    Random random = new Random(20261201);
    int used = 0;
    for (int i = 0; i < 500; i++) {
      byte[] profile = good.clone();
      for (int hit = random.nextInt(6); hit >= 0; hit--) {
        profile[random.nextInt(profile.length)] = (byte) random.nextInt(256);
      }
      if (random.nextInt(5) == 0) {
        profile = Arrays.copyOf(profile, random.nextInt(profile.length));
      }
      Optional<SourceColors> colors = SourceColors.of(profile, 3);
      int[] pixels = {0x01020304, 0xff808080};
      colors.ifPresent(found -> found.toSrgb(pixels));
      used += colors.isPresent() ? 1 : 0;
      assertThat(pixels[0] >>> 24).isEqualTo(1);
    }
    assertThat(used).isBetween(1, 499);
  }
}
