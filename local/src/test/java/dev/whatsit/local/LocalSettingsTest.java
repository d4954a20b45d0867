package dev.whatsit.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.local.gateway.AllowedHosts;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LocalSettingsTest {
  @Test
  void read_nothingSet_timesAreThoseOfTheFunctions() {
    LocalSettings read = LocalSettings.read(Settings.of(Map.of()), Duration.ofMinutes(1));
    assertThat(read.uploadTime()).isEqualTo(Duration.ofMinutes(1));
    assertThat(read.times().function()).isEqualTo(Duration.ofMinutes(2));
    assertThat(read.times().acknowledgement()).isEqualTo(Duration.ofMinutes(3));
    assertThat(read.sweepInterval()).isEqualTo(Duration.ofMinutes(1));
  }

  /** Regression: the gateway and the dispatcher used their own fixed times. */
  @Test
  void read_timesSet_governGatewayAndDispatcherToo() {
    Settings settings =
        Settings.of(
            Map.of(
                "UPLOAD_SECONDS", "600",
                "FUNCTION_TIMEOUT_SECONDS", "140",
                "ACK_DEADLINE_SECONDS", "500"));
    LocalSettings read = LocalSettings.read(settings, Duration.ofMinutes(1));
    settings.verify();
    assertThat(read.uploadTime()).isEqualTo(Duration.ofMinutes(10));
    assertThat(read.times().function()).isEqualTo(Duration.ofSeconds(140));
    assertThat(read.times().acknowledgement()).isEqualTo(Duration.ofSeconds(500));
  }

  @Test
  void read_onLoopback_takesOnlyTheNamesThatAreSet() {
    assertThat(hosts(Map.of()).allow("localhost")).isTrue();
    assertThat(hosts(Map.of()).allow("example.org")).isFalse();
    assertThat(hosts(Map.of("WHATSIT_HOSTS", "other, example.org")).allow("example.org")).isTrue();
    assertThat(hosts(Map.of("PUBLIC_URL", "https://example.org/x")).allow("example.org")).isTrue();
    assertThat(hosts(Map.of("WHATSIT_HOSTS", "*")).allow("example.org")).isTrue();
  }

  @Test
  void read_beyondLoopback_takesAnyNameUnlessSomeAreSet() {
    Map<String, String> open = Map.of("HOST", "0.0.0.0", "ALLOW_ANONYMOUS", "1");
    assertThat(hosts(open).allow("example.org")).isTrue();
    Map<String, String> named =
        Map.of("HOST", "0.0.0.0", "API_KEY", "a-key", "WHATSIT_HOSTS", "a.org");
    assertThat(hosts(named).allow("example.org")).isFalse();
  }

  /** Regression: a server that everybody could reach and write to started without a word. */
  @Test
  void read_beyondLoopbackWithoutAKey_isRefusedWithAdvice() {
    assertThatThrownBy(() -> hosts(Map.of("HOST", "0.0.0.0")))
        .isInstanceOf(InvalidSettings.class)
        .hasMessageContainingAll("HOST", "API_KEY", "ALLOW_ANONYMOUS=1");
    assertThatThrownBy(() -> hosts(Map.of("API_KEY", "two words", "ALLOW_ANONYMOUS", "yes")))
        .isInstanceOf(InvalidSettings.class)
        .hasMessageContainingAll("API_KEY must", "ALLOW_ANONYMOUS is yes")
        .hasMessageNotContaining("two words");
  }

  private static AllowedHosts hosts(Map<String, String> values) {
    Settings settings = Settings.of(values);
    AllowedHosts hosts = LocalSettings.read(settings, Duration.ofMinutes(1)).hosts();
    settings.verify();
    return hosts;
  }

  @Test
  void read_timesInTheWrongOrder_isNoted() {
    Settings settings = Settings.of(Map.of("ACK_DEADLINE_SECONDS", "100"));
    LocalSettings.read(settings, Duration.ofMinutes(1));
    assertThatThrownBy(settings::verify)
        .isInstanceOf(InvalidSettings.class)
        .hasMessageContaining("ACK_DEADLINE_SECONDS");
  }
}
