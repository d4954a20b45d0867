package dev.whatsit.local.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AllowedHostsTest {
  private static final AllowedHosts HOSTS = AllowedHosts.of(Set.of("Images.example.org"));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost",
        "LOCALHOST",
        "localhost.",
        "app.localhost",
        "127.0.0.1",
        "192.168.1.20",
        "[::1]",
        "::1",
        "images.example.org",
        "IMAGES.EXAMPLE.ORG."
      })
  void allow_thisMachineAnAddressOrAKnownName_isTrue(String host) {
    assertThat(HOSTS.allow(host)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "example.org",
        "x.images.example.org",
        "localhost.example.org",
        "notlocalhost",
        "127.0.0.1.example.org",
        "1.2.3.4.5"
      })
  void allow_anotherName_isFalse(String host) {
    assertThat(HOSTS.allow(host)).isFalse();
  }

  @Test
  void allow_any_isTrue() {
    assertThat(AllowedHosts.any().allow("example.org")).isTrue();
  }
}
