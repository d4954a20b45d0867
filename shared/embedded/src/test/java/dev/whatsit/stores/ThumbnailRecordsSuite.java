package dev.whatsit.stores;

import static dev.whatsit.contracts.Samples.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.contracts.Race;
import dev.whatsit.contracts.Samples;
import dev.whatsit.domain.classification.Annotation;
import dev.whatsit.domain.classification.Classification;
import dev.whatsit.domain.classification.ClassifierIdentity;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.record.Claim;
import dev.whatsit.domain.record.ClaimResult;
import dev.whatsit.domain.record.FinishResult;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.Outcome;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.record.Status;
import dev.whatsit.domain.record.WorkError;
import dev.whatsit.domain.thumbnail.Thumbnail;
import dev.whatsit.domain.thumbnail.ThumbnailRecords;
import dev.whatsit.domain.thumbnail.ThumbnailRecords.ImageWithThumbnails;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The contract of {@link ThumbnailRecords} with the {@link RecordStore}, on a document store. */
public abstract class ThumbnailRecordsSuite extends StoreSuite {
  /** As {@link StoreSuite}. */
  protected ThumbnailRecordsSuite(
      Supplier<DocumentStore> documents, Supplier<DocumentStore> otherDocuments) {
    super(documents, otherDocuments);
  }

  private static final int RACERS = 16;
  private static final Duration LEASE = Duration.ofSeconds(150);
  private static final WorkError ERROR =
      new WorkError("CORRUPT_IMAGE", "Das Bild endet vor der größten Zeile.", false);
  private static final Outcome CLASSIFIED =
      new Outcome.Classified(
          new Classification(
              List.of(new Annotation("cat", 0.93)),
              List.of(),
              new ClassifierIdentity("onnx", "model")));

  private RecordStore records() throws Exception {
    return new RecordStore(faulty());
  }

  private ThumbnailRecords thumbnails() throws Exception {
    return new ThumbnailRecords(faulty());
  }

  private ThumbnailRecords otherThumbnails() throws Exception {
    return new ThumbnailRecords(otherDocuments());
  }

  @ParameterizedTest
  @EnumSource(ImageFormat.class)
  void put_picturesAndErrors_areFoundBesideTheRecordAsItWas(ImageFormat format) throws Exception {
    ImageRecord record = created();
    List<Thumbnail> put = List.of(made(256, format), Thumbnail.failed(1024, ERROR));

    assertThat(thumbnails().put(record.hash(), put, NOW)).isTrue();

    assertThat(thumbnails().find(record.hash(), NOW))
        .hasValue(new ImageWithThumbnails(record, put));
    assertThat(otherThumbnails().find(record.hash(), NOW))
        .hasValue(new ImageWithThumbnails(record, put));
    assertThat(records().find(record.hash(), NOW)).hasValue(record);
  }

  @ParameterizedTest
  @EnumSource
  void put_responseLost_isThere(Lost lost) throws Exception {
    ImageRecord record = created();
    List<Thumbnail> put = List.of(made(256));

    assertThat(lost.of(faulty(), () -> thumbnails().put(record.hash(), put, NOW))).isTrue();

    assertThat(thumbnails().find(record.hash(), NOW))
        .hasValue(new ImageWithThumbnails(record, put));
  }

  @Test
  void put_errorAfterAPicture_keepsThePicture() throws Exception {
    ImageRecord record = created();
    Thumbnail picture = made(256);
    thumbnails().put(record.hash(), List.of(picture, Thumbnail.failed(1024, ERROR)), NOW);
    Thumbnail second = made(1024);

    thumbnails().put(record.hash(), List.of(Thumbnail.failed(256, ERROR), second), NOW);

    assertThat(found(record)).containsExactly(picture, second);
  }

  @Test
  void put_pictureAndErrorAtOnce_leaveThePicture() throws Exception {
    ImageRecord record = created();
    Thumbnail picture = made(256);

    List<Boolean> answers =
        Race.of(
            RACERS,
            i ->
                () ->
                    (i % 2 == 0 ? thumbnails() : otherThumbnails())
                        .put(
                            record.hash(),
                            List.of(i == RACERS / 2 ? picture : Thumbnail.failed(256, ERROR)),
                            NOW));

    assertThat(answers).hasSize(RACERS).containsOnly(true);
    assertThat(found(record)).containsExactly(picture);
  }

  @Test
  void put_duringTheWholeWork_losesNeitherTheResultNorTheThumbnails() throws Exception {
    ImageRecord record = created();
    List<Thumbnail> put = List.of(made(256));
    Claim claim = claim(record, NOW.plusSeconds(1));
    ClaimResult.Granted held = (ClaimResult.Granted) records().claim(claim);

    assertThat(thumbnails().put(record.hash(), put, NOW.plusSeconds(2))).isTrue();
    faulty().take();
    FinishResult finished = records().finish(held, CLASSIFIED, NOW.plusSeconds(3));

    assertThat(finished).isInstanceOf(FinishResult.Written.class);
    assertCalls("commit");
    ImageWithThumbnails found = thumbnails().find(record.hash(), NOW).orElseThrow();
    assertThat(found.record()).isEqualTo(((FinishResult.Written) finished).record());
    assertThat(found.record().status()).isEqualTo(Status.SUCCESS);
    assertThat(found.thumbnails()).isEqualTo(put);
  }

  @Test
  void put_raceWithClaimAndFinish_losesNothing() throws Exception {
    ImageRecord record = created();
    List<Thumbnail> put = List.of(made(256));

    List<Boolean> answers =
        Race.of(
            4,
            i ->
                () -> {
                  if (i > 0) {
                    return (i == 1 ? thumbnails() : otherThumbnails()).put(record.hash(), put, NOW);
                  }
                  Claim claim = claim(record, NOW.plusSeconds(1));
                  return records().claim(claim) instanceof ClaimResult.Granted held
                      && records().finish(held, CLASSIFIED, NOW.plusSeconds(2))
                          instanceof FinishResult.Written;
                });

    assertThat(answers).hasSize(4).containsOnly(true);
    ImageWithThumbnails found = thumbnails().find(record.hash(), NOW).orElseThrow();
    assertThat(found.record().status()).isEqualTo(Status.SUCCESS);
    assertThat(found.record().attempts()).isEqualTo(1);
    assertThat(found.record().revision()).isEqualTo(record.revision() + 2);
    assertThat(found.thumbnails()).isEqualTo(put);
  }

  @Test
  void put_expiredRecord_writesNothingAndTheNextRecordBeginsWithout() throws Exception {
    Instant end = NOW.plusSeconds(10);
    ImageRecord old = RecordStoreSuite.expiring(end);
    records().createIfAbsent(old, NOW);
    assertThat(thumbnails().put(old.hash(), List.of(made(256)), NOW)).isTrue();

    assertThat(thumbnails().put(old.hash(), List.of(made(1024)), end)).isFalse();
    assertThat(thumbnails().find(old.hash(), end)).isEmpty();
    ImageRecord fresh = ImageRecord.queued(old.image(), Samples.id("message"), end);
    records().createIfAbsent(fresh, end);

    ImageWithThumbnails found = thumbnails().find(old.hash(), end).orElseThrow();
    assertThat(found.record().status()).isEqualTo(Status.QUEUED);
    assertThat(found.thumbnails()).isEmpty();
  }

  @Test
  void put_ofARecordThatWasReplacedMeanwhile_leavesItWithout() throws Exception {
    Instant end = NOW.plusSeconds(10);
    ImageRecord old = RecordStoreSuite.expiring(end);
    records().createIfAbsent(old, NOW);
    ImageRecord fresh = ImageRecord.queued(old.image(), Samples.id("message"), end);
    List<Thumbnail> put = List.of(made(256));
    faulty()
        .beforeNextCommit(
            interfering(
                () -> {
                  new RecordStore(otherDocuments()).createIfAbsent(fresh, end);
                  otherThumbnails().put(old.hash(), put, end);
                }));

    assertThat(thumbnails().put(old.hash(), List.of(made(1024)), NOW)).isFalse();

    assertThat(thumbnails().find(old.hash(), end).orElseThrow().thumbnails()).isEqualTo(put);
  }

  @Test
  void findAndPut_inTheirCourse_takeOneStoreCallAndTwo() throws Exception {
    ImageRecord record = created();
    List<Thumbnail> put = List.of(made(256));
    faulty().take();

    thumbnails().put(record.hash(), put, NOW);
    assertCalls("getAll", "commit");
    thumbnails().put(record.hash(), put, NOW);
    assertCalls("getAll");
    thumbnails().find(record.hash(), NOW);
    assertCalls("getAll");
  }

  private ImageRecord created() throws Exception {
    ImageRecord record = ImageRecord.queued(Samples.image(), Samples.id("message"), NOW);
    records().createIfAbsent(record, NOW);
    return record;
  }

  private List<Thumbnail> found(ImageRecord record) throws Exception {
    Optional<ImageWithThumbnails> found = thumbnails().find(record.hash(), NOW);
    return found.orElseThrow().thumbnails();
  }

  private static Claim claim(ImageRecord record, Instant now) {
    return new Claim(
        record.message(), Samples.id("message"), Samples.id("token"), now, now.plus(LEASE));
  }

  private static Thumbnail made(int size) {
    return made(size, ImageFormat.JPEG);
  }

  private static Thumbnail made(int size, ImageFormat format) {
    return Thumbnail.made(size, Samples.image(Samples.bytes(40), format));
  }
}
