package dev.whatsit.domain.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WorkMessageTest {
  private static final ImageDescription IMAGE =
      new ImageDescription(new ImageHash("ab".repeat(32)), ImageFormat.WEBP, 1234, 640, 480);
  private static final WorkMessage MESSAGE =
      new WorkMessage(IMAGE, 2, Instant.parse("2026-11-21T08:19:44.497Z"));

  @Test
  void toMessage_message_hasTheDocumentedNames() {
    assertThat(MESSAGE.toMessage().attributes())
        .isEqualTo(
            Map.of(
                "image_hash", "ab".repeat(32),
                "run", "2",
                "content_type", "image/webp",
                "size_bytes", "1234",
                "width", "640",
                "height", "480",
                "submitted_at", "2026-11-21T08:19:44.497Z"));
  }

  @Test
  void fromAttributes_message_isTheMessage() {
    assertThat(WorkMessage.fromAttributes(MESSAGE.toMessage().attributes())).isEqualTo(MESSAGE);
  }

  @Test
  void toMessage_traced_carryTheTrace() {
    String text = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    WorkMessage traced =
        new WorkMessage(
            MESSAGE.image(), MESSAGE.run(), MESSAGE.submittedAt(), new TraceParent(text));

    assertThat(traced.toMessage().attributes()).containsEntry("traceparent", text);
    assertThat(WorkMessage.fromAttributes(traced.toMessage().attributes())).isEqualTo(traced);
    assertThat(new TraceParent(text).traceId()).isEqualTo("0af7651916cd43dd8448eb211c80319c");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "x",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\n"
      })
  void fromAttributes_invalidTrace_isReadWithout(String trace) {
    Map<String, String> attributes = new HashMap<>(MESSAGE.toMessage().attributes());
    attributes.put("traceparent", trace);

    assertThat(WorkMessage.fromAttributes(attributes)).isEqualTo(MESSAGE);
    assertThatThrownBy(() -> new TraceParent(trace)).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "image_hash",
        "run",
        "content_type",
        "size_bytes",
        "width",
        "height",
        "submitted_at"
      })
  void fromAttributes_missingAttribute_unreadableByName(String name) {
    Map<String, String> attributes = new HashMap<>(MESSAGE.toMessage().attributes());
    attributes.remove(name);

    assertThatThrownBy(() -> WorkMessage.fromAttributes(attributes))
        .isInstanceOf(UnreadableMessage.class)
        .hasMessage("attribute " + name + " is missing");
  }

  @ParameterizedTest
  @CsvSource({
    "image_hash,''",
    "image_hash,abc",
    "image_hash,ABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABAB",
    "content_type,''",
    "content_type,image/svg+xml",
    "run,''",
    "run,0",
    "run,-1",
    "run,1.5",
    "run,2147483648",
    "size_bytes,0",
    "size_bytes,x",
    "size_bytes,9223372036854775808",
    "width,0",
    "width,4294967297",
    "width,' 1'",
    "height,-480",
    "height,1e3",
    "submitted_at,''",
    "submitted_at,yesterday",
    "submitted_at,2026-11-21",
    "submitted_at,2026-13-21T08:19:44Z",
    "submitted_at,-0001-12-31T23:59:59Z",
    "submitted_at,+10000-01-01T00:00:00Z",
    "submitted_at,+1000000000-12-31T23:59:59Z"
  })
  void fromAttributes_wrongAttribute_unreadableByName(String name, String value) {
    Map<String, String> attributes = new HashMap<>(MESSAGE.toMessage().attributes());
    attributes.put(name, value);

    assertThatThrownBy(() -> WorkMessage.fromAttributes(attributes))
        .isInstanceOf(UnreadableMessage.class)
        .hasMessageStartingWith("attribute " + name + " is \"");
  }

  @Test
  void fromAttributes_endlessValue_isNotRepeatedWhole() {
    Map<String, String> attributes = new HashMap<>(MESSAGE.toMessage().attributes());
    attributes.put("run", "9".repeat(100_000));

    assertThatThrownBy(() -> WorkMessage.fromAttributes(attributes))
        .isInstanceOf(UnreadableMessage.class)
        .satisfies(e -> assertThat(e.toString()).hasSizeLessThan(300));
  }
}
