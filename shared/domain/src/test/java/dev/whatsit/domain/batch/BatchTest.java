package dev.whatsit.domain.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.domain.record.WorkError;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BatchTest {
  private static final Instant NOW = Instant.parse("2026-11-21T08:00:00Z");
  private static final Instant LATER = NOW.plusSeconds(10);
  private static final BatchId ID = BatchId.random();
  private static final BatchItem OPEN =
      BatchItem.toFetch(new ItemKey(ID, 0), "a", "https://example.org/a.jpg", NOW);
  private static final BatchItem ENDED =
      OPEN.failed(new WorkError("BROKEN", "Broken.", false), NOW).orElseThrow();

  @Test
  void of_openItem_isNotComplete() {
    Batch batch = Batch.of(ID, List.of(ENDED, OPEN), "https://example.org/done", NOW);

    assertThat(batch.total()).isEqualTo(2);
    assertThat(batch.completedAt()).isNull();
    assertThat(batch.announceDue()).isFalse();
    assertThat(batch.overdueAt()).isEqualTo(NOW.plus(Duration.ofMinutes(5)));
  }

  @Test
  void of_noOpenItem_isCompleteAndToBeAnnounced() {
    Batch batch = Batch.of(ID, List.of(ENDED), "https://example.org/done", NOW);

    assertThat(batch.completedAt()).isEqualTo(NOW);
    assertThat(batch.announceDue()).isTrue();
  }

  @Test
  void completed_withoutCallback_leavesNothingToDo() {
    Batch batch = Batch.of(ID, List.of(OPEN), null, NOW).completed(LATER).orElseThrow();

    assertThat(batch.completedAt()).isEqualTo(LATER);
    assertThat(batch.overdueAt()).isNull();
    assertThat(batch.announced(LATER)).isEmpty();
    assertThat(batch.postponed(LATER)).isEmpty();
  }

  @Test
  void announced_afterCompletion_keepsWhenItWasComplete() {
    Batch batch =
        Batch.of(ID, List.of(OPEN), "https://example.org/done", NOW).completed(LATER).orElseThrow();

    Batch announced = batch.announced(LATER.plusSeconds(5)).orElseThrow();

    assertThat(batch.overdueAt()).isEqualTo(LATER.plus(Duration.ofMinutes(1)));
    assertThat(announced.completedAt()).isEqualTo(LATER);
    assertThat(announced.overdueAt()).isNull();
    assertThat(announced.announced(LATER)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"PT5M,PT5M", "PT20M,PT20M", "PT50M,PT50M", "PT3H,PT1H", "P7D,PT1H"})
  void postponed_overdue_isLookedAtWhenItIsTwiceAsOldAtMostAnHourLater(
      Duration age, Duration wait) {
    Instant then = NOW.plus(age);

    assertThat(Batch.of(ID, List.of(OPEN), null, NOW).postponed(then).orElseThrow().overdueAt())
        .isEqualTo(then.plus(wait));
    assertThat(OPEN.postponed(then).orElseThrow().overdueAt()).isEqualTo(then.plus(wait));
  }

  @Test
  void expiring_everyStep_keepsWhenItExpires() {
    Batch batch = Batch.of(ID, List.of(OPEN), "https://example.org/done", NOW).expiring(LATER);
    Batch completed = batch.completed(NOW).orElseThrow();

    assertThat(completed.expireAt()).isEqualTo(LATER);
    assertThat(completed.announced(NOW).orElseThrow().expireAt()).isEqualTo(LATER);
    assertThat(completed.postponed(LATER.plusSeconds(60)).orElseThrow().expireAt())
        .isEqualTo(LATER);
  }
}
