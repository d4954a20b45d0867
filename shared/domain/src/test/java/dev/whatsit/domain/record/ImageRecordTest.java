package dev.whatsit.domain.record;

import static dev.whatsit.domain.record.Records.ATTEMPTS;
import static dev.whatsit.domain.record.Records.EARLIER;
import static dev.whatsit.domain.record.Records.ERROR;
import static dev.whatsit.domain.record.Records.IMAGE;
import static dev.whatsit.domain.record.Records.LATER;
import static dev.whatsit.domain.record.Records.NOW;
import static dev.whatsit.domain.record.Records.RESULT;
import static dev.whatsit.domain.record.Records.RUN;
import static dev.whatsit.domain.record.Records.claim;
import static dev.whatsit.domain.record.Records.due;
import static dev.whatsit.domain.record.Records.expiring;
import static dev.whatsit.domain.record.Records.in;
import static dev.whatsit.domain.record.Records.processing;
import static dev.whatsit.domain.record.Records.written;
import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.domain.record.ClaimResult.CancelRequested;
import dev.whatsit.domain.record.ClaimResult.Finished;
import dev.whatsit.domain.record.ClaimResult.HeldUntil;
import dev.whatsit.domain.record.ClaimResult.NotDue;
import dev.whatsit.domain.record.ClaimResult.Outdated;
import dev.whatsit.domain.record.ImageRecord.Decision;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ImageRecordTest {
  /**
   * Every status against every event: the result of a claim, and the status after each other event.
   */
  @ParameterizedTest
  @CsvSource(
      useHeadersInDisplayName = true,
      delimiter = '|',
      textBlock =
          """
          status     | claim     | finish  | fail  | release | defer  | dead    | cancel     | retry   | confirm
          SCHEDULED  | Granted   | -       | -     | -       | -      | ERROR   | CANCELED   | -       | -
          PENDING    | Granted   | -       | -     | -       | -      | ERROR   | CANCELED   | -       | QUEUED
          QUEUED     | Granted   | -       | -     | -       | -      | ERROR   | CANCELED   | -       | -
          PROCESSING | HeldUntil | SUCCESS | ERROR | QUEUED  | QUEUED | -       | PROCESSING | -       | -
          SUCCESS    | Finished  | -       | -     | -       | -      | -       | -          | PENDING | -
          ERROR      | Finished  | -       | -     | -       | -      | -       | -          | PENDING | -
          CANCELED   | Finished  | -       | -     | -       | -      | -       | -          | PENDING | -
          """)
  void everyEvent_inEveryStatus_comesToWhatTheTableSays(
      Status status,
      String claim,
      String finish,
      String fail,
      String release,
      String defer,
      String deadLetter,
      String cancel,
      String retry,
      String confirm) {
    ImageRecord record = in(status);

    assertThat(come(ImageRecord.decide(record, claim()))).isEqualTo(claim);
    assertThat(after(record.finished("t1", new Outcome.Classified(RESULT), NOW))).isEqualTo(finish);
    assertThat(after(record.finished("t1", new Outcome.Failed(ERROR), NOW))).isEqualTo(fail);
    assertThat(after(record.released("t1", NOW))).isEqualTo(release);
    assertThat(after(record.deferred("t1", "QUOTA", LATER, NOW))).isEqualTo(defer);
    assertThat(after(record.deadLettered(RUN, ERROR, NOW))).isEqualTo(deadLetter);
    assertThat(after(record.canceled(NOW))).isEqualTo(cancel);
    assertThat(after(record.retried(NOW))).isEqualTo(retry);
    assertThat(after(record.confirmedQueued(RUN, "m2", NOW))).isEqualTo(confirm);
  }

  private static String after(Optional<ImageRecord> next) {
    next.ifPresent(
        record -> {
          assertThat(record.revision()).isEqualTo(8);
          assertThat(record.updatedAt()).isEqualTo(NOW);
          assertThat(record.createdAt()).isEqualTo(EARLIER);
          assertThat(record.image()).isEqualTo(IMAGE);
        });
    return next.map(record -> record.status().name()).orElse("-");
  }

  @Test
  void decide_noRecord_createsItFromTheMessage() {
    assertThat(written(ImageRecord.decide(null, claim())))
        .isEqualTo(
            ImageRecord.builder(IMAGE, EARLIER)
                .run(RUN)
                .status(Status.PROCESSING)
                .attempts(1)
                .messageId("m2")
                .token("t2")
                .leaseUntil(LATER)
                .updatedAt(NOW)
                .history(List.of(new Attempt(RUN, 1, NOW, null, null, null)))
                .build());
  }

  @ParameterizedTest
  @EnumSource(names = {"SUCCESS", "ERROR", "CANCELED"})
  void decide_expiredRecord_countsAsAbsentAndKeepsTheRevisionGrowing(Status status) {
    ImageRecord record = written(ImageRecord.decide(expiring(status, NOW), claim(1, "m2", "t2")));

    assertThat(record.status()).isEqualTo(Status.PROCESSING);
    assertThat(record.run()).isEqualTo(1);
    assertThat(record.attempts()).isEqualTo(1);
    assertThat(record.expireAt()).isNull();
    assertThat(record.revision()).isEqualTo(8);
  }

  @ParameterizedTest
  @EnumSource
  void decide_messageOfAnOlderRun_outdatedWhateverTheStatus(Status status) {
    assertUnwritten(ImageRecord.decide(in(status), claim(RUN - 1, "m2", "t2")), new Outdated(RUN));
  }

  @ParameterizedTest
  @EnumSource
  void decide_messageOfANewerRun_grantedAsThatRunsFirstAttempt(Status status) {
    ImageRecord record = written(ImageRecord.decide(in(status), claim(RUN + 1, "m2", "t2")));

    assertThat(record.run()).isEqualTo(RUN + 1);
    assertThat(record.attempts()).isEqualTo(1);
    assertThat(record.token()).isEqualTo("t2");
  }

  /** Regression: {@code announceDue} of a final record was kept when the work started again. */
  @Test
  void decide_newerRunThanAnEndThatIsToBeAnnounced_isGrantedAndWatched() {
    ImageRecord ended = in(Status.SUCCESS).watched(RUN, NOW).orElseThrow();

    ImageRecord record = written(ImageRecord.decide(ended, claim(RUN + 1, "m2", "t2")));

    assertThat(record.status()).isEqualTo(Status.PROCESSING);
    assertThat(record.watch()).isEqualTo(Watch.WAITING);
  }

  @ParameterizedTest
  @EnumSource(names = {"SCHEDULED", "PENDING", "QUEUED"})
  void decide_waitingWork_countsTheAttemptAndTakesOverMessageTokenAndLease(Status status) {
    ImageRecord record = written(ImageRecord.decide(in(status), claim()));

    assertThat(record.attempts()).isEqualTo(ATTEMPTS + 1);
    assertThat(record.messageId()).isEqualTo("m2");
    assertThat(record.token()).isEqualTo("t2");
    assertThat(record.leaseUntil()).isEqualTo(LATER);
    assertThat(record.run()).isEqualTo(RUN);
    assertThat(record.createdAt()).isEqualTo(EARLIER);
    assertThat(record.revision()).isEqualTo(8);
  }

  @Test
  void decide_liveLeaseOfTheSameMessage_heldAndNotCounted() {
    assertUnwritten(
        ImageRecord.decide(in(Status.PROCESSING), claim(RUN, "m1", "t2")),
        new HeldUntil(LATER, true));
  }

  @Test
  void decide_liveLeaseOfAnotherMessage_heldAndNotCounted() {
    assertUnwritten(
        ImageRecord.decide(in(Status.PROCESSING), claim()), new HeldUntil(LATER, false));
  }

  @Test
  void decide_leaseThatEndsNow_granted() {
    ImageRecord record = written(ImageRecord.decide(processing(NOW, false), claim()));

    assertThat(record.token()).isEqualTo("t2");
    assertThat(record.attempts()).isEqualTo(ATTEMPTS + 1);
  }

  @ParameterizedTest
  @CsvSource({"0", "150"})
  void decide_ownTokenAfterALostAnswer_grantedOnceMoreAndNotCountedTwice(long lease) {
    ImageRecord record = processing(NOW.plusSeconds(lease), false);

    assertThat(ImageRecord.decide(record, claim(RUN, "m1", "t1")))
        .isEqualTo(new Decision.Next(record));
  }

  @Test
  void decide_canceledByAClaimWhoseAnswerWasLost_isCancelRequestedAgain() {
    ImageRecord canceled = in(Status.CANCELED, LATER, true, null, null);

    assertUnwritten(
        ImageRecord.decide(canceled, claim(RUN, "m1", "t1")), new CancelRequested(canceled));
    assertUnwritten(ImageRecord.decide(canceled, claim()), new Finished(canceled));
  }

  @Test
  void decide_cancelRequestedAndTheLeaseEnded_canceled() {
    ImageRecord record = written(ImageRecord.decide(processing(NOW, true), claim()));

    assertThat(record.status()).isEqualTo(Status.CANCELED);
    assertThat(record.attempts()).isEqualTo(ATTEMPTS);
    assertThat(record.leaseUntil()).isNull();
  }

  @Test
  void released_cancelRequested_canceled() {
    ImageRecord released = processing(LATER, true).released("t1", NOW).orElseThrow();

    assertThat(released.status()).isEqualTo(Status.CANCELED);
    assertUnwritten(ImageRecord.decide(released, claim()), new Finished(released));
  }

  @Test
  void deferred_cancelRequested_canceledAndRecognised() {
    ImageRecord deferred =
        processing(LATER, true).deferred("t1", "QUOTA", LATER, NOW).orElseThrow();

    assertThat(deferred.status()).isEqualTo(Status.CANCELED);
    assertThat(deferred.dueAt()).isNull();
    assertThat(deferred.wasDeferredWith("t1")).isTrue();
  }

  @Test
  void canceled_underALease_isNotedOnceAndKeepsTheClaim() {
    ImageRecord asked = processing(LATER, false).canceled(NOW).orElseThrow();

    assertThat(asked.cancelRequested()).isTrue();
    assertThat(asked.token()).isEqualTo("t1");
    assertThat(asked.leaseUntil()).isEqualTo(LATER);
    assertThat(asked.canceled(NOW)).isEmpty();
  }

  @Test
  void canceled_leaseEnded_isCanceled() {
    ImageRecord over = processing(NOW, true).canceled(NOW).orElseThrow();

    assertThat(over.status()).isEqualTo(Status.CANCELED);
    assertThat(over.wasEndedWith("t1")).isFalse();
  }

  @ParameterizedTest
  @EnumSource(names = {"SCHEDULED", "PENDING", "QUEUED"})
  void decide_workThatIsDueLater_notDue(Status status) {
    assertUnwritten(
        ImageRecord.decide(due(status, NOW.plusNanos(1)), claim()), new NotDue(NOW.plusNanos(1)));
  }

  @Test
  void finished_classified_keepsWhatLetsALostAnswerBeRecognised() {
    ImageRecord record =
        in(Status.PROCESSING).finished("t1", new Outcome.Classified(RESULT), NOW).orElseThrow();

    assertThat(record.classification()).isEqualTo(RESULT);
    assertThat(record.attempts()).isEqualTo(ATTEMPTS);
    assertThat(record.wasEndedWith("t1")).isTrue();
    assertThat(record.wasEndedWith("t2")).isFalse();
  }

  @Test
  void finished_cancelRequestedMeanwhile_resultIsKept() {
    ImageRecord record =
        processing(LATER, true).finished("t1", new Outcome.Classified(RESULT), NOW).orElseThrow();

    assertThat(record.status()).isEqualTo(Status.SUCCESS);
    assertThat(record.cancelRequested()).isTrue();
  }

  @Test
  void finishedAndReleased_withAnOldToken_refused() {
    ImageRecord newer = written(ImageRecord.decide(processing(NOW, false), claim()));

    assertThat(newer.finished("t1", new Outcome.Classified(RESULT), NOW)).isEmpty();
    assertThat(newer.finished("t1", new Outcome.Failed(ERROR), NOW)).isEmpty();
    assertThat(newer.released("t1", NOW)).isEmpty();
    assertThat(newer.wasEndedWith("t1")).isFalse();
  }

  @Test
  void deferred_heldWork_isDueLaterAndGivesTheAttemptBack() {
    ImageRecord record = in(Status.PROCESSING).deferred("t1", "QUOTA", LATER, NOW).orElseThrow();

    assertThat(record.dueAt()).isEqualTo(LATER);
    assertThat(record.deferral()).isEqualTo(new Deferral("QUOTA", NOW));
    assertThat(record.attempts()).isEqualTo(ATTEMPTS - 1);
    assertThat(record.leaseUntil()).isNull();
    assertThat(record.wasDeferredWith("t1")).isTrue();
    assertThat(record.wasDeferredWith("t2")).isFalse();
  }

  @Test
  void deferred_againByALaterClaim_takesTheNewReasonAndKeepsTheFirstInstant() {
    ImageRecord once = in(Status.PROCESSING).deferred("t1", "QUOTA", NOW, EARLIER).orElseThrow();
    ImageRecord claimed = written(ImageRecord.decide(once, claim()));
    assertThat(claimed.deferral()).isEqualTo(new Deferral("QUOTA", EARLIER));

    ImageRecord twice = claimed.deferred("t2", "CEILING", LATER, NOW).orElseThrow();

    assertThat(twice.deferral()).isEqualTo(new Deferral("CEILING", EARLIER));
    assertThat(twice.attempts()).isEqualTo(once.attempts());
  }

  @Test
  void deferred_thenEnded_forgetsTheDeferral() {
    ImageRecord deferred =
        in(Status.PROCESSING).deferred("t1", "QUOTA", NOW, EARLIER).orElseThrow();
    ImageRecord claimed = written(ImageRecord.decide(deferred, claim()));

    assertThat(claimed.finished("t2", new Outcome.Failed(ERROR), NOW).orElseThrow().deferral())
        .isNull();
    assertThat(deferred.deadLettered(RUN, ERROR, NOW).orElseThrow().deferral()).isNull();
  }

  @Test
  void deadLettered_waitingWork_isAnErrorOfNoClaim() {
    ImageRecord record = due(Status.QUEUED, LATER).deadLettered(RUN, ERROR, NOW).orElseThrow();

    assertThat(record.error()).isEqualTo(ERROR);
    assertThat(record.dueAt()).isNull();
    assertThat(record.attempts()).isEqualTo(ATTEMPTS);
    assertThat(record.token()).isNull();
  }

  @ParameterizedTest
  @EnumSource
  void deadLettered_anotherRun_refusedWhateverTheStatus(Status status) {
    assertThat(in(status).deadLettered(RUN - 1, ERROR, LATER)).isEmpty();
    assertThat(in(status).deadLettered(RUN + 1, ERROR, LATER)).isEmpty();
  }

  @Test
  void deadLettered_leaseThatEndsNow_isAnErrorAndTheHolderIsRefused() {
    assertThat(processing(NOW.plusNanos(1), false).deadLettered(RUN, ERROR, NOW)).isEmpty();

    ImageRecord record = processing(NOW, false).deadLettered(RUN, ERROR, NOW).orElseThrow();

    assertThat(record.leaseUntil()).isNull();
    assertThat(record.finished("t1", new Outcome.Classified(RESULT), NOW)).isEmpty();
  }

  @Test
  void overdueAt_eachStatus_isWhenTheWorkCountsAsStalled() {
    assertThat(in(Status.PENDING).overdueAt()).contains(EARLIER.plus(Duration.ofMinutes(1)));
    assertThat(in(Status.QUEUED).overdueAt()).contains(EARLIER.plus(Duration.ofHours(1)));
    assertThat(in(Status.PROCESSING).overdueAt()).contains(LATER.plus(Duration.ofMinutes(5)));
    for (Status ended : EnumSet.of(Status.SUCCESS, Status.ERROR, Status.CANCELED)) {
      assertThat(in(ended).overdueAt()).as(ended.name()).isEmpty();
    }
  }

  @Test
  void overdueAt_workThatIsDue_isThatInstantButNotBeforePendingHadItsMinute() {
    assertThat(due(Status.SCHEDULED, LATER).overdueAt()).contains(LATER);
    assertThat(due(Status.QUEUED, LATER).overdueAt()).contains(LATER);
    assertThat(due(Status.PENDING, LATER).overdueAt()).contains(LATER);
    assertThat(due(Status.PENDING, EARLIER).overdueAt())
        .contains(EARLIER.plus(Duration.ofMinutes(1)));
  }

  @ParameterizedTest
  @EnumSource(names = {"SCHEDULED", "PENDING", "QUEUED", "PROCESSING"})
  void requeued_overdue_isQueuedWithTheFreshMessageAndNothingElseIsLost(Status status) {
    ImageRecord before = in(status, EARLIER.minus(Duration.ofMinutes(5)), true, EARLIER, null);

    ImageRecord record = before.requeued("m9", NOW).orElseThrow();

    assertThat(record.status()).isEqualTo(Status.QUEUED);
    assertThat(record.messageId()).isEqualTo("m9");
    assertThat(record.dueAt()).isNull();
    assertThat(record.leaseUntil()).isNull();
    assertThat(record.attempts()).isEqualTo(ATTEMPTS);
    assertThat(record.run()).isEqualTo(RUN);
    assertThat(record.cancelRequested()).isTrue();
    assertThat(record.revision()).isEqualTo(8);
    assertThat(record.overdueAt()).contains(NOW.plus(Duration.ofHours(1)));
  }

  @Test
  void requeued_deferredAndDue_keepsTheFirstDeferral() {
    ImageRecord deferred =
        in(Status.PROCESSING).deferred("t1", "QUOTA", NOW, EARLIER).orElseThrow();

    assertThat(deferred.requeued("m9", NOW.minusNanos(1))).isEmpty();
    assertThat(deferred.requeued("m9", NOW).orElseThrow().deferral())
        .isEqualTo(new Deferral("QUOTA", EARLIER));
  }

  @ParameterizedTest
  @EnumSource
  void requeued_notOverdue_refused(Status status) {
    assertThat(in(status).requeued("m9", EARLIER)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(names = {"SUCCESS", "ERROR", "CANCELED"})
  void retried_finalRecord_beginsTheNextRunAfresh(Status status) {
    ImageRecord before = in(status, LATER, true, null, LATER);

    assertThat(before.retried(NOW))
        .contains(
            ImageRecord.builder(IMAGE, EARLIER)
                .run(RUN + 1)
                .status(Status.PENDING)
                .updatedAt(NOW)
                .revision(8)
                .build());
  }

  @Test
  void confirmedQueued_pendingOfAnotherRun_refused() {
    assertThat(in(Status.PENDING).confirmedQueued(RUN - 1, "m9", NOW)).isEmpty();
    assertThat(in(Status.PENDING).confirmedQueued(RUN + 1, "m9", NOW)).isEmpty();
  }

  @Test
  void watched_unfinishedWork_isMarkedOnceAndInItsRunAlone() {
    ImageRecord watched = in(Status.QUEUED).watched(RUN, NOW).orElseThrow();

    assertThat(watched.watch()).isEqualTo(Watch.WAITING);
    assertThat(watched.watched(RUN, NOW)).isEmpty();
    assertThat(in(Status.QUEUED).watched(RUN + 1, NOW)).isEmpty();
  }

  @Test
  void announceDue_watchedWorkThatEnds_isSetUntilItIsAnnounced() {
    Instant due = NOW.plus(Watch.ANNOUNCED_WITHIN);
    ImageRecord queued = in(Status.QUEUED).watched(RUN, NOW).orElseThrow();
    ImageRecord held = in(Status.PROCESSING).watched(RUN, NOW).orElseThrow();
    ImageRecord canceled = queued.canceled(NOW).orElseThrow();
    ImageRecord watchedAgain = canceled.watched(RUN, LATER).orElseThrow();

    assertThat(canceled.announceDue()).hasValue(due);
    assertThat(canceled.overdueAt()).hasValue(due);
    assertThat(queued.deadLettered(RUN, ERROR, NOW).orElseThrow().announceDue()).hasValue(due);
    assertThat(held.finished("t1", new Outcome.Failed(ERROR), NOW).orElseThrow().announceDue())
        .hasValue(due);
    assertThat(canceled.requeued("m9", due).orElseThrow().announceDue())
        .hasValue(due.plus(Watch.ANNOUNCED_WITHIN));
    assertThat(canceled.retried(NOW).orElseThrow().watch()).isEqualTo(Watch.WAITING);
    assertThat(canceled.announced(canceled).orElseThrow().announceDue()).isEmpty();
    assertThat(watchedAgain.announceDue()).hasValue(LATER.plus(Watch.ANNOUNCED_WITHIN));
    assertThat(watchedAgain.announced(canceled)).isEmpty();
  }

  @Test
  void isExpired_fromThatInstantOn() {
    assertThat(expiring(Status.ERROR, NOW).isExpired(NOW.minusNanos(1))).isFalse();
    assertThat(expiring(Status.ERROR, NOW).isExpired(NOW)).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void construct_partsThatBelongToAnotherStatus_refused(Status status) {
    Set<Status> results = EnumSet.of(Status.SUCCESS);
    Set<Status> errors = EnumSet.of(Status.ERROR);
    Set<Status> leases = EnumSet.of(Status.PROCESSING);
    for (int parts = 0; parts < 16; parts++) {
      boolean result = (parts & 1) != 0;
      boolean error = (parts & 2) != 0;
      boolean lease = (parts & 4) != 0;
      boolean expires = (parts & 8) != 0;
      boolean fits =
          result == results.contains(status)
              && error == errors.contains(status)
              && lease == leases.contains(status)
              && (!expires || status.isFinal());
      assertThat(constructs(status, result, error, lease, expires)).isEqualTo(fits);
    }
  }

  private static boolean constructs(
      Status status, boolean result, boolean error, boolean lease, boolean expires) {
    try {
      ImageRecord record =
          ImageRecord.builder(IMAGE, NOW)
              .status(status)
              .attempts(1)
              .messageId("m1")
              .token("t1")
              .leaseUntil(lease ? LATER : null)
              .classification(result ? RESULT : null)
              .error(error ? ERROR : null)
              .expireAt(expires ? LATER : null)
              .build();
      return record.status() == status;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static String come(Decision decision) {
    return decision instanceof Decision.Answer answer
        ? answer.result().getClass().getSimpleName()
        : "Granted";
  }

  private static void assertUnwritten(Decision decision, ClaimResult result) {
    assertThat(decision).isEqualTo(new Decision.Answer(result));
  }
}
