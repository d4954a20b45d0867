package dev.whatsit.local.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FormPartsTest {
  private static final String PARTS = "--edge\r\nA: b\r\n\r\n--other-- --edge--\r\n--edge--\r\n";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "%s",
        "\r\n%s",
        "text\r\n%s",
        "text\n%s",
        "--edg\r\n--\r\n%s",
        "%stext",
        "%s\r\n--edge\r\nA: hidden\r\n\r\n\r\n--edge--\r\n",
        "text --edge\r\n%s\r\n\r\n"
      })
  void only_textAround_leavesTheParts(String around) {
    assertThat(only(String.format(around, PARTS), 0)).isEqualTo(PARTS);
    // An array that is larger than the body.
    assertThat(only(String.format(around, PARTS), 100)).isEqualTo(PARTS);
  }

  @Test
  void only_noPartAtAll_leavesTheClosingDelimiter() {
    assertThat(only("text\r\n--edge--\r\ntext", 0)).isEqualTo("--edge--\r\n");
    assertThat(only("--edge--", 9)).isEqualTo("--edge--");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-", "--edge", "--edge\r\nnonsense", "nonsense", "text\r\n--edg"})
  void only_delimitersMissing_leavesEverything(String body) {
    assertThat(only(body, 0)).isEqualTo(body);
    assertThat(only(body, 7)).isEqualTo(body);
  }

  @Test
  void only_nothingAround_makesNoCopy() {
    byte[] body = PARTS.getBytes(StandardCharsets.ISO_8859_1);
    assertThat(FormParts.only(body, body.length, "edge")).isSameAs(body);
  }

  private static String only(String text, int room) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    byte[] body = Arrays.copyOf(bytes, bytes.length + room);
    return new String(FormParts.only(body, bytes.length, "edge"), StandardCharsets.ISO_8859_1);
  }
}
