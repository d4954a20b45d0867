package dev.whatsit.faults;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CallTest {
  private static final String IMAGE = "0a".repeat(32);

  @Test
  void imageIn_message_isTheFirstHashAndNoPartOfALongerNumber() {
    assertThat(Call.imageIn(("gs://b/images/" + IMAGE + "\u0012").getBytes(UTF_8)))
        .isEqualTo(IMAGE);
    assertThat(Call.imageIn((IMAGE + "0").getBytes(UTF_8))).isEqualTo(Call.NO_IMAGE);
  }
}
