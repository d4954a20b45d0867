package dev.whatsit.domain.record;

import static dev.whatsit.domain.record.Records.IMAGE;
import static dev.whatsit.domain.record.Records.LATER;
import static dev.whatsit.domain.record.Records.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.domain.record.Attempt.Result;
import org.junit.jupiter.api.Test;

class AttemptTest {
  private static final ImageRecord QUEUED = ImageRecord.queued(IMAGE, "m1", NOW);

  /** Claimed now with token t2, until {@link Records#LATER}. */
  private static ImageRecord held() {
    return claimed(QUEUED);
  }

  private static ImageRecord claimed(ImageRecord record) {
    Claim claim = Records.claim(record.run(), "m2", "t2");
    return Records.written(ImageRecord.decide(record, claim));
  }

  private static void assertHistory(ImageRecord record, Attempt... attempts) {
    assertThat(record.history()).containsExactly(attempts);
  }

  @Test
  void history_finished_hasTheResult() {
    Outcome classified = new Outcome.Classified(Records.RESULT);
    Outcome failed = new Outcome.Failed(Records.ERROR);

    assertHistory(
        held().finished("t2", classified, NOW.plusMillis(5)).orElseThrow(),
        new Attempt(1, 1, NOW, NOW.plusMillis(5), Result.SUCCESS, null));
    assertHistory(
        held().finished("t2", failed, NOW.plusMillis(5)).orElseThrow(),
        new Attempt(1, 1, NOW, NOW.plusMillis(5), Result.ERROR, "IMAGE_GONE"));
  }

  @Test
  void history_releasedOrDeferred_hasTheResult() {
    assertHistory(
        held().released("t2", NOW.plusMillis(5)).orElseThrow(),
        new Attempt(1, 1, NOW, NOW.plusMillis(5), Result.RELEASED, null));
    assertHistory(
        held().deferred("t2", "QUOTA_USED_UP", LATER, NOW.plusMillis(5)).orElseThrow(),
        new Attempt(1, 1, NOW, NOW.plusMillis(5), Result.DEFERRED, "QUOTA_USED_UP"));
  }

  @Test
  void history_canceledByItsHolder_saysSo() {
    ImageRecord asked = held().canceled(NOW.plusMillis(1)).orElseThrow();

    assertHistory(asked, new Attempt(1, 1, NOW, null, null, null));
    assertHistory(
        asked.released("t2", NOW.plusMillis(5)).orElseThrow(),
        new Attempt(1, 1, NOW, NOW.plusMillis(5), Result.CANCELED, null));
  }

  @Test
  void history_leaseEndedWithoutResult_endsWithTheLease() {
    Attempt lost = new Attempt(1, 1, NOW, LATER, Result.LEASE_LOST, null);
    Claim next =
        new Claim(QUEUED.message(), "m3", "t3", LATER.plusSeconds(1), LATER.plusSeconds(2));

    assertHistory(
        Records.written(ImageRecord.decide(held(), next)),
        lost,
        new Attempt(1, 2, LATER.plusSeconds(1), null, null, null));
    assertHistory(held().canceled(LATER.plusSeconds(1)).orElseThrow(), lost);
    assertHistory(held().deadLettered(1, Records.ERROR, LATER.plusSeconds(1)).orElseThrow(), lost);
    assertHistory(held().requeued("m4", LATER.plusSeconds(600)).orElseThrow(), lost);
  }

  @Test
  void history_retried_isKept() {
    ImageRecord ended = held().finished("t2", new Outcome.Failed(Records.ERROR), NOW).orElseThrow();
    ImageRecord again = claimed(ended.retried(NOW).orElseThrow());

    assertHistory(
        again,
        new Attempt(1, 1, NOW, NOW, Result.ERROR, "IMAGE_GONE"),
        new Attempt(2, 1, NOW, null, null, null));
  }

  @Test
  void history_endBeforeTheBeginning_takesNoTime() {
    assertHistory(
        held().released("t2", NOW.minusSeconds(1)).orElseThrow(),
        new Attempt(1, 1, NOW, NOW, Result.RELEASED, null));
  }
}
