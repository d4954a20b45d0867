package dev.whatsit.domain.record;

import static dev.whatsit.domain.record.Records.IMAGE;
import static dev.whatsit.domain.record.Records.LATER;
import static dev.whatsit.domain.record.Records.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ScheduledRecordTest {
  private static final ImageRecord SCHEDULED = ImageRecord.scheduled(IMAGE, "t1", LATER, NOW);

  @Test
  void scheduled_newSubmission_isDueThenAndFoundThenByTheSweep() {
    assertThat(SCHEDULED.status()).isEqualTo(Status.SCHEDULED);
    assertThat(SCHEDULED.dueAt()).isEqualTo(LATER);
    assertThat(SCHEDULED.overdueAt()).hasValue(LATER);
    assertThat(SCHEDULED.run()).isEqualTo(1);
    assertThat(SCHEDULED.attempts()).isZero();
    assertThat(SCHEDULED.messageId()).isNull();
    assertThat(SCHEDULED.revision()).isEqualTo(1);
  }

  @Test
  void isFirstOf_sameTokenOrMessage_isAndAnyOtherIsNot() {
    ImageRecord queued = ImageRecord.queued(IMAGE, "m1", NOW);

    assertThat(SCHEDULED.isFirstOf(SCHEDULED)).isTrue();
    assertThat(queued.isFirstOf(queued)).isTrue();
    assertThat(SCHEDULED.isFirstOf(queued)).isFalse();
    assertThat(queued.isFirstOf(SCHEDULED)).isFalse();
    assertThat(ImageRecord.scheduled(IMAGE, "t2", LATER, NOW).isFirstOf(SCHEDULED)).isFalse();
    assertThat(ImageRecord.queued(IMAGE, "m2", NOW).isFirstOf(queued)).isFalse();
  }

  @Test
  void advanced_earlier_isScheduledForThen() {
    ImageRecord next = SCHEDULED.advanced("t2", LATER.minusMillis(1), NOW).orElseThrow();

    assertThat(next.status()).isEqualTo(Status.SCHEDULED);
    assertThat(next.dueAt()).isEqualTo(LATER.minusMillis(1));
    assertThat(next.revision()).isEqualTo(2);
    assertThat(next.wasAdvancedWith("t2")).isTrue();
    assertThat(next.wasAdvancedWith("t1")).isFalse();
  }

  @Test
  void advanced_toNow_isPendingWithNothingToWaitFor() {
    ImageRecord next = SCHEDULED.advanced("t2", NOW, NOW).orElseThrow();

    assertThat(next.status()).isEqualTo(Status.PENDING);
    assertThat(next.dueAt()).isNull();
    assertThat(next.overdueAt()).hasValue(NOW.plusSeconds(60));
    assertThat(next.wasAdvancedWith("t2")).isTrue();
    assertThat(next.confirmedQueued(1, "m1", NOW)).isPresent();
  }

  @Test
  void advanced_notEarlier_refused() {
    assertThat(SCHEDULED.advanced("t2", LATER, NOW)).isEmpty();
    assertThat(SCHEDULED.advanced("t2", LATER.plusMillis(1), NOW)).isEmpty();
    assertThat(SCHEDULED.advanced("t2", LATER.plusMillis(1), LATER.plusMillis(1))).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(value = Status.class, names = "SCHEDULED", mode = EnumSource.Mode.EXCLUDE)
  void advanced_notScheduled_refused(Status status) {
    assertThat(Records.due(status, LATER).advanced("t2", NOW, NOW)).isEmpty();
  }

  @Test
  void wasAdvancedWith_claimedSince_isNoLongerSo() {
    ImageRecord pending = SCHEDULED.advanced("t2", NOW, NOW).orElseThrow();
    Claim claim = Records.claim(1, "m2", "t2");

    ClaimResult result = ImageRecord.decide(pending, claim).result();

    assertThat(result)
        .isInstanceOfSatisfying(
            ClaimResult.Granted.class,
            granted -> assertThat(granted.record().wasAdvancedWith("t2")).isFalse());
  }
}
