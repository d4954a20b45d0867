package dev.whatsit.domain.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.domain.classification.Annotation;
import dev.whatsit.domain.classification.Classification;
import dev.whatsit.domain.classification.ClassifierIdentity;
import dev.whatsit.domain.failure.FailureCodes;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.record.Claim;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.Outcome;
import dev.whatsit.domain.record.WorkError;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class BatchItemTest {
  private static final Instant NOW = Instant.parse("2026-11-21T08:00:00Z");
  private static final Instant LATER = NOW.plusSeconds(10);
  private static final ItemKey KEY = new ItemKey(BatchId.random(), 3);
  private static final ImageHash HASH = new ImageHash("ab".repeat(32));
  private static final ImageHash OTHER = new ImageHash("cd".repeat(32));
  private static final WorkError ERROR = new WorkError("BROKEN", "Broken.", false);
  private static final List<Annotation> ANNOTATIONS = List.of(new Annotation("cat", 0.93));
  private static final BatchItem FETCHING =
      BatchItem.toFetch(KEY, "a", "https://example.org/a.jpg", NOW);

  @Test
  void about_unknownImage_isThatItemsError() {
    BatchItem item = BatchItem.about(KEY, "a", HASH, null, NOW);

    assertThat(item.status()).isEqualTo(ItemStatus.ERROR);
    assertThat(Objects.requireNonNull(item.error()).code()).isEqualTo(FailureCodes.IMAGE_UNKNOWN);
    assertThat(item.imageHash()).isEqualTo(HASH);
  }

  @Test
  void about_imageUnderWay_waitsForItsRun() {
    ImageRecord second = failed(queued(HASH)).retried(NOW).orElseThrow();

    BatchItem item = BatchItem.about(KEY, "a", HASH, second, NOW);

    assertThat(item.status()).isEqualTo(ItemStatus.WAITING);
    assertThat(item.run()).isEqualTo(2);
    assertThat(item.overdueAt()).isNotNull();
  }

  @Test
  void about_finalImage_isFinalAtOnce() {
    assertThat(BatchItem.about(KEY, "a", HASH, classified(queued(HASH)), NOW))
        .satisfies(
            item -> {
              assertThat(item.status()).isEqualTo(ItemStatus.SUCCESS);
              assertThat(item.annotations()).isEqualTo(ANNOTATIONS);
              assertThat(item.overdueAt()).isNull();
            });
    assertThat(BatchItem.about(KEY, "a", HASH, failed(queued(HASH)), NOW))
        .satisfies(
            item -> {
              assertThat(item.status()).isEqualTo(ItemStatus.ERROR);
              assertThat(item.error()).isEqualTo(ERROR);
            });
    assertThat(BatchItem.about(KEY, "a", HASH, canceled(queued(HASH)), NOW).status())
        .isEqualTo(ItemStatus.CANCELED);
  }

  @Test
  void fetchDeferred_begun_isCountedAndOverdueThen() {
    BatchItem begun = FETCHING.fetchStarted(LATER, NOW).orElseThrow();

    BatchItem item = begun.fetchDeferred(LATER.plusSeconds(1), NOW).orElseThrow();

    assertThat(item.fetches()).isEqualTo(1);
    assertThat(item.overdueAt()).isEqualTo(LATER.plusSeconds(1));
    assertThat(begun.failed(ERROR, NOW).orElseThrow().fetchDeferred(LATER, NOW)).isEmpty();
  }

  @Test
  void asSubmitted_whateverBecameOfIt_isTheItemAsItWasMade() {
    BatchItem waiting = BatchItem.about(KEY, "a", HASH, queued(HASH), NOW);
    BatchItem unknown = BatchItem.about(KEY, "a", HASH, null, NOW);
    BatchItem ended = BatchItem.about(KEY, "a", HASH, classified(queued(HASH)), NOW);

    assertThat(unknown.asSubmitted()).isEqualTo(unknown);
    assertThat(ended.asSubmitted()).isEqualTo(ended);
    // Includes the same instant, because clocks of two machines may agree.
    for (Instant then : List.of(NOW, LATER)) {
      assertThat(FETCHING.followed(queued(HASH), then).orElseThrow().asSubmitted())
          .isEqualTo(FETCHING);
      assertThat(FETCHING.fetchFailed(ERROR, then).orElseThrow().asSubmitted()).isEqualTo(FETCHING);
      assertThat(waiting.followed(failed(queued(HASH)), then).orElseThrow().asSubmitted())
          .isEqualTo(waiting);
      assertThat(waiting.failed(ERROR, then).orElseThrow().asSubmitted()).isEqualTo(waiting);
    }
  }

  @Test
  void followed_fetched_waitsForTheImage() {
    BatchItem item = FETCHING.followed(queued(HASH), LATER).orElseThrow();

    assertThat(item.status()).isEqualTo(ItemStatus.WAITING);
    assertThat(item.imageHash()).isEqualTo(HASH);
    assertThat(item.run()).isEqualTo(1);
    assertThat(item.sourceUrl()).isEqualTo("https://example.org/a.jpg");
    assertThat(item.updatedAt()).isEqualTo(LATER);
  }

  @Test
  void followed_earlierRunOtherImageOrWorkUnderWay_isEmpty() {
    ImageRecord first = failed(queued(HASH));
    ImageRecord second = first.retried(NOW).orElseThrow();
    BatchItem item = BatchItem.about(KEY, "a", HASH, second, NOW);

    assertThat(item.followed(first, LATER)).isEmpty();
    assertThat(item.followed(classified(queued(OTHER)), LATER)).isEmpty();
    assertThat(item.followed(second, LATER)).isEmpty();
  }

  @Test
  void followed_laterRun_endsTheItem() {
    ImageRecord first = queued(HASH);
    BatchItem item = BatchItem.about(KEY, "a", HASH, first, NOW);
    ImageRecord second = failed(first).retried(NOW).orElseThrow();

    assertThat(item.followed(classified(second), LATER).orElseThrow().run()).isEqualTo(2);
  }

  @Test
  void steps_finalItem_areEmpty() {
    BatchItem item = BatchItem.about(KEY, "a", HASH, failed(queued(HASH)), NOW);
    ImageRecord second = classified(failed(queued(HASH)).retried(NOW).orElseThrow());

    assertThat(item.followed(second, LATER)).isEmpty();
    assertThat(item.failed(ERROR, LATER)).isEmpty();
    assertThat(item.fetchStarted(LATER, NOW)).isEmpty();
  }

  @Test
  void fetchStarted_fetching_isCountedAndLookedAtLater() {
    BatchItem item =
        FETCHING.fetchStarted(LATER, NOW).flatMap(i -> i.fetchStarted(LATER, NOW)).get();

    assertThat(item.fetches()).isEqualTo(2);
    assertThat(item.overdueAt()).isEqualTo(LATER);
    assertThat(item.followed(queued(HASH), LATER).orElseThrow().fetchStarted(LATER, NOW)).isEmpty();
  }

  @Test
  void fetchReleased_begun_isNotCountedAndStaysAsOverdue() {
    BatchItem begun = FETCHING.fetchStarted(LATER, NOW).orElseThrow();
    BatchItem back = begun.fetchReleased(NOW).orElseThrow();

    assertThat(back.fetches()).isZero();
    assertThat(back.overdueAt()).isEqualTo(LATER);
    assertThat(back.fetchReleased(NOW)).isEmpty();
    assertThat(begun.followed(queued(HASH), NOW).orElseThrow().fetchReleased(NOW)).isEmpty();
    assertThat(begun.failed(ERROR, NOW).orElseThrow().fetchReleased(NOW)).isEmpty();
  }

  @Test
  void fetchFailed_whatWaitsOrHasEnded_isEmpty() {
    BatchItem waiting = FETCHING.followed(queued(HASH), LATER).orElseThrow();

    assertThat(FETCHING.fetchFailed(ERROR, LATER)).isEqualTo(FETCHING.failed(ERROR, LATER));
    assertThat(waiting.fetchFailed(ERROR, LATER)).isEmpty();
    assertThat(FETCHING.failed(ERROR, NOW).orElseThrow().fetchFailed(ERROR, LATER)).isEmpty();
  }

  private static ImageRecord queued(ImageHash hash) {
    return ImageRecord.queued(
        new ImageDescription(hash, ImageFormat.PNG, 100, 10, 10), "message", NOW);
  }

  private static ImageRecord classified(ImageRecord record) {
    return finished(
        record,
        new Outcome.Classified(
            new Classification(ANNOTATIONS, List.of(), new ClassifierIdentity("onnx", "none"))));
  }

  private static ImageRecord failed(ImageRecord record) {
    return finished(record, new Outcome.Failed(ERROR));
  }

  private static ImageRecord canceled(ImageRecord record) {
    return record.canceled(NOW).orElseThrow();
  }

  private static ImageRecord finished(ImageRecord record, Outcome outcome) {
    Claim claim = new Claim(record.message(), "message", "token", NOW, NOW.plusSeconds(150));
    ImageRecord.Decision decision = ImageRecord.decide(record, claim);
    return ((ImageRecord.Decision.Next) decision)
        .record()
        .finished("token", outcome, NOW)
        .orElseThrow();
  }
}
