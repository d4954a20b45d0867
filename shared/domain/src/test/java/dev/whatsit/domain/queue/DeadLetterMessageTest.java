package dev.whatsit.domain.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class DeadLetterMessageTest {
  private static final Map<String, String> ATTRIBUTES = Map.of("image_hash", "x", "unknown", "ö");

  @Test
  void fromAttributes_letter_isTheLetter() {
    DeadLetterMessage letter = new DeadLetterMessage("id", ATTRIBUTES, "reason");

    assertThat(DeadLetterMessage.fromAttributes(letter.toMessage().attributes())).isEqualTo(letter);
  }

  @Test
  void fromAttributes_letterOfThePlatformItself_hasNoReason() {
    DeadLetterMessage letter = DeadLetterMessage.fromAttributes(ATTRIBUTES);

    assertThat(letter.reason()).isEqualTo("unknown");
    assertThat(letter.attributes()).isEqualTo(ATTRIBUTES);
  }

  @Test
  void toMessage_sameMessage_hasOneNameWhateverTheReason() {
    String name = new DeadLetterMessage("id", ATTRIBUTES, "first").toMessage().name();

    assertThat(new DeadLetterMessage("id", ATTRIBUTES, "second").toMessage().name())
        .isEqualTo(name);
    assertThat(new DeadLetterMessage("id2", ATTRIBUTES, "first").toMessage().name())
        .isNotEqualTo(name);
    assertThat(new DeadLetterMessage("id", Map.of("image_hash", "x"), "first").toMessage().name())
        .isNotEqualTo(name);
  }

  @Test
  void toMessage_sameTextsOtherwiseDivided_haveOtherNames() {
    assertThat(new DeadLetterMessage("id", Map.of("a", "b1:c"), "r").toMessage().name())
        .isNotEqualTo(
            new DeadLetterMessage("id", Map.of("a", "b", "c", ""), "r").toMessage().name());
  }
}
