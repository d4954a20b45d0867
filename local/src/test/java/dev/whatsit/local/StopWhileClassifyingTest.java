package dev.whatsit.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Stops several processes in turn with SIGTERM, each during its first classifications. */
class StopWhileClassifyingTest {
  /** The number of stops; {@code -Dwhatsit.stops=50} makes more. */
  private static final int STOPS = Integer.getInteger("whatsit.stops", 3);

  private static final int IMAGES = 8;
  private static final int TERMINATED = 128 + 15;

  @TempDir private Path data;

  /** Regression: ONNX Runtime released its environment during runs; the crash had exit code 134. */
  @Test
  void terminate_duringFirstClassifications_finishesThemAndLosesNothing() throws Exception {
    List<String> accepted = new ArrayList<>();
    int stopsWithWorkInFlight = 0;
    for (int stop = 0; stop < STOPS; stop++) {
      try (ChildProcess child = ChildProcess.start(data, Map.of("LOG_FORMAT", "json"), List.of())) {
        Client client = new Client(child.port());
        for (int i = 0; i < IMAGES; i++) {
          byte[] picture = Pictures.png(2000 + IMAGES * stop + i);
          assertThat(client.post(picture).status()).isEqualTo(202);
          accepted.add(Pictures.hash(picture));
        }
        child.terminate();
        assertThat(child.exitCode())
            .as(() -> String.join("\n", child.output()))
            .isEqualTo(TERMINATED);
        assertThat(child.output()).anyMatch(line -> line.startsWith("Stopped"));
        if (child.output().stream()
            .dropWhile(line -> !line.startsWith("Stopping"))
            .anyMatch(line -> line.contains("\"message\":\"classified\""))) {
          stopsWithWorkInFlight++;
        }
      }
    }
    assertThat(stopsWithWorkInFlight).isPositive();
    try (ChildProcess child = ChildProcess.start(data, Map.of(), List.of())) {
      Client client = new Client(child.port());
      for (String hash : accepted) {
        Response done = client.awaitFinal(hash);
        assertThat(done.string("status")).isEqualTo("success");
        assertThat(done.integer("attempts")).isEqualTo(1);
      }
    }
  }
}
