package dev.whatsit.domain.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class WorkMessageFuzzTest {
  static Stream<Arguments> messages() {
    return Stream.of(
        Arguments.of(
            "ab".repeat(32), "2", "image/webp", "1234", "640", "480", "2026-11-21T08:19:44.497Z"),
        Arguments.of("0".repeat(64), "1", "image/png", "1", "1", "1", "0000-01-01T00:00:00Z"));
  }

  @MethodSource("messages")
  @FuzzTest(maxDuration = "1m")
  void fromAttributes_anyAttributes_isReadOrUnreadable(
      @Nullable String hash,
      @Nullable String run,
      @Nullable String contentType,
      @Nullable String sizeBytes,
      @Nullable String width,
      @Nullable String height,
      @Nullable String submittedAt) {
    Map<String, String> attributes = new HashMap<>();
    put(attributes, "image_hash", hash);
    put(attributes, "run", run);
    put(attributes, "content_type", contentType);
    put(attributes, "size_bytes", sizeBytes);
    put(attributes, "width", width);
    put(attributes, "height", height);
    put(attributes, "submitted_at", submittedAt);
    WorkMessage message;
    try {
      message = WorkMessage.fromAttributes(attributes);
    } catch (UnreadableMessage e) {
      return;
    }
    assertEquals(message, WorkMessage.fromAttributes(message.toMessage().attributes()));
  }

  private static void put(Map<String, String> attributes, String name, @Nullable String value) {
    if (value != null) {
      attributes.put(name, value);
    }
  }
}
