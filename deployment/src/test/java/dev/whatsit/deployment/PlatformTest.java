package dev.whatsit.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlatformTest {
  private static final Platform STANDARD = new Platform("2.0.0", Path.of("jdk"), 17);

  @Test
  void all_withoutTheProfile_isTheStandardOne() {
    assertThat(Platform.all(STANDARD, "", Map.of())).containsExactly(STANDARD);
  }

  @Test
  void all_withTheProfile_isEachInvokerOnEachJdk(@TempDir Path other) throws IOException {
    Files.writeString(other.resolve("release"), "JAVA_VERSION=\"25.0.1\"\n");

    assertThat(Platform.all(STANDARD, "1.4.1", Map.of("JAVA_HOME_25", other.toString())))
        .containsExactly(
            STANDARD,
            new Platform("1.4.1", Path.of("jdk"), 17),
            new Platform("2.0.0", other, 25),
            new Platform("1.4.1", other, 25));
  }

  @Test
  void all_otherJdkNotNamed_saysWhatToSet() {
    assertThatThrownBy(() -> Platform.all(STANDARD, "1.4.1", Map.of()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("JAVA_HOME_25 is not set")
        .hasMessageContaining("set it to the folder of one");
  }

  @Test
  void all_otherJdkOfAnotherVersion_isRefused(@TempDir Path other) throws IOException {
    Files.writeString(other.resolve("release"), "JAVA_VERSION=\"21.0.2\"\n");

    assertThatThrownBy(
            () -> Platform.all(STANDARD, "1.4.1", Map.of("JAVA_HOME_25", other.toString())))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("a JDK 21.0.2, not 25");
  }
}
