package dev.whatsit.domain.image;

import static dev.whatsit.domain.image.Samples.anmf;
import static dev.whatsit.domain.image.Samples.cut;
import static dev.whatsit.domain.image.Samples.hex;
import static dev.whatsit.domain.image.Samples.join;
import static dev.whatsit.domain.image.Samples.patched;
import static dev.whatsit.domain.image.Samples.vp8;
import static dev.whatsit.domain.image.Samples.vp8l;
import static dev.whatsit.domain.image.Samples.vp8x;
import static dev.whatsit.domain.image.Samples.webp;
import static dev.whatsit.domain.image.Samples.webpChunk;
import static dev.whatsit.domain.image.Verdicts.assertAccepted;
import static dev.whatsit.domain.image.Verdicts.assertCorrupt;
import static dev.whatsit.domain.image.Verdicts.assertTooManyPixels;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WebpHeaderTest {
  @Test
  void inspect_lossy_accepted() {
    assertAccepted(webp(vp8(640, 480)), ImageFormat.WEBP, 640, 480);
  }

  @Test
  void inspect_lossyWithScaling_scalingIsNotPartOfTheSide() {
    assertAccepted(webp(vp8(0x4000 | 640, 0xc000 | 480)), ImageFormat.WEBP, 640, 480);
  }

  @ParameterizedTest
  @CsvSource({"1,1", "640,480", "16384,1", "1,16384", "5,4097"})
  void inspect_lossless_accepted(int width, int height) {
    assertAccepted(webp(vp8l(width, height)), ImageFormat.WEBP, width, height);
  }

  @Test
  void inspect_extended_reportsTheCanvas() {
    byte[] bytes = webp(vp8x(640, 480), webpChunk("ICCP", new byte[7]), vp8(64, 48));

    assertAccepted(bytes, ImageFormat.WEBP, 640, 480);
  }

  @Test
  void inspect_animation_reportsTheCanvas() {
    byte[] bytes = webp(vp8x(640, 480), webpChunk("ANIM", new byte[6]), anmf(64, 48, vp8l(64, 48)));

    assertAccepted(bytes, ImageFormat.WEBP, 640, 480);
  }

  @Test
  void inspect_animationFrameWithAlpha_findsTheBitstreamBehindIt() {
    byte[] inner = join(webpChunk("ALPH", new byte[3]), vp8(64, 48));

    assertAccepted(webp(vp8x(640, 480), anmf(64, 48, inner)), ImageFormat.WEBP, 640, 480);
  }

  @Test
  void inspect_lossyClaim_isTooManyPixels() {
    assertTooManyPixels(webp(vp8(16383, 16383)), "16383 × 16383 = 268402689");
  }

  @Test
  void inspect_losslessClaim_isTooManyPixels() {
    assertTooManyPixels(webp(vp8l(16384, 16384)), "16384 × 16384 = 268435456");
  }

  @Test
  void inspect_canvasClaim_isTooManyPixelsThoughTheFrameIsSmall() {
    assertTooManyPixels(
        webp(vp8x(16777216, 16777216), vp8(1, 1)), "16777216 × 16777216 = 281474976710656");
  }

  @Test
  void inspect_canvasClaimAndNothingBehind_isTooManyPixels() {
    assertTooManyPixels(cut(webp(vp8x(65536, 65536), vp8(1, 1)), 30), "65536 × 65536");
  }

  @Test
  void inspect_smallCanvasWithAHugeFrame_isTooManyPixels() {
    assertTooManyPixels(webp(vp8x(1, 1), vp8l(16384, 16384)), "16384 × 16384");
  }

  @Test
  void inspect_smallCanvasWithAHugeAnimationFrame_isTooManyPixels() {
    assertTooManyPixels(webp(vp8x(1, 1), anmf(65536, 65536, vp8(1, 1))), "65536 × 65536");
  }

  @Test
  void inspect_smallAnimationFrameWithAHugeBitstream_isTooManyPixels() {
    assertTooManyPixels(webp(vp8x(1, 1), anmf(1, 1, vp8l(16384, 16384))), "16384 × 16384");
  }

  @ParameterizedTest
  @CsvSource({"0,480", "640,0"})
  void inspect_emptyLossyFrame_corrupt(int width, int height) {
    assertCorrupt(webp(vp8(width, height)), "frame is " + width + " × " + height);
  }

  @Test
  void inspect_lossyFrameThatIsNoKeyFrame_corrupt() {
    assertCorrupt(patched(webp(vp8(3, 5)), 20, hex("31")), "key frame");
  }

  @Test
  void inspect_lossyFrameWithoutItsStartCode_corrupt() {
    assertCorrupt(patched(webp(vp8(3, 5)), 23, hex("9d012b")), "key frame");
  }

  @Test
  void inspect_losslessFrameWithoutItsSignature_corrupt() {
    assertCorrupt(patched(webp(vp8l(3, 5)), 20, hex("2e")), "signature or version");
  }

  @Test
  void inspect_losslessFrameOfAnUnknownVersion_corrupt() {
    assertCorrupt(patched(webp(vp8l(3, 5)), 24, hex("20")), "signature or version");
  }

  @Test
  void inspect_unknownFirstChunk_corrupt() {
    assertCorrupt(webp(webpChunk("ICCP", new byte[8]), vp8(3, 5)), "first chunk");
  }

  @Test
  void inspect_canvasChunkOfAnotherLength_corrupt() {
    assertCorrupt(patched(webp(vp8x(3, 5), vp8(3, 5)), 16, hex("0b000000")), "11 bytes");
  }

  @Test
  void inspect_canvasWithoutAnyFrame_corrupt() {
    assertCorrupt(webp(vp8x(640, 480), webpChunk("EXIF", new byte[9])), "before any frame");
  }

  @ParameterizedTest
  @ValueSource(strings = {"00000000", "0b000000"})
  void inspect_riffLengthWithoutRoomForAChunk_corrupt(String length) {
    assertCorrupt(patched(webp(vp8(3, 5)), 4, hex(length)), "tells a length of");
  }

  @ParameterizedTest
  @ValueSource(strings = {"17000000", "ffffffff"})
  void inspect_riffLengthBeyondTheBytes_corrupt(String length) {
    assertCorrupt(patched(webp(vp8(3, 5)), 4, hex(length)), "cut short in its data");
  }

  @Test
  void inspect_bytesBehindTheRiff_accepted() {
    assertAccepted(join(webp(vp8(3, 5)), new byte[5]), ImageFormat.WEBP, 3, 5);
  }

  @Test
  void inspect_chunkLengthOf4Gibibytes_corrupt() {
    byte[] lying = patched(webpChunk("ICCP", new byte[8]), 4, hex("ffffffff"));

    assertCorrupt(webp(vp8x(3, 5), lying, vp8(3, 5)), "before any frame");
  }

  @ParameterizedTest
  @CsvSource({"12,first chunk", "19,first chunk", "20,VP8 frame", "29,VP8 frame"})
  void inspect_cutLossy_corruptAndNamesThePart(int length, String part) {
    assertCorrupt(cut(webp(vp8(3, 5)), length), "cut short in its " + part);
  }

  @ParameterizedTest
  @CsvSource({
    "20,VP8X",
    "29,VP8X",
    "30,chunks",
    "38,first animation",
    "53,first animation",
    "54,chunks",
    "62,VP8L",
    "66,VP8L",
    "67,data"
  })
  void inspect_cutAnimation_corruptAndNamesThePart(int length, String part) {
    byte[] bytes = webp(vp8x(640, 480), anmf(64, 48, vp8l(64, 48)));

    assertCorrupt(cut(bytes, length), "cut short in its " + part);
  }

  @Test
  void inspect_millionsOfEmptyChunks_givesUpAfterItsBound() {
    byte[][] chunks = new byte[2_000_000][];
    Arrays.fill(chunks, webpChunk("ABCD", new byte[0]));
    chunks[0] = vp8x(3, 5);

    assertCorrupt(webp(chunks), "among the first " + WebpHeader.MAX_CHUNKS);
  }
}
