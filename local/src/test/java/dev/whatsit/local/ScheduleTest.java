package dev.whatsit.local;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On the embedded backend. */
class ScheduleTest extends ScheduleSuite {
  @Override
  LocalServer start(Map<String, String> settings) throws IOException {
    return LocalServer.start(settings);
  }

  @Test
  void restart_afterTheProcessDied_startsWhenItIsDue(@TempDir Path folder) throws Exception {
    byte[] picture = Pictures.png(451);
    String hash = Pictures.hash(picture);
    Instant due;
    try (Child child = Child.start(folder, Map.of(), List.of())) {
      Client first = new Client(child.port(), contract());
      due =
          dueAt(
              first.send(
                  "POST", "/v1/images?delay_seconds=10", BodyPublishers.ofByteArray(picture)));
      child.kill();
    }
    try (Child child = Child.start(folder, Map.of(), List.of())) {
      JsonObject done = new Client(child.port(), contract()).awaitFinal(hash).json();
      assertThat(done.get("status").getAsString()).isEqualTo("success");
      assertThat(done.get("attempts").getAsInt()).isEqualTo(1);
      assertThat(Instant.parse(done.get("updated_at").getAsString())).isAfterOrEqualTo(due);
    }
  }
}
