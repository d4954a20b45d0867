package dev.whatsit.domain.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageValuesTest {
  private static final ImageHash HASH = new ImageHash("0".repeat(64));

  @Test
  void imageDescription_least_accepted() {
    assertThat(new ImageDescription(HASH, ImageFormat.PNG, 1, 1, 1).width()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({
    "0,1,1,sizeBytes",
    "-1,1,1,sizeBytes",
    "1,0,1,width",
    "1,1,0,height",
    "1,1,-5,height"
  })
  void imageDescription_belowTheLeast_refusedByName(long size, int width, int height, String name) {
    assertThatThrownBy(() -> new ImageDescription(HASH, ImageFormat.PNG, size, width, height))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(name);
  }

  @Test
  void imageLimits_defaults_are20MebibytesAnd75MillionPixels() {
    assertThat(ImageLimits.DEFAULT).isEqualTo(new ImageLimits(20_971_520, 75_000_000));
  }

  @ParameterizedTest
  @CsvSource({"0,1,maxBytes", "32505857,1,maxBytes", "1,0,maxPixels", "1,-1,maxPixels"})
  void imageLimits_outOfRange_refusedByName(int bytes, long pixels, String name) {
    assertThatThrownBy(() -> new ImageLimits(bytes, pixels))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(name);
  }

  @ParameterizedTest
  @EnumSource
  void imageFormat_mediaType_leadsBack(ImageFormat format) {
    assertThat(ImageFormat.ofMediaType(format.mediaType())).contains(format);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "image/jpg", "IMAGE/PNG", "image/svg+xml", "image/png; q=1"})
  void imageFormat_otherMediaType_isEmpty(String mediaType) {
    assertThat(ImageFormat.ofMediaType(mediaType)).isEmpty();
  }
}
