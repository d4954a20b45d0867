package dev.whatsit.firestore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.domain.callback.Callback;
import dev.whatsit.domain.callback.CallbackKind;
import dev.whatsit.domain.callback.CallbackStatus;
import dev.whatsit.domain.callback.Subject;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CallbackDocumentTest {
  private static final Instant NOW = Instant.parse("2026-11-22T03:00:00Z");

  @Test
  void read_askedForAnewAndSettledByTheVersionBefore_isReadable() {
    Callback asked =
        Callback.waiting(
                new Subject("subject", 1), CallbackKind.WEBHOOK, "https://example.org/", NOW)
            .announced("{}", NOW)
            .flatMap(pending -> pending.redelivered(NOW))
            .orElseThrow();
    Map<String, Value> fields = new HashMap<>(CallbackDocument.fields(asked));
    fields.put("status", Fields.of("delivered"));
    fields.remove("due_at");
    fields.remove("check_at");

    Callback read = CallbackDocument.read("callbacks/" + asked.id(), fields);

    assertThat(read.status()).isEqualTo(CallbackStatus.DELIVERED);
    assertThat(read.redelivery()).isNull();
  }
}
