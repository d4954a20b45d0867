package dev.whatsit.stores;

import static dev.whatsit.contracts.Samples.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.contracts.Race;
import dev.whatsit.contracts.Samples;
import dev.whatsit.domain.callback.AttemptOutcome;
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
import dev.whatsit.domain.callback.Subject;
import dev.whatsit.domain.document.DocumentKey;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.domain.image.ImageHash;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The contract of {@link CallbackStore}, on a document store. */
public abstract class CallbackStoreSuite extends StoreSuite {
  /** As {@link StoreSuite}. */
  protected CallbackStoreSuite(
      Supplier<DocumentStore> documents, Supplier<DocumentStore> otherDocuments) {
    super(documents, otherDocuments);
  }

  private static final int RACERS = 16;
  private static final int LIMIT = 20;
  private static final String TARGET = "https://user:größe@example.org/hook?token=🐈&x=\"'<>";
  private static final String PAYLOAD = "{\"status\":\"success\",\"label\":\"Kätzchen 🐈\"}";
  private static final Duration LEASE = Duration.ofSeconds(60);
  private static final Instant LATER = NOW.plusSeconds(10);
  private static final Instant LEASE_OVER = NOW.plus(LEASE);
  private static final CallbackAttempt RECEIVED = new CallbackAttempt(NOW, 204, null, 17);
  private static final CallbackAttempt FAILED = new CallbackAttempt(NOW, null, "TIMEOUT", 15_000);
  private static final AttemptOutcome DELIVERED =
      new AttemptOutcome.Settled(CallbackStatus.DELIVERED, RECEIVED);
  private static final Instant EXPIRY = NOW.plus(Duration.ofDays(30));
  private static final AttemptOutcome EXPIRING =
      new AttemptOutcome.Settled(CallbackStatus.DELIVERED, RECEIVED, EXPIRY);
  private static final AttemptOutcome AGAIN =
      new AttemptOutcome.Again(NOW.plusSeconds(300), NOW.plusSeconds(360), FAILED);

  private CallbackStore store() throws Exception {
    return new CallbackStore(faulty());
  }

  private CallbackStore otherStore() throws Exception {
    return new CallbackStore(otherDocuments());
  }

  @Test
  void register_responseLost_isRegisteredOnce() throws Exception {
    Callback fresh = fresh();
    faulty().reportNextCommitAsConflict();

    assertThat(store().register(fresh, LIMIT, NOW)).isEqualTo(new RegisterResult.Registered(fresh));

    assertThat(list(fresh.subject())).containsExactly(fresh);
  }

  @Test
  void register_moreThanTheLimit_isRefused() throws Exception {
    Subject subject = subject();
    Callback first = of(subject, "https://example.org/1");
    store().register(first, 2, NOW);
    store().register(of(subject, "https://example.org/2"), 2, NOW);

    assertThat(store().register(of(subject, "https://example.org/3"), 2, NOW))
        .isEqualTo(new RegisterResult.TooMany());

    assertThat(store().register(first, 2, NOW)).isEqualTo(new RegisterResult.Exists(first));
    assertThat(list(subject)).hasSize(2);
    Subject nextRun = new Subject(subject.id(), subject.run() + 1);
    assertThat(store().register(of(nextRun, "https://example.org/3"), 2, NOW))
        .isInstanceOf(RegisterResult.Registered.class);
  }

  @Test
  void register_sameTargetAtOnce_oneIsWrittenAndAllGetIt() throws Exception {
    Subject subject = subject();

    List<RegisterResult> results =
        Race.of(RACERS, i -> () -> storeOf(i).register(of(subject, TARGET), LIMIT, NOW));

    Callback kept = list(subject).get(0);
    assertThat(list(subject)).hasSize(1);
    assertThat(results).containsOnlyOnce(new RegisterResult.Registered(kept));
    assertThat(results)
        .filteredOn(r -> r.equals(new RegisterResult.Exists(kept)))
        .hasSize(RACERS - 1);
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
      store().register(each, LIMIT, NOW);
    }
    store().announce(told.id(), PAYLOAD, NOW);

    assertThat(list(third)).containsExactlyInAnyOrder(carriedOver, twice);
  }

  @Test
  void moveTo_waiting_isTheLaterRunsWithItsMessageId() throws Exception {
    Callback waiting = registered();
    Subject later = new Subject(waiting.subject().id(), 3);

    store().moveTo(waiting, later, LATER);

    Callback moved = waiting.movedTo(later, LATER).orElseThrow();
    assertThat(moved.messageId()).isEqualTo(waiting.messageId());
    assertThat(list(later)).containsExactly(moved);
    assertThat(list(waiting.subject())).isEmpty();
    assertThat(otherStore().waiting(later, LIMIT).callbacks()).containsExactly(moved);
    assertThat(store().announce(waiting.id(), PAYLOAD, LATER)).isEmpty();
    assertThat(store().announce(moved.id(), PAYLOAD, LATER)).isPresent();
  }

  @Test
  void moveTo_laterRunHasItsTarget_isPartOfThatOne() throws Exception {
    Callback waiting = registered();
    Subject second = new Subject(waiting.subject().id(), 2);
    store().register(of(second, TARGET), LIMIT, NOW);
    Callback told = store().announce(of(second, TARGET).id(), PAYLOAD, NOW).orElseThrow();

    store().moveTo(waiting, second, LATER);

    assertThat(list(second)).containsExactly(told);
    assertThat(store().waiting(second, LIMIT).callbacks()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void moveTo_responseLost_isMovedOnce(Lost lost) throws Exception {
    Callback waiting = registered();
    Subject second = new Subject(waiting.subject().id(), 2);

    lost.of(
        faulty(),
        () -> {
          store().moveTo(waiting, second, NOW);
          return waiting;
        });

    assertThat(list(second)).containsExactly(waiting.movedTo(second, NOW).orElseThrow());
    assertThat(list(waiting.subject())).isEmpty();
  }

  @Test
  void moveTo_whileItIsAnnounced_isToldOfOneRunOnly() throws Exception {
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
                  storeOf(i).moveTo(waiting, second, NOW);
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

  @ParameterizedTest
  @EnumSource
  void claim_responseLost_isGrantedOnce(Lost lost) throws Exception {
    Callback pending = pending();

    Callback held =
        granted(lost.of(faulty(), () -> store().claim(claim(pending, "one", NOW)))).callback();

    assertThat(held.revision()).isEqualTo(pending.revision() + 1);
  }

  @Test
  void claim_leaseEnded_isGrantedAndTheHolderIsSuperseded() throws Exception {
    Callback pending = pending();
    CallbackClaimResult.Granted old = granted(store().claim(claim(pending, "old", NOW)));

    Callback held = granted(store().claim(claim(pending, "new", LEASE_OVER))).callback();

    assertThat(store().settle(old, DELIVERED, LEASE_OVER)).isEmpty();
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

  @ParameterizedTest
  @EnumSource(
      value = CallbackStatus.class,
      names = {"DELIVERED", "STOPPED", "FAILED"})
  void settle_held_isSettledWithItsAttempt(CallbackStatus status) throws Exception {
    Callback settled = settled(new AttemptOutcome.Settled(status, FAILED));

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
    Callback held = granted(store().claim(claim(later, "two", NOW.plusSeconds(300)))).callback();
    assertThat(held.attempts()).containsExactly(FAILED);
    assertThat(held.tries()).isEqualTo(1);
    assertThat(held.messageId()).isEqualTo(later.messageId());
  }

  @ParameterizedTest
  @EnumSource
  void settle_responseLost_isWrittenOnce(Lost lost) throws Exception {
    Callback pending = pending();
    CallbackClaimResult.Granted held = granted(store().claim(claim(pending, "one", NOW)));

    Optional<Callback> settled = lost.of(faulty(), () -> store().settle(held, DELIVERED, NOW));

    assertThat(settled.orElseThrow().tries()).isEqualTo(1);
    assertThat(list(pending.subject())).containsExactly(settled.get());
  }

  @Test
  void settle_manyTimes_keepsTheNewestAttempts() throws Exception {
    Callback callback = pending();
    for (int i = 0; i < Callback.MAX_ATTEMPTS + 2; i++) {
      Instant now = NOW.plusSeconds(i);
      CallbackClaimResult.Granted held = granted(store().claim(claim(callback, "t" + i, now)));
      CallbackAttempt attempt = new CallbackAttempt(now, 500, "HTTP_ERROR", i);
      Instant due = now.plusSeconds(1);
      callback =
          store().settle(held, new AttemptOutcome.Again(due, due, attempt), now).orElseThrow();
    }

    assertThat(callback.tries()).isEqualTo(Callback.MAX_ATTEMPTS + 2);
    assertThat(callback.attempts()).hasSize(Callback.MAX_ATTEMPTS);
    assertThat(callback.attempts().get(0).millis()).isEqualTo(2);
    assertThat(list(callback.subject())).containsExactly(callback);
  }

  /** A bug: the request did not change a claimed callback, and its caller got no redelivery. */
  @ParameterizedTest
  @EnumSource
  void redeliver_held_isDeliveredAgainOnceTheHolderHasSettled(Lost lost) throws Exception {
    CallbackClaimResult.Granted one = granted(store().claim(claim(pending(), "one", NOW)));
    Callback held = one.callback();

    Callback asked = store().redeliver(held.id(), LATER).orElseThrow();

    assertThat(asked.redelivery()).isEqualTo(Redelivered.REQUESTED);
    assertThat(store().redeliver(held.id(), LATER)).hasValue(asked);
    assertThat(store().claim(claim(held, "two", LATER)))
        .isEqualTo(new CallbackClaimResult.HeldUntil(LEASE_OVER));
    Callback again = lost.of(faulty(), () -> store().settle(one, DELIVERED, LATER)).orElseThrow();
    assertThat(again.status()).isEqualTo(CallbackStatus.PENDING);
    assertThat(again.attempts()).containsExactly(RECEIVED);
    assertThat(again.tries()).isZero();
    CallbackClaimResult.Granted two = granted(store().claim(claim(held, "two", LATER)));
    assertThat(two.callback().redelivery()).isEqualTo(Redelivered.UNDER_WAY);
    Callback settled = store().settle(two, DELIVERED, LATER).orElseThrow();
    assertThat(settled.status()).isEqualTo(CallbackStatus.DELIVERED);
    assertThat(settled.attempts()).containsExactly(RECEIVED, RECEIVED);
    assertThat(list(held.subject())).containsExactly(settled);
  }

  @Test
  void redeliver_attemptedOrNot_isDoneOrStillRequested() throws Exception {
    Callback settled = settled(DELIVERED);
    store().redeliver(settled.id(), NOW);
    CallbackClaimResult.Granted two = granted(store().claim(claim(settled, "two", NOW)));
    AttemptOutcome deferred = new AttemptOutcome.Again(LATER, LATER, null);

    assertThat(store().settle(two, deferred, NOW).orElseThrow().redelivery())
        .isEqualTo(Redelivered.REQUESTED);
    CallbackClaimResult.Granted three = granted(store().claim(claim(settled, "three", LATER)));
    assertThat(store().settle(three, AGAIN, LATER).orElseThrow().redelivery()).isNull();
  }

  @Test
  void redeliver_responseLost_isRestartedOnce() throws Exception {
    Callback settled = settled(DELIVERED);
    faulty().reportNextCommitAsConflict();

    assertThat(store().redeliver(settled.id(), LATER).orElseThrow().revision())
        .isEqualTo(settled.revision() + 1);
  }

  @Test
  void redeliver_responseLostAndDeliveredSince_isNotDeliveredAgain() throws Exception {
    Callback settled = settled(DELIVERED);
    faulty().reportNextCommitAsConflict();
    faulty()
        .afterNextCommit(
            interfering(
                () -> {
                  CallbackClaimResult claim = otherStore().claim(claim(settled, "two", LATER));
                  otherStore().settle(granted(claim), DELIVERED, LATER);
                }));

    Callback answer = store().redeliver(settled.id(), LATER).orElseThrow();

    assertThat(answer.status()).isEqualTo(CallbackStatus.DELIVERED);
    assertThat(answer.attempts()).containsExactly(RECEIVED, RECEIVED);
    assertThat(list(settled.subject())).containsExactly(answer);
  }

  @Test
  void redeliver_settledMeanwhile_isDeliveredAgain() throws Exception {
    CallbackClaimResult.Granted held = granted(store().claim(claim(pending(), "one", NOW)));
    faulty().beforeNextCommit(interfering(() -> otherStore().settle(held, DELIVERED, LATER)));

    Callback again = store().redeliver(held.callback().id(), LATER).orElseThrow();

    assertThat(again.status()).isEqualTo(CallbackStatus.PENDING);
    assertThat(again.redelivery()).isEqualTo(Redelivered.REQUESTED);
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

  @Test
  void overdue_pendingAndHeld_areFoundFromTheirInstantOn() throws Exception {
    Callback pending = pending();
    Callback held = granted(store().claim(claim(pending(), "one", NOW))).callback();
    Callback later = settled(AGAIN);
    Callback waiting = registered();

    assertFoundFrom(pending, NOW.plus(Callback.CARRIED_WITHIN));
    assertFoundFrom(held, LEASE_OVER.plus(Callback.CARRIED_WITHIN));
    assertFoundFrom(later, NOW.plusSeconds(360));
    assertThat(overdue(NOW.plus(Duration.ofDays(365)))).doesNotContain(waiting.id());
    assertThat(store().overdue(NOW.plus(Duration.ofDays(365)), 2)).hasSize(2);
  }

  @Test
  void republished_asSeen_isOverdueLaterAndStillDue() throws Exception {
    Callback pending = pending();
    Instant now = NOW.plus(Callback.CARRIED_WITHIN);

    assertThat(store().republished(pending, now)).isTrue();

    assertThat(overdue(now)).doesNotContain(pending.id());
    assertFoundFrom(pending, now.plusSeconds(300));
    granted(store().claim(claim(pending, "one", now)));
  }

  @Test
  void republished_changedMeanwhileOrNotOverdue_writesNothing() throws Exception {
    Callback pending = pending();
    Instant now = NOW.plus(Callback.CARRIED_WITHIN);
    assertThat(store().republished(pending, NOW)).isFalse();
    Callback held = granted(store().claim(claim(pending, "one", now))).callback();

    assertThat(store().republished(pending, now)).isFalse();

    assertThat(list(pending.subject())).containsExactly(held);
  }

  @Test
  void releaseAll_held_isDueAtOnceAndNotCounted() throws Exception {
    Callback held = granted(store().claim(claim(pending(), "one", NOW))).callback();
    Callback pending = pending();

    store().releaseAll(LATER);

    Callback released = list(held.subject()).get(0);
    assertThat(released.leaseUntil()).isNull();
    assertThat(released.dueAt()).isEqualTo(LATER);
    assertThat(released.tries()).isZero();
    assertThat(list(pending.subject())).containsExactly(pending);
  }

  @Test
  void everyCall_withoutConflict_takesTheDocumentedStoreCalls() throws Exception {
    Callback fresh = fresh();
    Subject second = new Subject(fresh.subject().id(), 2);
    store().register(fresh, LIMIT, NOW);
    assertCalls("query", "commit");
    store().register(fresh, LIMIT, NOW);
    assertCalls("query");
    store().waiting(fresh.subject(), LIMIT);
    assertCalls("query");
    store().moveTo(fresh, second, NOW);
    assertCalls("getAll", "commit");
    Callback moved = list(second).get(0);
    assertCalls("query", "query");
    store().announce(moved.id(), PAYLOAD, NOW);
    assertCalls("get", "commit");
    CallbackClaimResult.Granted held = granted(store().claim(claim(moved, "one", NOW)));
    assertCalls("get", "commit");
    store().settle(held, AGAIN, NOW);
    assertCalls("commit");
    store().redeliver(moved.id(), NOW);
    assertCalls("get", "commit");
    store().republished(moved, NOW);
    assertCalls("get");
    list(fresh.subject());
    assertCalls("query");
    store().overdue(NOW.minus(Duration.ofDays(10_000)), 10);
    assertCalls("query");
  }

  @Test
  void register_siblingThatCannotBeRead_counts() throws Exception {
    Callback bad = registered();
    spoil(key(bad.id()), "kind");

    assertThat(store().register(of(bad.subject(), "https://example.org/other"), 1, NOW))
        .isEqualTo(new RegisterResult.TooMany());
  }

  @Test
  void queries_someCallbacksCannotBeRead_giveTheOthers() throws Exception {
    Instant longAgo = Instant.parse("1990-01-01T00:00:00Z");
    Subject subject = subject();
    for (int i = 0; i < 5; i++) {
      Callback bad = of(subject, "https://example.org/" + i);
      store().register(bad, LIMIT, NOW);
      store().announce(bad.id(), PAYLOAD, longAgo.minusSeconds(i));
      spoil(key(bad.id()), "kind");
      Callback badToo = of(subject, "https://example.org/waiting/" + i);
      store().register(badToo, LIMIT, NOW);
      spoil(key(badToo.id()), "kind");
    }
    Callback good = of(subject, TARGET);
    store().register(good, LIMIT, NOW);

    assertThat(store().waiting(subject, 1))
        .isEqualTo(new CallbackStore.WaitingCallbacks(List.of(good), false));
    assertThat(list(subject)).containsExactly(good);
    Callback overdue = store().announce(good.id(), PAYLOAD, longAgo).orElseThrow();
    assertThat(store().overdue(longAgo.plusSeconds(3600), 2)).containsExactly(overdue);
    remove(key(good.id()));
  }

  private static DocumentKey key(CallbackId id) {
    return new DocumentKey(CallbackStore.CODEC.collection(), id.text());
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
    store().register(fresh, LIMIT, NOW);
    return fresh;
  }

  private Callback pending() throws Exception {
    return store().announce(registered().id(), PAYLOAD, NOW).orElseThrow();
  }

  private Callback settled(AttemptOutcome settlement) throws Exception {
    Callback pending = pending();
    CallbackClaimResult.Granted held = granted(store().claim(claim(pending, "one", NOW)));
    return store().settle(held, settlement, NOW).orElseThrow();
  }

  private static CallbackClaim claim(Callback callback, String token, Instant now) {
    return new CallbackClaim(callback.id(), token, now, now.plus(LEASE));
  }

  private static CallbackClaimResult.Granted granted(CallbackClaimResult result) {
    assertThat(result).isInstanceOf(CallbackClaimResult.Granted.class);
    return (CallbackClaimResult.Granted) result;
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
