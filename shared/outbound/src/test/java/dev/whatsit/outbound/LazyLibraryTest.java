package dev.whatsit.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.whatsit.domain.settings.Settings;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A cold start does not load the HTTP library before the first URL is used. */
class LazyLibraryTest {
  @Test
  void clientAndGuard_beforeTheFirstRequest_needNoHttpLibrary() throws Exception {
    URL[] ours = {locationOf(OutboundClient.class), locationOf(Settings.class)};
    try (URLClassLoader without = new URLClassLoader(ours, ClassLoader.getPlatformClassLoader())) {
      assertThatThrownBy(() -> without.loadClass("org.apache.hc.core5.http.HttpHost"))
          .isInstanceOf(ClassNotFoundException.class);
      Class<?> settingsType = without.loadClass(Settings.class.getName());
      Class<?> type = without.loadClass(OutboundClient.class.getName());
      Object settings = settingsType.getMethod("of", Map.class).invoke(null, Map.of());
      try (AutoCloseable client =
          (AutoCloseable) type.getMethod("of", settingsType).invoke(null, settings)) {
        Object verdict = type.getMethod("check", String.class).invoke(client, "http://10.0.0.1/");

        assertThat(verdict.getClass().getSimpleName()).isEqualTo("Refused");
      }
    }
  }

  private static URL locationOf(Class<?> type) {
    return type.getProtectionDomain().getCodeSource().getLocation();
  }
}
