package dev.whatsit.domain.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.whatsit.domain.document.Document;
import dev.whatsit.domain.document.DocumentKey;
import dev.whatsit.domain.document.Version;
import dev.whatsit.domain.failure.TransientFailure;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecordCodecTest {
  private static final Version VERSION = new Version() {};
  private static final DocumentKey KEY =
      new DocumentKey(RecordStore.CODEC.collection(), "a".repeat(64));

  @Test
  void write_processing_hasTheDocumentedFields() {
    JsonObject fields = RecordStore.CODEC.write(Records.processing(Records.LATER, true));

    assertThat(fields)
        .isEqualTo(
            JsonParser.parseString(
                """
                {
                  "image": {
                    "hash": "%s",
                    "format": "image/png",
                    "size_bytes": 1234,
                    "width": 640,
                    "height": 480
                  },
                  "run": 3,
                  "status": "processing",
                  "attempts": 2,
                  "message_id": "m1",
                  "token": "t1",
                  "lease_until": "2026-11-21T08:02:30.000Z",
                  "cancel_requested": true,
                  "created_at": "2026-11-21T07:59:00.000Z",
                  "updated_at": "2026-11-21T07:59:00.000Z",
                  "revision": 7,
                  "history": [],
                  "overdue_at": "2026-11-21T08:07:30.000Z"
                }
                """
                    .formatted(Records.IMAGE.hash())));
    assertThat(RecordStore.CODEC.collection().timestamps())
        .containsExactlyInAnyOrder(
            "lease_until", "due_at", "created_at", "updated_at", "expire_at", "overdue_at");
  }

  @ParameterizedTest
  @ValueSource(strings = {"image", "status", "created_at", "updated_at", "history"})
  void read_withoutWhatEveryRecordHas_namesTheDocumentAndTheField(String field) {
    JsonObject fields = queued();
    fields.remove(field);

    assertUnreadable(fields, field + " is missing");
  }

  @ParameterizedTest
  @CsvSource({
    "status, asleep, status: unknown value asleep",
    "created_at, yesterday, created_at: ",
    "image, puss, image: not an object",
    "watch, text, watch: not an object",
    "history, long, history: ",
    "run, first, run: ",
    "lease_until, 2026-11-21T08:02:30.000Z, a lease belongs to processing",
  })
  void read_valueThatNoRecordHas_namesTheDocumentAndWhatIsWrong(
      String field, String value, String why) {
    JsonObject fields = queued();
    fields.addProperty(field, value);

    assertUnreadable(fields, why);
  }

  private static void assertUnreadable(JsonObject fields, String why) {
    assertThatThrownBy(() -> read(fields))
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("cannot read the document images/" + KEY.id())
        .hasMessageContaining(why);
  }

  private static JsonObject queued() {
    return RecordStore.CODEC.write(Records.in(Status.QUEUED));
  }

  private static ImageRecord read(JsonObject fields) {
    return RecordStore.CODEC.read(new Document(KEY, fields, VERSION));
  }
}
