package dev.whatsit.domain.image;

import static dev.whatsit.domain.image.Samples.cut;
import static dev.whatsit.domain.image.Samples.frame;
import static dev.whatsit.domain.image.Samples.hex;
import static dev.whatsit.domain.image.Samples.jfif;
import static dev.whatsit.domain.image.Samples.join;
import static dev.whatsit.domain.image.Samples.jpeg;
import static dev.whatsit.domain.image.Samples.latin1;
import static dev.whatsit.domain.image.Samples.patched;
import static dev.whatsit.domain.image.Samples.segment;
import static dev.whatsit.domain.image.Verdicts.assertAccepted;
import static dev.whatsit.domain.image.Verdicts.assertCorrupt;
import static dev.whatsit.domain.image.Verdicts.assertTooManyPixels;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JpegHeaderTest {
  private static final byte[] SOI = hex("ffd8");

  @Test
  void inspect_baselineFrame_accepted() {
    assertAccepted(jpeg(640, 480), ImageFormat.JPEG, 640, 480);
  }

  @ParameterizedTest
  @ValueSource(
      ints = {0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf})
  void inspect_everyKindOfFrame_accepted(int marker) {
    assertAccepted(join(SOI, frame(marker, 8, 17, 31, 3)), ImageFormat.JPEG, 17, 31);
  }

  @ParameterizedTest
  @ValueSource(ints = {0xc4, 0xc8, 0xcc})
  void inspect_tablesWithNumbersAmongTheFrames_skipped(int marker) {
    byte[] bytes = join(SOI, frame(marker, 8, 1, 1, 1), frame(0xc0, 8, 17, 31, 1));

    assertAccepted(bytes, ImageFormat.JPEG, 17, 31);
  }

  @Test
  void inspect_hostileExif_skippedUnread() {
    // A directory of 65535 entries that points at itself, and a thumbnail with a frame of its own.
    byte[] exif =
        join(latin1("Exif\0\0II*\0"), hex("08000000 ffff 08000000"), frame(0xc0, 8, 9, 9, 1));

    assertAccepted(
        join(SOI, segment(0xe1, exif), frame(0xc0, 8, 17, 31, 3)), ImageFormat.JPEG, 17, 31);
  }

  @Test
  void inspect_fillBytesBeforeMarkers_skipped() {
    byte[] bytes = join(SOI, hex("ffffff"), jfif(), hex("ff"), frame(0xc0, 8, 17, 31, 3));

    assertAccepted(bytes, ImageFormat.JPEG, 17, 31);
  }

  @Test
  void inspect_restartAndTemMarkersBeforeFrame_skipped() {
    assertAccepted(
        join(SOI, hex("ffd0 ffd7 ff01"), frame(0xc0, 8, 17, 31, 3)), ImageFormat.JPEG, 17, 31);
  }

  @Test
  void inspect_largestFrameClaim_isTooManyPixels() {
    assertTooManyPixels(jpeg(65535, 65535), "65535 × 65535 = 4294836225");
  }

  @Test
  void inspect_cutAfterALargeClaim_isTooManyPixels() {
    assertTooManyPixels(
        cut(join(SOI, frame(0xc0, 8, 65535, 65535, 3)), 12), "65535 × 65535 = 4294836225");
  }

  @Test
  void inspect_heightLeftToDnl_corrupt() {
    assertCorrupt(jpeg(640, 0), "DNL");
  }

  @Test
  void inspect_width0_corrupt() {
    assertCorrupt(jpeg(0, 480), "width is 0");
  }

  @ParameterizedTest
  @CsvSource({"0xc0,7", "0xc0,0", "0xc2,16", "0xc3,1", "0xc3,17"})
  void inspect_senselessPrecision_corrupt(int marker, int precision) {
    assertCorrupt(join(SOI, frame(marker, precision, 17, 31, 3)), "precision is " + precision);
  }

  @ParameterizedTest
  @CsvSource({"0xc1,12", "0xc3,2", "0xc3,16"})
  void inspect_unusualPrecision_accepted(int marker, int precision) {
    assertAccepted(join(SOI, frame(marker, precision, 17, 31, 3)), ImageFormat.JPEG, 17, 31);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 5, 255})
  void inspect_senselessComponents_corrupt(int components) {
    assertCorrupt(join(SOI, frame(0xc0, 8, 17, 31, components)), components + " components");
  }

  @Test
  void inspect_frameLengthThatDoesNotFitItsComponents_corrupt() {
    byte[] bytes = join(SOI, frame(0xc0, 8, 17, 31, 3));

    assertCorrupt(patched(bytes, 4, hex("0012")), "length is 18");
  }

  @ParameterizedTest
  @ValueSource(strings = {"01", "10", "51", "15"})
  void inspect_senselessSampling_corrupt(String sampling) {
    byte[] bytes = join(SOI, frame(0xc0, 8, 17, 31, 1));

    assertCorrupt(patched(bytes, 13, hex(sampling)), "sampled");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ffda", "ffd9"})
  void inspect_scanOrEndBeforeFrame_corrupt(String marker) {
    assertCorrupt(join(SOI, jfif(), hex(marker), frame(0xc0, 8, 1, 1, 1)), "no frame header");
  }

  @Test
  void inspect_startAmongTheSegments_corrupt() {
    assertCorrupt(join(SOI, jfif(), hex("ffd8"), frame(0xc0, 8, 1, 1, 1)), "stands among");
  }

  @Test
  void inspect_segmentLengthBelow2_corrupt() {
    assertCorrupt(join(SOI, hex("ffe0 0001"), frame(0xc0, 8, 1, 1, 1)), "length is 1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"00", "00e1 0102", "ff00", "000102030405060708090a0b0c0d0e0f1011"})
  void inspect_strayBytesBetweenSegments_passedOver(String stray) {
    byte[] bytes = join(SOI, jfif(), hex(stray), frame(0xc0, 8, 17, 31, 3));

    assertAccepted(bytes, ImageFormat.JPEG, 17, 31);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ffd8", "ffd8ff", "ffd8ffff", "ffd8ffe0", "ffd8ffe000", "ffd8ffe0ffff"})
  void inspect_cutBeforeFrame_corrupt(String bytes) {
    assertCorrupt(hex(bytes), "cut short in its segments");
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 8, 11, 20})
  void inspect_cutInFrame_corrupt(int length) {
    assertCorrupt(cut(join(SOI, frame(0xc0, 8, 17, 31, 3)), length), "cut short in its frame");
  }

  @Test
  void inspect_20MebibytesOfTinySegments_givesUpAfterItsBound() {
    byte[] bytes = new byte[ImageLimits.DEFAULT_BYTES];
    bytes[0] = (byte) 0xff;
    bytes[1] = (byte) 0xd8;
    byte[] tiny = segment(0xfe, new byte[2]);
    for (int at = 2; at + tiny.length <= bytes.length; at += tiny.length) {
      System.arraycopy(tiny, 0, bytes, at, tiny.length);
    }

    assertCorrupt(bytes, "among the first " + JpegHeader.MAX_SEGMENTS);
  }

  @Test
  void inspect_20MebibytesOfFill_givesUpAfterItsBound() {
    byte[] bytes = new byte[ImageLimits.DEFAULT_BYTES];
    Arrays.fill(bytes, (byte) 0xff);
    bytes[1] = (byte) 0xd8;

    assertCorrupt(bytes, "more than " + JpegHeader.MAX_STRAY + " bytes outside");
  }

  @Test
  void inspect_frameBehindAsMuchMetadataAsFits_accepted() {
    byte[][] parts = new byte[402][];
    Arrays.fill(parts, segment(0xe2, new byte[65_533]));
    parts[0] = SOI;
    parts[401] = frame(0xc0, 8, 17, 31, 3);

    assertAccepted(join(parts), ImageFormat.JPEG, 17, 31);
  }
}
