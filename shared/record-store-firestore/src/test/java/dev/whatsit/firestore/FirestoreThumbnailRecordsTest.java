package dev.whatsit.firestore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.contracts.ThumbnailRecordsContract;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.thumbnail.Thumbnail;
import dev.whatsit.domain.thumbnail.ThumbnailRecords;
import dev.whatsit.emulators.Emulator;
import dev.whatsit.emulators.junit.EmulatorExtension;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class FirestoreThumbnailRecordsTest extends ThumbnailRecordsContract {
  @RegisterExtension
  static final EmulatorExtension FIRESTORE = EmulatorExtension.of(Emulator.FIRESTORE);

  private static final Instant NOW = Instant.parse("2026-11-21T08:19:44Z");

  private Emulated emulated;
  private Emulated otherProcess;
  private FirestoreRecordStore records;

  @BeforeEach
  void open() {
    emulated = Emulated.fresh(FIRESTORE.hostPort());
    otherProcess = emulated.other();
    records = emulated.records();
  }

  @AfterEach
  void close() {
    emulated.close();
    otherProcess.close();
  }

  @Override
  protected RecordStore records() {
    return records;
  }

  @Override
  protected ThumbnailRecords thumbnails() {
    return new FirestoreThumbnailRecords(emulated.documents());
  }

  @Override
  protected ThumbnailRecords otherThumbnails() {
    return new FirestoreThumbnailRecords(otherProcess.documents());
  }

  @Override
  protected void loseNextAnswer() {
    emulated.wire().loseNextAnswer(Code.UNAVAILABLE);
  }

  @Test
  void everyCall_nobodyInterferes_findTakesOneCallAndPutTwo() {
    ImageHash hash = new ImageHash("a".repeat(64));
    ImageDescription image = new ImageDescription(hash, ImageFormat.PNG, 10, 20, 30);
    records.createIfAbsent(ImageRecord.queued(image, "m", NOW), NOW);
    List<Thumbnail> made = List.of(Thumbnail.made(256, image));
    emulated.wire().calls();

    thumbnails().put(hash, made, NOW);
    assertThat(emulated.wire().calls()).containsExactly(Wire.READ, Wire.COMMIT);

    thumbnails().put(hash, made, NOW);
    assertThat(emulated.wire().calls()).containsExactly(Wire.READ);

    thumbnails().find(hash, NOW);
    assertThat(emulated.wire().calls()).containsExactly(Wire.READ);
  }
}
