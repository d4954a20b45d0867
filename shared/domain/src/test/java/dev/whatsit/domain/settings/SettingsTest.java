package dev.whatsit.domain.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {
  private static final String NAME = "A_SETTING";

  @Test
  void everyReader_nothingSet_givesItsDefaultAndVerifies() {
    Settings settings = Settings.of(Map.of());

    assertThat(settings.find(NAME)).isEmpty();
    assertThat(settings.text(NAME, "a")).isEqualTo("a");
    assertThat(settings.oneOf(NAME, "a", List.of("a", "b"))).isEqualTo("a");
    assertThat(settings.integer(NAME, 5, 1, 9)).isEqualTo(5);
    assertThat(settings.decimal(NAME, 0.5, 0, 1)).isEqualTo(0.5);
    assertThat(settings.flag(NAME, true)).isTrue();
    assertThat(seconds(settings)).isEqualTo(Duration.ofSeconds(5));
    assertThat(settings.path(NAME, Path.of("data"))).isEqualTo(Path.of("data"));
    assertThatCode(settings::verify).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\t\n"})
  void everyReader_blank_countsAsNotSet(String blank) {
    Settings settings = one(blank);

    assertThat(settings.find(NAME)).isEmpty();
    assertThat(settings.integer(NAME, 5, 1, 9)).isEqualTo(5);
    assertThat(settings.flag(NAME, true)).isTrue();
    assertThat(settings.path(NAME, Path.of("data"))).isEqualTo(Path.of("data"));
    assertThatCode(settings::verify).doesNotThrowAnyException();
  }

  @Test
  void everyReader_goodValueWithSpaceAroundIt_givesIt() {
    assertThat(one(" b ").text(NAME, "a")).isEqualTo("b");
    assertThat(one(" b ").oneOf(NAME, "a", List.of("a", "b"))).isEqualTo("b");
    assertThat(one(" 9 ").integer(NAME, 5, 1, 9)).isEqualTo(9);
    assertThat(one(" 1 ").decimal(NAME, 0.5, 0, 1)).isEqualTo(1);
    assertThat(one(" true ").flag(NAME, false)).isTrue();
    assertThat(seconds(one(" 1 "))).isEqualTo(Duration.ofSeconds(1));
    assertThat(one(" x/y ").path(NAME, Path.of("data"))).isEqualTo(Path.of("x/y"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "10", "5.0", "five", "9223372036854775808", "1 2", "0x5"})
  void integer_wrongOrOutOfRange_givesTheDefaultAndIsReported(String value) {
    Settings settings = one(value);

    assertThat(settings.integer(NAME, 5, 1, 9)).isEqualTo(5);
    assertProblems(settings, NAME + " is " + value + ", must be a whole number from 1 to 9");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-0.1", "1.1", "NaN", "Infinity", "0.5f", "1e999999999", "half", "0,5"})
  void decimal_wrongOrOutOfRange_givesTheDefaultAndIsReported(String value) {
    Settings settings = one(value);

    assertThat(settings.decimal(NAME, 0.5, 0, 1)).isEqualTo(0.5);
    assertProblems(settings, NAME + " is " + value + ", must be a number from 0.0 to 1.0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"TRUE", "yes", "1", "on"})
  void flag_otherWord_givesTheDefaultAndIsReported(String value) {
    Settings settings = one(value);

    assertThat(settings.flag(NAME, true)).isTrue();
    assertProblems(settings, NAME + " is " + value + ", must be one of true, false");
  }

  @Test
  void verify_severalWrong_reportsAllOfThemOnceAndInOrder() {
    Settings settings = Settings.of(Map.of("A", "x", "B", "2", "C", "maybe"));
    settings.integer("A", 1, 0, 9);
    settings.decimal("B", 0.5, 0, 1);
    settings.flag("C", false);
    settings.reject("D", "is not set");
    settings.integer("A", 1, 0, 9);

    assertProblems(
        settings,
        "A is x, must be a whole number from 0 to 9",
        "B is 2, must be a number from 0.0 to 1.0",
        "C is maybe, must be one of true, false",
        "D is not set");
  }

  private static Settings one(String value) {
    return Settings.of(Map.of(NAME, value));
  }

  private static Duration seconds(Settings settings) {
    return settings.seconds(
        NAME, Duration.ofSeconds(5), Duration.ofSeconds(1), Duration.ofSeconds(60));
  }

  private static void assertProblems(Settings settings, String... problems) {
    assertThatThrownBy(settings::verify)
        .asInstanceOf(type(InvalidSettings.class))
        .extracting(InvalidSettings::problems)
        .isEqualTo(List.of(problems));
  }
}
