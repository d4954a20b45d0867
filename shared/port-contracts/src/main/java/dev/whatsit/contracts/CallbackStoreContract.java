package dev.whatsit.contracts;

import static dev.whatsit.contracts.Samples.NOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.whatsit.domain.callback.Callback;
import dev.whatsit.domain.callback.CallbackAttempt;
import dev.whatsit.domain.callback.CallbackClaim;
import dev.whatsit.domain.callback.CallbackClaimResult;
import dev.whatsit.domain.callback.CallbackId;
import dev.whatsit.domain.callback.CallbackKind;
import dev.whatsit.domain.callback.CallbackStatus;
import dev.whatsit.domain.callback.CallbackStore;
import dev.whatsit.domain.callback.Redelivered;
import dev.whatsit.domain.callback.RegisterResult;
import dev.whatsit.domain.callback.Settlement;
import dev.whatsit.domain.callback.Subject;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageHash;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a {@link CallbackStore} promises. */
public abstract class CallbackStoreContract {
  private static final int RACERS = 16;
  private static final int MOST = 20;
  private static final String TARGET = "https://user:größe@example.org/hook?token=🐈&x=\"'<>";
  private static final String PAYLOAD = "{\"status\":\"success\",\"label\":\"Kätzchen 🐈\"}";
  private static final Duration LEASE = Duration.ofSeconds(60);
  private static final Instant LATER = NOW.plusSeconds(10);
  private static final Instant LEASE_OVER = NOW.plus(LEASE);
  private static final CallbackAttempt RECEIVED = new CallbackAttempt(NOW, 204, null, 17);
  private static final CallbackAttempt FAILED = new CallbackAttempt(NOW, null, "TIMEOUT", 15_000);
  private static final Settlement DELIVERED =
      new Settlement.Settled(CallbackStatus.DELIVERED, RECEIVED);
  private static final Instant EXPIRY = NOW.plus(Duration.ofDays(30));
  private static final Settlement EXPIRING =
      new Settlement.Settled(CallbackStatus.DELIVERED, RECEIVED, EXPIRY);
  private static final Settlement AGAIN =
      new Settlement.Again(NOW.plusSeconds(300), NOW.plusSeconds(360), FAILED);

  /** The store under test. */
  protected abstract CallbackStore store() throws Exception;

  /** The same store as another process sees it, where that is another object. */
  protected CallbackStore otherStore() throws Exception {
    return store();
  }

  /** As {@link RecordStoreContract#loseNextAnswer}. */
  protected void loseNextAnswer() throws Exception {}

  // Registering.

  @Test
  void register_new_isWrittenAndListed() throws Exception {
    Callback fresh = fresh();

    assertThat(store().register(fresh, MOST, NOW)).isEqualTo(new RegisterResult.Registered(fresh));

    assertThat(list(fresh.subject())).containsExactly(fresh);
    assertThat(otherStore().waiting(fresh.subject(), MOST)).containsExactly(fresh);
  }

  @Test
  void register_sameTargetAgain_getsTheOneThatIsThere() throws Exception {
    Callback first = registered();
    Callback second = Callback.waiting(first.subject(), first.kind(), first.target(), LATER);

    assertThat(store().register(second, MOST, LATER)).isEqualTo(new RegisterResult.Exists(first));
    assertThat(list(first.subject())).containsExactly(first);
  }

  @Test
  void register_answerLost_repeatedGivesTheFirstAnswer() throws Exception {
    Callback fresh = fresh();

    assertThat(withLostAnswer(() -> store().register(fresh, MOST, NOW)))
        .isEqualTo(new RegisterResult.Registered(fresh));

    assertThat(list(fresh.subject())).containsExactly(fresh);
  }

  @Test
  void register_moreThanTheMost_isRefusedAndThoseThereAreNot() throws Exception {
    Subject subject = subject();
    Callback first = of(subject, "https://example.org/1");
    store().register(first, 2, NOW);
    store().register(of(subject, "https://example.org/2"), 2, NOW);

    assertThat(store().register(of(subject, "https://example.org/3"), 2, NOW))
        .isEqualTo(new RegisterResult.TooMany());

    assertThat(store().register(first, 2, NOW)).isEqualTo(new RegisterResult.Registered(first));
    assertThat(list(subject)).hasSize(2);
    Subject nextRun = new Subject(subject.id(), subject.run() + 1);
    assertThat(store().register(of(nextRun, "https://example.org/3"), 2, NOW))
        .isInstanceOf(RegisterResult.Registered.class);
  }

  @Test
  void register_sameTargetAtOnce_oneIsWrittenAndAllGetIt() throws Exception {
    Subject subject = subject();

    List<RegisterResult> results =
        Race.of(RACERS, i -> () -> storeOf(i).register(of(subject, TARGET), MOST, NOW));

    Callback kept = list(subject).get(0);
    assertThat(list(subject)).hasSize(1);
    assertThat(results).containsOnlyOnce(new RegisterResult.Registered(kept));
    assertThat(results)
        .filteredOn(r -> r.equals(new RegisterResult.Exists(kept)))
        .hasSize(RACERS - 1);
  }

  @Test
  void list_several_givesThoseOfTheRunEldestFirst() throws Exception {
    Subject subject = subject();
    List<CallbackId> made = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Callback callback =
          Callback.waiting(
              subject, CallbackKind.WEBHOOK, "https://example.org/" + i, NOW.plusSeconds(i));
      store().register(callback, MOST, NOW);
      made.add(callback.id());
    }
    store().register(of(new Subject(subject.id(), subject.run() + 1), TARGET), MOST, NOW);

    assertThat(list(subject)).extracting(Callback::id).containsExactlyElementsOf(made);
    assertThat(store().list(subject, CallbackKind.WEBHOOK, 2, NOW)).hasSize(2);
  }

  @Test
  void list_laterRun_givesThoseOfEarlierOnesThatWaitAndOneForATarget() throws Exception {
    Subject first = subject();
    Subject third = new Subject(first.id(), 3);
    Callback carriedOver = of(first, "https://example.org/waits");
    Callback twice = of(third, TARGET);
    Callback told = of(first, "https://example.org/told");
    Callback later = of(new Subject(first.id(), 4), "https://example.org/later");
    for (Callback each : List.of(carriedOver, of(first, TARGET), twice, told, later)) {
      store().register(each, MOST, NOW);
    }
    store().announce(told.id(), PAYLOAD, NOW);

    assertThat(list(third)).containsExactlyInAnyOrder(carriedOver, twice);
  }

  // Carrying over to a later run.

  @Test
  void carry_waiting_isTheLaterRunsWithItsMessageId() throws Exception {
    Callback waiting = registered();
    Subject later = new Subject(waiting.subject().id(), 3);

    store().carry(waiting.id(), later, LATER);

    Callback carried = waiting.carriedTo(later, LATER).orElseThrow();
    assertThat(carried.messageId()).isEqualTo(waiting.messageId());
    assertThat(list(later)).containsExactly(carried);
    assertThat(list(waiting.subject())).isEmpty();
    assertThat(otherStore().waiting(later, MOST)).containsExactly(carried);
    assertThat(store().announce(waiting.id(), PAYLOAD, LATER)).isEmpty();
    assertThat(store().announce(carried.id(), PAYLOAD, LATER)).isPresent();
  }

  @Test
  void carry_laterRunHasItsTarget_isPartOfThatOne() throws Exception {
    Callback waiting = registered();
    Subject second = new Subject(waiting.subject().id(), 2);
    store().register(of(second, TARGET), MOST, NOW);
    Callback told = store().announce(of(second, TARGET).id(), PAYLOAD, NOW).orElseThrow();

    store().carry(waiting.id(), second, LATER);

    assertThat(list(second)).containsExactly(told);
    assertThat(store().waiting(second, MOST)).isEmpty();
  }

  @Test
  void carry_announcedOrUnknown_changesNothing() throws Exception {
    Callback pending = pending();
    Subject second = new Subject(pending.subject().id(), 2);

    store().carry(pending.id(), second, LATER);
    store().carry(fresh().id(), new Subject(fresh().subject().id(), 2), LATER);

    assertThat(list(pending.subject())).containsExactly(pending);
    assertThat(list(second)).isEmpty();
  }

  @Test
  void carry_answerLost_repeatedCarriesItOnce() throws Exception {
    Callback waiting = registered();
    Subject second = new Subject(waiting.subject().id(), 2);

    withLostAnswer(
        () -> {
          store().carry(waiting.id(), second, NOW);
          return waiting;
        });

    assertThat(list(second)).containsExactly(waiting.carriedTo(second, NOW).orElseThrow());
    assertThat(list(waiting.subject())).isEmpty();
  }

  @Test
  void carry_whileItIsAnnounced_isToldOfOneRunOnly() throws Exception {
    for (int round = 0; round < 10; round++) {
      Callback waiting = registered();
      Subject second = new Subject(waiting.subject().id(), 2);

      Race.of(
          3,
          i ->
              () -> {
                if (i == 0) {
                  store().announce(waiting.id(), PAYLOAD, NOW);
                } else {
                  storeOf(i).carry(waiting.id(), second, NOW);
                }
                return i;
              });

      List<Callback> all = new ArrayList<>(list(second));
      all.addAll(list(waiting.subject()));
      assertThat(all).extracting(Callback::messageId).containsExactly(waiting.messageId());
      assertThat(all.get(0).status() == CallbackStatus.WAITING)
          .isEqualTo(all.get(0).subject().equals(second));
    }
  }

  // Announcing.

  @Test
  void waiting_runs_givesThoseOfThisAndEarlierOnesThatStillWait() throws Exception {
    Subject second = new Subject(Samples.image().hash().hex(), 2);
    Callback earlier = of(new Subject(second.id(), 1), TARGET);
    Callback mine = of(second, TARGET);
    Callback told = of(second, "https://example.org/told");
    Callback later = of(new Subject(second.id(), 3), TARGET);
    for (Callback each : List.of(earlier, mine, told, later)) {
      store().register(each, MOST, NOW);
    }
    store().announce(told.id(), PAYLOAD, NOW);

    assertThat(store().waiting(second, MOST)).containsExactlyInAnyOrder(earlier, mine);
    assertThat(store().waiting(second, 1)).hasSize(1);
  }

  @Test
  void announce_waiting_isPendingAndDueWithThePayload() throws Exception {
    Callback waiting = registered();

    Callback pending = store().announce(waiting.id(), PAYLOAD, LATER).orElseThrow();

    assertThat(pending).isEqualTo(waiting.announced(PAYLOAD, LATER).orElseThrow());
    assertThat(list(waiting.subject())).containsExactly(pending);
  }

  @Test
  void announce_again_keepsTheFirstPayload() throws Exception {
    Callback pending = pending();

    assertThat(store().announce(pending.id(), "{}", LATER)).hasValue(pending);
    assertThat(list(pending.subject())).containsExactly(pending);
  }

  @Test
  void announce_unknown_isEmpty() throws Exception {
    assertThat(store().announce(fresh().id(), PAYLOAD, NOW)).isEmpty();
  }

  @Test
  void announce_longPayload_isKeptWhole() throws Exception {
    Callback waiting = registered();
    String payload = "🐈".repeat(10_000);

    store().announce(waiting.id(), payload, NOW);

    assertThat(list(waiting.subject()).get(0).payload()).isEqualTo(payload);
  }

  // Claiming.

  @Test
  void claim_due_isGrantedAndHeld() throws Exception {
    Callback pending = pending();

    Callback held = granted(store().claim(claim(pending, "one", NOW)));

    assertThat(held.leaseUntil()).isEqualTo(LEASE_OVER);
    assertThat(list(pending.subject())).containsExactly(held);
    assertThat(store().claim(claim(pending, "two", LATER)))
        .isEqualTo(new CallbackClaimResult.HeldUntil(LEASE_OVER));
  }

  @Test
  void claim_answerLost_repeatedIsGranted() throws Exception {
    Callback pending = pending();

    Callback held = granted(withLostAnswer(() -> store().claim(claim(pending, "one", NOW))));

    assertThat(held.revision()).isEqualTo(pending.revision() + 1);
  }

  @Test
  void claim_leaseEnded_isGrantedAndTheHolderIsSuperseded() throws Exception {
    Callback pending = pending();
    granted(store().claim(claim(pending, "old", NOW)));

    Callback held = granted(store().claim(claim(pending, "new", LEASE_OVER)));

    assertThat(store().settle(pending.id(), "old", DELIVERED, LEASE_OVER)).isEmpty();
    assertThat(list(pending.subject())).containsExactly(held);
  }

  @Test
  void claim_twoNotifiersAtOnce_oneIsGranted() throws Exception {
    for (int round = 0; round < 10; round++) {
      Callback pending = pending();

      List<CallbackClaimResult> results =
          Race.of(2, i -> () -> storeOf(i).claim(claim(pending, "token" + i, NOW)));

      assertThat(results).filteredOn(CallbackClaimResult.Granted.class::isInstance).hasSize(1);
      assertThat(results).contains(new CallbackClaimResult.HeldUntil(LEASE_OVER));
    }
  }

  @Test
  void claim_waitingOrUnknownOrSettled_isNothingToDo() throws Exception {
    Callback waiting = registered();
    Callback settled = settled(DELIVERED);

    for (Callback each : List.of(waiting, settled, fresh())) {
      assertThat(store().claim(claim(each, "token", LATER)))
          .isEqualTo(new CallbackClaimResult.NothingToDo());
    }
  }

  // Settling.

  @ParameterizedTest
  @EnumSource(
      value = CallbackStatus.class,
      names = {"DELIVERED", "STOPPED", "FAILED"})
  void settle_held_isSettledWithItsAttempt(CallbackStatus status) throws Exception {
    Callback settled = settled(new Settlement.Settled(status, FAILED));

    assertThat(settled.status()).isEqualTo(status);
    assertThat(settled.attempts()).containsExactly(FAILED);
    assertThat(settled.tries()).isEqualTo(1);
    assertThat(list(settled.subject())).containsExactly(settled);
    assertThat(overdue(NOW.plus(Duration.ofDays(365)))).doesNotContain(settled.id());
  }

  @Test
  void settle_again_isDueThenAndNotBefore() throws Exception {
    Callback later = settled(AGAIN);

    assertThat(later.status()).isEqualTo(CallbackStatus.PENDING);
    assertThat(store().claim(claim(later, "two", NOW.plusSeconds(299))))
        .isEqualTo(new CallbackClaimResult.NotDue(NOW.plusSeconds(300)));
    Callback held = granted(store().claim(claim(later, "two", NOW.plusSeconds(300))));
    assertThat(held.attempts()).containsExactly(FAILED);
    assertThat(held.tries()).isEqualTo(1);
    assertThat(held.messageId()).isEqualTo(later.messageId());
  }

  @Test
  void settle_withoutATry_countsNone() throws Exception {
    Callback later = settled(new Settlement.Again(LATER, LATER, null));

    assertThat(later.tries()).isZero();
    assertThat(later.attempts()).isEmpty();
    granted(store().claim(claim(later, "two", LATER)));
  }

  @Test
  void settle_answerLost_repeatedGivesTheFirstAnswer() throws Exception {
    Callback pending = pending();
    granted(store().claim(claim(pending, "one", NOW)));

    Optional<Callback> settled =
        withLostAnswer(() -> store().settle(pending.id(), "one", DELIVERED, NOW));

    assertThat(settled.orElseThrow().tries()).isEqualTo(1);
    assertThat(list(pending.subject())).containsExactly(settled.get());
  }

  @Test
  void settle_notHeldOrUnknown_isEmpty() throws Exception {
    Callback pending = pending();

    assertThat(store().settle(pending.id(), "one", DELIVERED, NOW)).isEmpty();
    assertThat(store().settle(fresh().id(), "one", DELIVERED, NOW)).isEmpty();
    assertThat(list(pending.subject())).containsExactly(pending);
  }

  @Test
  void settle_manyTimes_keepsTheNewestAttempts() throws Exception {
    Callback callback = pending();
    for (int i = 0; i < Callback.MOST_ATTEMPTS + 2; i++) {
      Instant now = NOW.plusSeconds(i);
      granted(store().claim(claim(callback, "token" + i, now)));
      CallbackAttempt attempt = new CallbackAttempt(now, 500, "HTTP_ERROR", i);
      Instant due = now.plusSeconds(1);
      callback =
          store()
              .settle(callback.id(), "token" + i, new Settlement.Again(due, due, attempt), now)
              .orElseThrow();
    }

    assertThat(callback.tries()).isEqualTo(Callback.MOST_ATTEMPTS + 2);
    assertThat(callback.attempts()).hasSize(Callback.MOST_ATTEMPTS);
    assertThat(callback.attempts().get(0).millis()).isEqualTo(2);
    assertThat(list(callback.subject())).containsExactly(callback);
  }

  // Redelivering.

  @Test
  void redeliver_settled_isDueWithTheSameMessage() throws Exception {
    Callback settled = settled(DELIVERED);

    Callback again = store().redeliver(settled.id(), LATER).orElseThrow();

    assertThat(again.status()).isEqualTo(CallbackStatus.PENDING);
    assertThat(again.messageId()).isEqualTo(settled.messageId());
    assertThat(again.payload()).isEqualTo(PAYLOAD);
    assertThat(again.attempts()).containsExactly(RECEIVED);
    assertThat(again.tries()).isZero();
    granted(store().claim(claim(again, "again", LATER)));
  }

  @Test
  void redeliver_waitingOrUnknown_writesNothing() throws Exception {
    Callback waiting = registered();

    assertThat(store().redeliver(waiting.id(), LATER)).hasValue(waiting);
    assertThat(store().redeliver(fresh().id(), LATER)).isEmpty();
  }

  /** It was left alone, and whoever had asked got nothing. */
  @Test
  void redeliver_held_isToldAnewOnceTheHolderHasSettled() throws Exception {
    Callback held = granted(store().claim(claim(pending(), "one", NOW)));

    Callback asked = store().redeliver(held.id(), LATER).orElseThrow();

    assertThat(asked.redelivery()).isEqualTo(Redelivered.ASKED);
    assertThat(store().redeliver(held.id(), LATER)).hasValue(asked);
    assertThat(store().claim(claim(held, "two", LATER)))
        .isEqualTo(new CallbackClaimResult.HeldUntil(LEASE_OVER));
    Callback again =
        withLostAnswer(() -> store().settle(held.id(), "one", DELIVERED, LATER)).orElseThrow();
    assertThat(again.status()).isEqualTo(CallbackStatus.PENDING);
    assertThat(again.attempts()).containsExactly(RECEIVED);
    assertThat(again.tries()).isZero();
    Callback claimed = granted(store().claim(claim(held, "two", LATER)));
    assertThat(claimed.redelivery()).isEqualTo(Redelivered.UNDER_WAY);
    Callback settled = store().settle(held.id(), "two", DELIVERED, LATER).orElseThrow();
    assertThat(settled.status()).isEqualTo(CallbackStatus.DELIVERED);
    assertThat(settled.attempts()).containsExactly(RECEIVED, RECEIVED);
    assertThat(list(held.subject())).containsExactly(settled);
  }

  @Test
  void redeliver_notTriedOrTried_isStillAskedForOrNot() throws Exception {
    Callback settled = settled(DELIVERED);
    store().redeliver(settled.id(), NOW);
    granted(store().claim(claim(settled, "two", NOW)));
    Settlement putOff = new Settlement.Again(LATER, LATER, null);

    assertThat(store().settle(settled.id(), "two", putOff, NOW).orElseThrow().redelivery())
        .isEqualTo(Redelivered.ASKED);
    granted(store().claim(claim(settled, "three", LATER)));
    assertThat(store().settle(settled.id(), "three", AGAIN, LATER).orElseThrow().redelivery())
        .isNull();
  }

  // Expiring.

  @Test
  void list_expired_isWithoutIt() throws Exception {
    Callback expiring = settled(EXPIRING);
    Instant before = EXPIRY.minusMillis(1);

    assertThat(expiring.expireAt()).isEqualTo(EXPIRY);
    assertThat(store().list(expiring.subject(), CallbackKind.WEBHOOK, 10, before))
        .containsExactly(expiring);
    assertThat(store().list(expiring.subject(), CallbackKind.WEBHOOK, 10, EXPIRY)).isEmpty();
  }

  @Test
  void register_overAnExpiredOne_isAFreshOne() throws Exception {
    Callback expired = settled(EXPIRING);
    Callback fresh = Callback.waiting(expired.subject(), expired.kind(), TARGET, EXPIRY);

    assertThat(store().register(fresh, 1, EXPIRY)).isEqualTo(new RegisterResult.Registered(fresh));

    assertThat(list(expired.subject())).containsExactly(fresh);
  }

  @Test
  void register_expiredOnesOfOthers_doNotCount() throws Exception {
    Callback expired = settled(EXPIRING);
    Callback other = of(expired.subject(), "https://example.org/other");

    assertThat(store().register(other, 1, EXPIRY.minusMillis(1)))
        .isEqualTo(new RegisterResult.TooMany());
    assertThat(store().register(other, 1, EXPIRY)).isEqualTo(new RegisterResult.Registered(other));
  }

  @Test
  void redeliver_expiring_expiresNoMore_expired_isGone() throws Exception {
    Callback expiring = settled(EXPIRING);

    assertThat(store().redeliver(expiring.id(), EXPIRY)).isEmpty();
    Callback again = store().redeliver(expiring.id(), EXPIRY.minusMillis(1)).orElseThrow();

    assertThat(again.expireAt()).isNull();
    assertThat(store().list(again.subject(), CallbackKind.WEBHOOK, 10, EXPIRY))
        .containsExactly(again);
  }

  // Overdue.

  @Test
  void overdue_pendingAndHeld_areFoundFromTheirInstantOn() throws Exception {
    Callback pending = pending();
    Callback held = granted(store().claim(claim(pending(), "one", NOW)));
    Callback later = settled(AGAIN);
    Callback waiting = registered();

    assertFoundFrom(pending, NOW.plus(Callback.CARRIED_WITHIN));
    assertFoundFrom(held, LEASE_OVER.plus(Callback.CARRIED_WITHIN));
    assertFoundFrom(later, NOW.plusSeconds(360));
    assertThat(overdue(NOW.plus(Duration.ofDays(365)))).doesNotContain(waiting.id());
    assertThat(store().overdue(NOW.plus(Duration.ofDays(365)), 2)).hasSize(2);
  }

  @Test
  void sentAgain_asSeen_isOverdueLaterAndStillDue() throws Exception {
    Callback pending = pending();
    Instant now = NOW.plus(Callback.CARRIED_WITHIN);

    assertThat(store().sentAgain(pending, now)).isTrue();

    assertThat(overdue(now)).doesNotContain(pending.id());
    assertFoundFrom(pending, now.plusSeconds(300));
    granted(store().claim(claim(pending, "one", now)));
  }

  @Test
  void sentAgain_changedMeanwhileOrNotOverdue_writesNothing() throws Exception {
    Callback pending = pending();
    Instant now = NOW.plus(Callback.CARRIED_WITHIN);
    assertThat(store().sentAgain(pending, NOW)).isFalse();
    Callback held = granted(store().claim(claim(pending, "one", now)));

    assertThat(store().sentAgain(pending, now)).isFalse();

    assertThat(list(pending.subject())).containsExactly(held);
  }

  @Test
  void checkReachable_reachable_passes() {
    assertThatCode(() -> store().checkReachable()).doesNotThrowAnyException();
  }

  private void assertFoundFrom(Callback callback, Instant instant) throws Exception {
    assertThat(overdue(instant.minusMillis(1))).doesNotContain(callback.id());
    assertThat(overdue(instant)).contains(callback.id());
  }

  private List<CallbackId> overdue(Instant now) throws Exception {
    return store().overdue(now, 1000).stream().map(Callback::id).toList();
  }

  private CallbackStore storeOf(int racer) throws Exception {
    return racer % 2 == 0 ? store() : otherStore();
  }

  private List<Callback> list(Subject subject) throws Exception {
    return store().list(subject, CallbackKind.WEBHOOK, 100, LATER);
  }

  private Callback registered() throws Exception {
    Callback fresh = fresh();
    store().register(fresh, MOST, NOW);
    return fresh;
  }

  private Callback pending() throws Exception {
    return store().announce(registered().id(), PAYLOAD, NOW).orElseThrow();
  }

  private Callback settled(Settlement settlement) throws Exception {
    Callback pending = pending();
    granted(store().claim(claim(pending, "one", NOW)));
    return store().settle(pending.id(), "one", settlement, NOW).orElseThrow();
  }

  private <T> T withLostAnswer(Callable<T> call) throws Exception {
    loseNextAnswer();
    try {
      call.call();
    } catch (TransientFailure e) {
      // The answer is lost; the caller does not know, and asks again.
      assertThat(e).hasMessageMatching("(?s).+");
    }
    return call.call();
  }

  private static CallbackClaim claim(Callback callback, String token, Instant now) {
    return new CallbackClaim(callback.id(), token, now, now.plus(LEASE));
  }

  private static Callback granted(CallbackClaimResult result) {
    assertThat(result).isInstanceOf(CallbackClaimResult.Granted.class);
    return ((CallbackClaimResult.Granted) result).callback();
  }

  private static Callback fresh() {
    return of(subject(), TARGET);
  }

  private static Callback of(Subject subject, String target) {
    return Callback.waiting(subject, CallbackKind.WEBHOOK, target, NOW);
  }

  private static Subject subject() {
    ImageHash hash = Samples.image().hash();
    return Subject.of(hash, 1);
  }
}
