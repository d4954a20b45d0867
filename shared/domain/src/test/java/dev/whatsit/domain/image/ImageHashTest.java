package dev.whatsit.domain.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageHashTest {
  /** The SHA-256 of nothing (FIPS 180-4). */
  private static final String NOTHING =
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

  @Test
  void ofDigest_digestOfNothing_isTheKnownHash() {
    assertThat(ImageHash.ofDigest(ImageHash.newDigest().digest())).hasToString(NOTHING);
  }

  @Test
  void parse_goodHash_isIt() {
    assertThat(ImageHash.parse(NOTHING)).contains(new ImageHash(NOTHING));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8555",
        "E3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "g3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        " 3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "٣3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "../../../../../../../../../../../../../../../../etc/passwd......"
      })
  void parse_63Or65OrUpperCaseOrOtherCharacters_isEmpty(String text) {
    assertThat(ImageHash.parse(text)).isEmpty();
    assertThatThrownBy(() -> new ImageHash(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 31, 33})
  void ofDigest_otherThan32Bytes_refused(int length) {
    assertThatThrownBy(() -> ImageHash.ofDigest(new byte[length]))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
