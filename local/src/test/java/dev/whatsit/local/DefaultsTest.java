package dev.whatsit.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Defaults of the local server that differ from those of a function alone. */
class DefaultsTest {
  @TempDir private Path data;

  @Test
  void start_withoutMaxQueued_limitsTheQueueAsTheReadmeSays() throws IOException {
    try (LocalServer server = Servers.embedded(data)) {
      assertThat(server.functionSettings()).containsEntry("MAX_QUEUED", "10000");
    }
  }

  @Test
  void start_withMaxQueuedOfZero_hasNoLimit() throws IOException {
    try (LocalServer server = Servers.embedded(data, "MAX_QUEUED", "0")) {
      assertThat(server.functionSettings()).containsEntry("MAX_QUEUED", "0");
    }
  }
}
