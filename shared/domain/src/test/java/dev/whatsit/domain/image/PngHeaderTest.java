package dev.whatsit.domain.image;

import static dev.whatsit.domain.image.Samples.cut;
import static dev.whatsit.domain.image.Samples.hex;
import static dev.whatsit.domain.image.Samples.join;
import static dev.whatsit.domain.image.Samples.patched;
import static dev.whatsit.domain.image.Samples.png;
import static dev.whatsit.domain.image.Samples.pngChunk;
import static dev.whatsit.domain.image.Verdicts.assertAccepted;
import static dev.whatsit.domain.image.Verdicts.assertCorrupt;
import static dev.whatsit.domain.image.Verdicts.assertTooManyPixels;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PngHeaderTest {
  /** Table 11.1 of the specification, colour type × 100 + bit depth. */
  private static final Set<Integer> ALLOWED =
      Set.of(1, 2, 4, 8, 16, 208, 216, 301, 302, 304, 308, 408, 416, 608, 616);

  @Test
  void inspect_goodHeader_accepted() {
    assertAccepted(png(640, 480), ImageFormat.PNG, 640, 480);
  }

  @Test
  void inspect_everyDepthAndColourType_acceptedExactlyWhenTheSpecificationHasIt() {
    for (int colour = 0; colour < 256; colour++) {
      for (int depth = 0; depth < 32; depth++) {
        byte[] bytes = png(3, 5, depth, colour);
        if (depth < 100 && ALLOWED.contains(colour * 100 + depth)) {
          assertAccepted(bytes, ImageFormat.PNG, 3, 5);
        } else {
          assertCorrupt(bytes, "colour type " + colour);
        }
      }
    }
  }

  @Test
  void inspect_claimOf100000Squared_isTooManyPixels() {
    assertTooManyPixels(png(100_000, 100_000), "100000 × 100000 = 10000000000");
  }

  @Test
  void inspect_largestClaimThereIs_isTooManyPixelsWithoutOverflow() {
    assertTooManyPixels(
        png(Integer.MAX_VALUE, Integer.MAX_VALUE), "2147483647 × 2147483647 = 4611686014132420609");
  }

  @Test
  void inspect_largeClaimWithoutMatchingChecksum_isTooManyPixels() {
    byte[] bytes = patched(png(640, 480), 16, hex("000186a0000186a0"));

    assertTooManyPixels(bytes, "100000 × 100000");
  }

  @ParameterizedTest
  @CsvSource({"0,480", "640,0", "0,0", "-1,480", "640,-2147483648"})
  void inspect_sideOutOfRange_corrupt(int width, int height) {
    assertCorrupt(png(width, height), "each must be 1 to 2147483647");
  }

  @Test
  void inspect_wrongChecksum_corrupt() {
    assertCorrupt(patched(png(640, 480), 16, hex("00000281")), "checksum");
  }

  @ParameterizedTest
  @ValueSource(ints = {26, 27, 28})
  void inspect_unknownMethod_corrupt(int offset) {
    assertCorrupt(patched(png(640, 480), offset, hex("02")), "method");
  }

  @Test
  void inspect_anotherChunkFirst_corrupt() {
    byte[] apple = join(hex("89504e470d0a1a0a"), pngChunk("CgBI", new byte[4]), png(3, 5));

    assertCorrupt(apple, "not an IHDR");
  }

  @Test
  void inspect_ihdrOfAnotherLength_corrupt() {
    assertCorrupt(patched(png(640, 480), 8, hex("0000000e")), "not an IHDR of 13");
  }

  @Test
  void inspect_lineEndsChangedOnTheWay_corrupt() {
    assertCorrupt(join(hex("89504e470a1a0a"), png(3, 5)), "line ends");
  }

  @ParameterizedTest
  @CsvSource({"4,signature", "7,signature", "8,IHDR", "16,IHDR", "23,IHDR", "24,IHDR", "32,IHDR"})
  void inspect_cut_corruptAndNamesThePart(int length, String part) {
    assertCorrupt(cut(png(640, 480), length), "cut short in its " + part);
  }
}
