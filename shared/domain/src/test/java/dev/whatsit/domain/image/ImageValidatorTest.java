package dev.whatsit.domain.image;

import static dev.whatsit.domain.image.Samples.cut;
import static dev.whatsit.domain.image.Samples.gif;
import static dev.whatsit.domain.image.Samples.jpeg;
import static dev.whatsit.domain.image.Samples.png;
import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.domain.image.Inspection.Accepted;
import dev.whatsit.domain.image.Inspection.Reason;
import dev.whatsit.domain.image.Inspection.Refused;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageValidatorTest {
  @ParameterizedTest
  @CsvSource({"jpg,JPEG", "png,PNG", "gif,GIF", "bmp,BMP"})
  void inspect_fileOfTheJdksWriter_hasTheWritersDimensions(String writer, ImageFormat format) {
    for (int[] size : new int[][] {{1, 1}, {1, 300}, {300, 1}, {33, 21}, {257, 129}}) {
      Verdicts.assertAccepted(Samples.written(writer, size[0], size[1]), format, size[0], size[1]);
    }
  }

  @Test
  void inspect_exactlyTheLimit_accepted() {
    ImageValidator validator = new ImageValidator(new ImageLimits(1000, 12));

    assertThat(validator.inspect(ImageBytes.of(png(3, 4))))
        .isEqualTo(new Accepted(ImageFormat.PNG, 3, 4));
  }

  @Test
  void inspect_onePixelOverTheLimit_refusedWithBothNumbers() {
    ImageValidator validator = new ImageValidator(new ImageLimits(1000, 12));

    assertThat(validator.inspect(ImageBytes.of(png(1, 13))))
        .isEqualTo(
            new Refused(
                Reason.TOO_MANY_PIXELS,
                "The PNG claims 1 × 13 = 13 pixels; at most 12 are accepted."));
  }

  @Test
  void inspect_limitOfAllLongs_neverOverflows() {
    ImageValidator validator = new ImageValidator(new ImageLimits(1000, Long.MAX_VALUE));

    assertThat(validator.inspect(ImageBytes.of(png(Integer.MAX_VALUE, Integer.MAX_VALUE))))
        .isEqualTo(new Accepted(ImageFormat.PNG, Integer.MAX_VALUE, Integer.MAX_VALUE));
  }

  @ParameterizedTest
  @CsvSource({"1,33,21", "2,33,21", "5,21,33", "6,21,33", "8,21,33", "9,33,21"})
  void inspect_pictureToBeTurned_hasTheUprightDimensions(int orientation, int width, int height) {
    byte[] tiff =
        Samples.hex("4d4d002a00000008 0001 0112 0003 00000001 000%d0000".formatted(orientation));
    byte[] jpg = Samples.written("jpg", 33, 21);
    byte[] app1 =
        Samples.join(Samples.hex("ffe1 0022"), Samples.latin1("Exif\0\0"), tiff, new byte[4]);
    byte[] turned =
        Samples.join(Arrays.copyOf(jpg, 2), app1, Arrays.copyOfRange(jpg, 2, jpg.length));
    byte[] png = Samples.written("png", 33, 21);
    int end = png.length - 12;
    byte[] late =
        Samples.join(
            Arrays.copyOf(png, end),
            Samples.pngChunk("eXIf", tiff),
            Arrays.copyOfRange(png, end, png.length));

    Verdicts.assertAccepted(turned, ImageFormat.JPEG, width, height);
    Verdicts.assertAccepted(late, ImageFormat.PNG, width, height);
  }

  @Test
  void inspect_goodHeaderOverCutData_accepted() {
    byte[] file = Samples.written("jpg", 640, 480);

    Verdicts.assertAccepted(cut(file, file.length - 100), ImageFormat.JPEG, 640, 480);
  }

  @Test
  void inspect_headerAcrossSegments_sameAnswer() {
    ImageValidator validator = new ImageValidator(ImageLimits.DEFAULT);
    for (byte[] sample : List.of(jpeg(640, 480), png(640, 480), gif(640, 480, 640, 480))) {
      for (int length = 1; length <= sample.length; length++) {
        assertThat(validator.inspect(segmented(sample, length)))
            .isEqualTo(Verdicts.inspect(sample));
      }
    }
  }

  @Test
  void inspect_everyCutOfEverySample_isRefusedUntilTheHeaderIsWhole() {
    ImageValidator validator = new ImageValidator(ImageLimits.DEFAULT);
    for (byte[] sample : Samples.all()) {
      Inspection whole = validator.inspect(ImageBytes.of(sample));
      assertThat(whole).isInstanceOf(Accepted.class);
      boolean accepted = false;
      for (int length = 0; length <= sample.length; length++) {
        Inspection inspection = validator.inspect(ImageBytes.of(cut(sample, length)));
        if (inspection instanceof Accepted) {
          accepted = true;
          assertThat(inspection).isEqualTo(whole);
        } else {
          assertThat(accepted).as("refused again at " + length).isFalse();
          assertThat(((Refused) inspection).reason()).isNotEqualTo(Reason.TOO_MANY_PIXELS);
        }
      }
    }
  }

  static ImageBytes segmented(byte[] bytes, int length) {
    List<byte[]> segments = new ArrayList<>();
    for (int at = 0; at < bytes.length; at += length) {
      segments.add(
          Arrays.copyOf(
              Arrays.copyOfRange(bytes, at, Math.min(at + length, bytes.length)), length));
    }
    return ImageBytes.ofSegments(segments, bytes.length);
  }
}
