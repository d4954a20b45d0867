package dev.whatsit.domain.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class SettingsCheckTest {
  private final SettingsCheck check = new SettingsCheck();

  @Test
  void collect_partThatIsBuilt_isGiven() {
    assertThat(check.collect(() -> "part")).isEqualTo("part");

    assertThatCode(check::verify).doesNotThrowAnyException();
  }

  @Test
  void verify_severalPartsRefused_namesEachProblemOnce() {
    assertThat(check.<String>collect(() -> refuse("A is not set", "B is 2"))).isNull();
    assertThat(check.<String>collect(() -> refuse("B is 2", "C is 3"))).isNull();

    assertThatThrownBy(check::verify)
        .isInstanceOfSatisfying(
            InvalidSettings.class,
            e -> assertThat(e.problems()).containsExactly("A is not set", "B is 2", "C is 3"));
  }

  private static String refuse(String... problems) {
    throw new InvalidSettings(List.of(problems));
  }
}
