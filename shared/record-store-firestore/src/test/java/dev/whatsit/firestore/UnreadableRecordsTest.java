package dev.whatsit.firestore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.RecordPage;
import dev.whatsit.emulators.Emulator;
import dev.whatsit.emulators.junit.EmulatorExtension;
import dev.whatsit.firestore.Documents.Step;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Documents of a later version, which a rollback leaves among those that can be read. */
class UnreadableRecordsTest {
  private static final Instant NOW = Instant.parse("2026-11-21T08:00:00Z");
  private static final Instant LATER = NOW.plusSeconds(86_400);

  @RegisterExtension
  static final EmulatorExtension FIRESTORE = EmulatorExtension.of(Emulator.FIRESTORE);

  private Emulated emulated;
  private FirestoreRecordStore store;

  @BeforeEach
  void open() {
    emulated = Emulated.fresh(FIRESTORE.hostPort());
    store = emulated.records();
  }

  @AfterEach
  void close() {
    emulated.close();
  }

  private static ImageRecord record(int number, Instant createdAt) {
    ImageHash hash = new ImageHash(String.format("%064x", number));
    return ImageRecord.queued(
        new ImageDescription(hash, ImageFormat.PNG, 9, 4, 3), "m" + number, createdAt);
  }

  private void putUnreadable(int number) {
    ImageRecord record = record(number, NOW.minusSeconds(number));
    Map<String, Value> fields = new HashMap<>(RecordDocument.fields(record));
    fields.put("status", Fields.of("fetching"));
    Documents documents = emulated.documents();
    documents.change(
        "write",
        documents.name(RecordDocument.COLLECTION, record.hash().hex()),
        null,
        found -> new Step.Put<>(fields, null, true));
  }

  @Test
  void overdue_olderDocumentsCannotBeRead_theOthersAreFound() {
    ImageRecord good = record(1, NOW);
    store.createIfAbsent(good, NOW);
    for (int i = 2; i < 5; i++) {
      putUnreadable(i);
    }

    // More of them than the sweep asks for are overdue for longer.
    assertThat(store.overdue(LATER, 2)).containsExactly(good);
  }

  @Test
  void list_documentsBetweenCannotBeRead_theOthersAreListed() {
    ImageRecord newest = record(1, NOW.plusSeconds(1));
    ImageRecord oldest = record(9, NOW.minusSeconds(60));
    store.createIfAbsent(newest, NOW);
    store.createIfAbsent(oldest, NOW);
    putUnreadable(2);
    putUnreadable(3);

    RecordPage first = store.list(null, null, 1, NOW);
    RecordPage second = store.list(null, first.next(), 1, NOW);

    assertThat(first.records()).containsExactly(newest);
    assertThat(second.records()).containsExactly(oldest);
    assertThat(second.next()).isNull();
  }
}
