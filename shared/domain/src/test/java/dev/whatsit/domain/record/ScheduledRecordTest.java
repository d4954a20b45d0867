package dev.whatsit.domain.record;

import static dev.whatsit.domain.record.Records.IMAGE;
import static dev.whatsit.domain.record.Records.LATER;
import static dev.whatsit.domain.record.Records.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ScheduledRecordTest {
  private static final ImageRecord SCHEDULED = ImageRecord.scheduled(IMAGE, LATER, NOW);

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
  void advanced_earlier_isScheduledForThen() {
    ImageRecord next = SCHEDULED.advanced(LATER.minusMillis(1), NOW).orElseThrow();

    assertThat(next.status()).isEqualTo(Status.SCHEDULED);
    assertThat(next.dueAt()).isEqualTo(LATER.minusMillis(1));
    assertThat(next.revision()).isEqualTo(2);
  }

  @Test
  void advanced_toNow_isPendingWithNothingToWaitFor() {
    ImageRecord next = SCHEDULED.advanced(NOW, NOW).orElseThrow();

    assertThat(next.status()).isEqualTo(Status.PENDING);
    assertThat(next.dueAt()).isNull();
    assertThat(next.overdueAt()).hasValue(NOW.plusSeconds(60));
    assertThat(next.confirmedQueued(1, "m1", NOW)).isPresent();
  }

  @Test
  void advanced_notEarlier_refused() {
    assertThat(SCHEDULED.advanced(LATER, NOW)).isEmpty();
    assertThat(SCHEDULED.advanced(LATER.plusMillis(1), NOW)).isEmpty();
    assertThat(SCHEDULED.advanced(LATER.plusMillis(1), LATER.plusMillis(1))).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(value = Status.class, names = "SCHEDULED", mode = EnumSource.Mode.EXCLUDE)
  void advanced_notScheduled_refused(Status status) {
    assertThat(Records.due(status, LATER).advanced(NOW, NOW)).isEmpty();
  }
}
