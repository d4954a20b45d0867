package dev.whatsit.domain.image;

import static dev.whatsit.domain.image.Samples.cut;
import static dev.whatsit.domain.image.Samples.gif;
import static dev.whatsit.domain.image.Samples.gifFrame;
import static dev.whatsit.domain.image.Samples.gifScreen;
import static dev.whatsit.domain.image.Samples.hex;
import static dev.whatsit.domain.image.Samples.join;
import static dev.whatsit.domain.image.Samples.patched;
import static dev.whatsit.domain.image.Verdicts.assertAccepted;
import static dev.whatsit.domain.image.Verdicts.assertCorrupt;
import static dev.whatsit.domain.image.Verdicts.assertTooManyPixels;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GifHeaderTest {
  @Test
  void inspect_screenAndFrame_reportsTheScreen() {
    assertAccepted(gif(640, 480, 10, 20), ImageFormat.GIF, 640, 480);
  }

  @Test
  void inspect_version87a_accepted() {
    assertAccepted(patched(gif(3, 5, 3, 5), 4, hex("37")), ImageFormat.GIF, 3, 5);
  }

  @ParameterizedTest
  @CsvSource({"0,0", "0,480", "640,0"})
  void inspect_emptyScreen_reportsTheFrame(int width, int height) {
    assertAccepted(gif(width, height, 3, 5), ImageFormat.GIF, 3, 5);
  }

  @Test
  void inspect_screenSmallerThanTheFrame_reportsTheFrame() {
    assertAccepted(gif(3, 4, 3, 5), ImageFormat.GIF, 3, 5);
  }

  @Test
  void inspect_35BytesThatClaim65535Squared_isTooManyPixels() {
    byte[] bytes = gif(65535, 65535, 1, 1);

    assertThat(bytes).hasSize(35);
    assertTooManyPixels(bytes, "65535 × 65535 = 4294836225");
  }

  @Test
  void inspect_screenClaimsTooMuchAndTheFrameIsMissing_isTooManyPixels() {
    assertTooManyPixels(cut(gif(65535, 65535, 1, 1), 10), "65535 × 65535");
  }

  @Test
  void inspect_smallScreenWithAHugeFrame_isTooManyPixels() {
    assertTooManyPixels(gif(1, 1, 65535, 65535), "65535 × 65535");
  }

  @Test
  void inspect_emptyScreenWithAHugeFrame_isTooManyPixels() {
    assertTooManyPixels(gif(0, 65535, 65535, 65535), "65535 × 65535");
  }

  @Test
  void inspect_colourTableOf256_skipped() {
    byte[] screen = patched(gifScreen(3, 5), 10, hex("87"));

    assertAccepted(join(screen, new byte[768], gifFrame(3, 5)), ImageFormat.GIF, 3, 5);
  }

  @Test
  void inspect_extensionsWithSubBlocks_skipped() {
    byte[] extensions = join(hex("21fe 02 2c2c 01 2c 00"), hex("21ff 00"));

    assertAccepted(join(gifScreen(3, 5), extensions, gifFrame(3, 5)), ImageFormat.GIF, 3, 5);
  }

  @Test
  void inspect_emptyFrame_corrupt() {
    assertCorrupt(gif(640, 480, 0, 5), "first frame is 0 × 5");
  }

  @Test
  void inspect_trailerBeforeAnyFrame_corrupt() {
    assertCorrupt(join(gifScreen(3, 5), hex("3b")), "before any frame");
  }

  @Test
  void inspect_unknownBlock_corrupt() {
    assertCorrupt(join(gifScreen(3, 5), hex("00"), gifFrame(3, 5)), "a block begins with 0");
  }

  @Test
  void inspect_unknownVersion_corrupt() {
    assertCorrupt(patched(gif(3, 5, 3, 5), 4, hex("38")), "version");
  }

  @ParameterizedTest
  @CsvSource({
    "4,signature", "5,signature", "6,logical screen", "10,logical screen", "12,logical screen",
    "13,blocks", "17,blocks", "21,blocks", "22,first image", "30,first image"
  })
  void inspect_cut_corruptAndNamesThePart(int length, String part) {
    assertCorrupt(cut(gif(640, 480, 640, 480), length), "cut short in its " + part);
  }

  @Test
  void inspect_20MebibytesOfEmptyExtensions_givesUpAfterItsBound() {
    byte[] bytes = new byte[ImageLimits.DEFAULT_BYTES];
    System.arraycopy(gifScreen(3, 5), 0, bytes, 0, 13);
    byte[] empty = hex("21fe00");
    for (int at = 13; at + empty.length <= bytes.length; at += empty.length) {
      System.arraycopy(empty, 0, bytes, at, empty.length);
    }

    assertCorrupt(bytes, "among the first " + GifHeader.MAX_BLOCKS);
  }

  @Test
  void inspect_20MebibytesOfOneByteSubBlocks_givesUpAfterItsBound() {
    byte[] bytes = new byte[ImageLimits.DEFAULT_BYTES];
    Arrays.fill(bytes, (byte) 1);
    System.arraycopy(join(gifScreen(3, 5), hex("21fe")), 0, bytes, 0, 15);

    assertCorrupt(bytes, "among the first " + GifHeader.MAX_BLOCKS);
  }
}
