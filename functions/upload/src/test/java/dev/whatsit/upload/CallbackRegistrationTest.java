package dev.whatsit.upload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.domain.callback.Callback;
import dev.whatsit.domain.callback.CallbackKind;
import dev.whatsit.domain.callback.PublishImageCompleted;
import dev.whatsit.domain.callback.Subject;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.Watch;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.embedded.EmbeddedBackend;
import dev.whatsit.embedded.EmbeddedStores;
import dev.whatsit.logging.Labels;
import dev.whatsit.outbound.OutboundClient;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On the embedded stores, where events between two port calls can be injected. */
class CallbackRegistrationTest {
  private static final Instant NOW = Instant.parse("2026-11-21T08:19:44.497Z");
  private static final SubmissionOptions OPTIONS =
      new SubmissionOptions(null, null, "https://example.com/hook");
  private static final ImageDescription IMAGE =
      new ImageDescription(new ImageHash("ab".repeat(32)), ImageFormat.PNG, 17, 4, 3);

  @TempDir Path data;

  private final EmbeddedBackend backend = new EmbeddedBackend();
  private EmbeddedStores stores;
  private OutboundClient outbound;
  private CallbackRegistration registration;

  @BeforeEach
  void open() {
    Settings settings = Settings.of(Map.of("WHATSIT_DATA", data.toString()));
    stores = backend.stores(settings);
    outbound = OutboundClient.of(settings);
    registration =
        new CallbackRegistration(
            stores.records(),
            stores.callbacks(),
            new PublishImageCompleted(
                backend.messages(settings, Set.of(Topic.RESULTS)).orElseThrow()),
            outbound);
  }

  @AfterEach
  void close() throws IOException {
    outbound.close();
    backend.close();
  }

  @Test
  void register_whileARetryBegins_waitsOnceForTheEndOfTheLaterRun() {
    ImageRecord queued = ImageRecord.queued(IMAGE, "message", NOW);
    stores.records().createIfAbsent(queued, NOW);
    stores.records().cancel(IMAGE.hash(), NOW);
    final ImageRecord seen = stores.records().find(IMAGE.hash(), NOW).orElseThrow();
    stores.records().retry(IMAGE.hash(), NOW);

    ImageRecord record = registration.register(seen, OPTIONS, NOW, Labels.NONE);

    assertThat(record.run()).isEqualTo(2);
    assertThat(record.watch()).isEqualTo(Watch.WAITING);
    List<Callback> waiting =
        stores.callbacks().waiting(Subject.of(IMAGE.hash(), 2), 10).callbacks();
    assertThat(waiting).hasSize(1);
    assertThat(stores.callbacks().list(Subject.of(IMAGE.hash(), 2), CallbackKind.WEBHOOK, 10, NOW))
        .isEqualTo(waiting);
  }
}
