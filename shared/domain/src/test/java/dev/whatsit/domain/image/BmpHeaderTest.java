package dev.whatsit.domain.image;

import static dev.whatsit.domain.image.Samples.bmp;
import static dev.whatsit.domain.image.Samples.cut;
import static dev.whatsit.domain.image.Samples.hex;
import static dev.whatsit.domain.image.Samples.latin1;
import static dev.whatsit.domain.image.Samples.patched;
import static dev.whatsit.domain.image.Verdicts.assertAccepted;
import static dev.whatsit.domain.image.Verdicts.assertCorrupt;
import static dev.whatsit.domain.image.Verdicts.assertTooManyPixels;
import static dev.whatsit.domain.image.Verdicts.assertUnsupported;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BmpHeaderTest {
  @ParameterizedTest
  @ValueSource(ints = {12, 40, 52, 56, 64, 108, 124})
  void inspect_everyKnownHeader_accepted(int header) {
    assertAccepted(bmp(header, 640, 480, 1, 24, 0), ImageFormat.BMP, 640, 480);
  }

  @Test
  void inspect_rowsFromTheTop_reportsThePositiveHeight() {
    assertAccepted(bmp(640, -480), ImageFormat.BMP, 640, 480);
  }

  @ParameterizedTest
  @CsvSource({"1,0", "4,0", "8,0", "16,0", "24,0", "32,0", "8,1", "4,2", "16,3", "32,3"})
  void inspect_bitsThatFitTheCompression_accepted(int bits, int compression) {
    assertAccepted(bmp(40, 3, 5, 1, bits, compression), ImageFormat.BMP, 3, 5);
  }

  @ParameterizedTest
  @CsvSource({"0,0", "2,0", "3,0", "64,0", "4,1", "8,2", "24,3", "24,7", "24,-1", "8,65536"})
  void inspect_bitsThatDoNotFitTheCompression_corrupt(int bits, int compression) {
    assertCorrupt(bmp(40, 3, 5, 1, bits, compression), "compression " + compression);
  }

  @ParameterizedTest
  @CsvSource({"40,4,JPEG", "124,5,PNG", "64,3,OS/2", "64,4,OS/2"})
  void inspect_anotherFormatInside_unsupportedAndNamed(int header, int compression, String name) {
    assertUnsupported(
        bmp(header, 3, 5, 1, 0, compression), "a BMP with " + name + " compression inside");
  }

  @Test
  void inspect_masksOfWindowsCe_unsupportedAndNamed() {
    assertUnsupported(bmp(40, 3, 5, 1, 32, 6), "a BMP of Windows CE, with a mask for alpha");
  }

  @Test
  void inspect_hugeClaim_isTooManyPixels() {
    assertTooManyPixels(bmp(100_000, -100_000), "100000 × 100000 = 10000000000");
  }

  @Test
  void inspect_hugeClaimInACoreHeader_isTooManyPixels() {
    assertTooManyPixels(bmp(12, 65535, 65535, 1, 24, 0), "65535 × 65535");
  }

  @ParameterizedTest
  @CsvSource({"0,5", "-3,5", "3,0", "3,-2147483648"})
  void inspect_sideOutOfRange_corrupt(int width, int height) {
    assertCorrupt(bmp(width, height), "size is " + width + " × " + height);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2, 65535})
  void inspect_planesOtherThanOne_corrupt(int planes) {
    assertCorrupt(bmp(40, 3, 5, planes, 24, 0), planes + " colour planes");
  }

  @Test
  void inspect_unknownHeaderLength_corrupt() {
    assertCorrupt(patched(bmp(3, 5), 14, hex("29000000")), "bitmap header has 41 bytes");
  }

  @Test
  void inspect_pixelsBeyondTheEnd_corrupt() {
    assertCorrupt(patched(bmp(3, 5), 10, hex("ffffffff")), "byte 4294967295 of 58");
  }

  @ParameterizedTest
  @CsvSource({
    "4,file header",
    "17,file header",
    "18,bitmap header",
    "25,bitmap header",
    "26,bitmap header",
    "53,bitmap header"
  })
  void inspect_cut_corruptAndNamesThePart(int length, String part) {
    assertCorrupt(cut(bmp(3, 5), length), "cut short in its " + part);
  }

  @ParameterizedTest
  @ValueSource(strings = {"BM", "BMW is a car maker from Munich.", "BM\r\n\tcaf\u00e9 au lait"})
  void inspect_textThatBeginsWithBm_isNamedText(String text) {
    assertUnsupported(latin1(text), "plain text");
  }
}
