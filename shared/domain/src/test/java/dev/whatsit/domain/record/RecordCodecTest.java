package dev.whatsit.domain.record;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import org.junit.jupiter.api.Test;

class RecordCodecTest {
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
}
