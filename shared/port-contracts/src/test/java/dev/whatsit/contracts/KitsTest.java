package dev.whatsit.contracts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.whatsit.domain.callback.Callback;
import dev.whatsit.domain.callback.CallbackClaim;
import dev.whatsit.domain.callback.CallbackClaimResult;
import dev.whatsit.domain.callback.CallbackId;
import dev.whatsit.domain.callback.CallbackKind;
import dev.whatsit.domain.callback.CallbackStatus;
import dev.whatsit.domain.callback.CallbackStore;
import dev.whatsit.domain.callback.RegisterResult;
import dev.whatsit.domain.callback.Settlement;
import dev.whatsit.domain.callback.Subject;
import dev.whatsit.domain.classification.Classification;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.queue.DelayedMessage;
import dev.whatsit.domain.queue.DelayedMessages;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.queue.WorkMessage;
import dev.whatsit.domain.queue.WorkQueue;
import dev.whatsit.domain.record.AdvanceResult;
import dev.whatsit.domain.record.CancelResult;
import dev.whatsit.domain.record.Claim;
import dev.whatsit.domain.record.ClaimResult;
import dev.whatsit.domain.record.CreateResult;
import dev.whatsit.domain.record.FinishResult;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.Outcome;
import dev.whatsit.domain.record.RecordPage;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.record.RetryResult;
import dev.whatsit.domain.record.SpendingLedger;
import dev.whatsit.domain.record.Status;
import dev.whatsit.domain.record.WorkError;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Events;

/** The kits pass adapters that are right and fail those that are wrong, each in one way. */
class KitsTest {
  @Test
  void kits_rightAdapters_passAllOfTheirTests() {
    assertPasses(RightRecords.class, 143);
    assertPasses(RightCallbacks.class, 30);
    assertPasses(RightDelayed.class, 10);
    assertPasses(RightLedger.class, 6);
    assertPasses(RightQueue.class, 12);
  }

  @ParameterizedTest
  @EnumSource(RecordFlaw.class)
  void recordStoreKit_flaw_isFound(RecordFlaw flaw) {
    WrongRecords.flaw = flaw;
    assertFails(WrongRecords.class);
  }

  @ParameterizedTest
  @EnumSource(CallbackFlaw.class)
  void callbackStoreKit_flaw_isFound(CallbackFlaw flaw) {
    WrongCallbacks.flaw = flaw;
    assertFails(WrongCallbacks.class);
  }

  @ParameterizedTest
  @EnumSource(LedgerFlaw.class)
  void spendingLedgerKit_flaw_isFound(LedgerFlaw flaw) {
    WrongLedger.flaw = flaw;
    assertFails(WrongLedger.class);
  }

  @ParameterizedTest
  @EnumSource(QueueFlaw.class)
  void workQueueKit_flaw_isFound(QueueFlaw flaw) {
    WrongQueue.flaw = flaw;
    assertFails(WrongQueue.class);
  }

  @ParameterizedTest
  @EnumSource(DelayedFlaw.class)
  void delayedMessagesKit_flaw_isFound(DelayedFlaw flaw) {
    WrongDelayed.flaw = flaw;
    assertFails(WrongDelayed.class);
  }

  static void assertPasses(Class<?> kit, long atLeast) {
    Events tests = run(kit);
    assertThat(tests.failed().count()).as(kit.getSimpleName()).isZero();
    assertThat(tests.skipped().count()).as(kit.getSimpleName()).isZero();
    assertThat(tests.succeeded().count()).as(kit.getSimpleName()).isGreaterThanOrEqualTo(atLeast);
  }

  static void assertFails(Class<?> kit) {
    assertThat(run(kit).failed().count()).isPositive();
  }

  private static Events run(Class<?> kit) {
    return EngineTestKit.engine("junit-jupiter").selectors(selectClass(kit)).execute().testEvents();
  }

  // Nested and static, so that only the runs above find them.

  enum RecordFlaw {
    EVERY_RACING_CREATOR_WINS,
    EVERY_RACING_CLAIMER_WINS,
    EVERY_RACING_RETRY_STARTS,
    FORGETS_THE_MESSAGE,
    FORGETS_THE_TOKEN,
    TAKES_ANY_TOKEN,
    NEVER_EXPIRES,
    LOSES_BOXES,
    LOSES_EXTRAS,
    LOSES_THE_HISTORY,
    CONFIRMS_BLINDLY,
    LEASE_STOPS_THE_FINISHER,
    COUNTS_DEFERRED_ATTEMPTS,
    GIVES_UP_BLINDLY,
    CANCELS_UNDER_THE_HOLDER,
    FORGETS_WHO_CANCELED,
    ADVANCES_TO_ANY_TIME,
    FORGETS_WHO_ADVANCED,
    FORGETS_OVERDUE_WORK,
    REQUEUES_BLINDLY,
    FORGETS_WHO_CAME_LATE,
    CLEARS_ANNOUNCEMENTS_BLINDLY,
    LISTS_EVERY_STATUS,
    REPEATS_THE_LAST_OF_A_PAGE
  }

  static final class RightRecords extends RecordStoreContract {
    private final AtomicBoolean loses = new AtomicBoolean();
    private final RecordStore store = new MemoryRecords(null, loses);

    @Override
    protected RecordStore store() {
      return store;
    }

    @Override
    protected void loseNextAnswer() {
      loses.set(true);
    }
  }

  @ExtendWith(StopAtFirstFailure.class)
  static final class WrongRecords extends RecordStoreContract {
    private static RecordFlaw flaw = RecordFlaw.NEVER_EXPIRES;
    private final RecordStore store = new MemoryRecords(flaw, new AtomicBoolean());

    @Override
    protected RecordStore store() {
      return store;
    }
  }

  static final class MemoryRecords implements RecordStore {
    private final Map<ImageHash, ImageRecord> records = new ConcurrentHashMap<>();
    private final @Nullable RecordFlaw flaw;
    private final AtomicBoolean loses;
    private final Thread owner = Thread.currentThread();

    MemoryRecords(@Nullable RecordFlaw flaw, AtomicBoolean loses) {
      this.flaw = flaw;
      this.loses = loses;
    }

    @Override
    public Optional<ImageRecord> find(ImageHash hash, Instant now) {
      return Optional.ofNullable(records.get(hash))
          .filter(record -> flaw == RecordFlaw.NEVER_EXPIRES || !record.isExpired(now));
    }

    @Override
    public CreateResult createIfAbsent(ImageRecord record, Instant now) {
      return exclusively(
          () -> {
            ImageRecord current = records.get(record.hash());
            if (current == null || races(RecordFlaw.EVERY_RACING_CREATOR_WINS)) {
              return new CreateResult.Created(put(record));
            }
            if (current.isExpired(now)) {
              return new CreateResult.Created(put(record.replacing(current)));
            }
            return flaw != RecordFlaw.FORGETS_THE_MESSAGE && record.isFirstOf(current)
                ? new CreateResult.Created(current)
                : new CreateResult.Exists(current);
          });
    }

    @Override
    public ClaimResult claim(Claim claim) {
      return exclusively(
          () -> {
            ImageRecord current =
                races(RecordFlaw.EVERY_RACING_CLAIMER_WINS)
                    ? null
                    : records.get(claim.message().image().hash());
            Claim seen =
                flaw == RecordFlaw.FORGETS_THE_TOKEN
                    ? new Claim(
                        claim.message(),
                        claim.messageId(),
                        Samples.id("token"),
                        claim.now(),
                        claim.leaseUntil())
                    : claim;
            ImageRecord.Decision decision = ImageRecord.decide(current, seen);
            ImageRecord next = decision.write();
            if (next != null) {
              put(next);
            }
            return decision.result();
          });
    }

    @Override
    public FinishResult finish(ImageHash hash, String token, Outcome outcome, Instant now) {
      return end(
          hash,
          token,
          now,
          true,
          (record, word) -> {
            Instant lease = record.leaseUntil();
            return flaw == RecordFlaw.LEASE_STOPS_THE_FINISHER
                    && lease != null
                    && lease.isBefore(now)
                ? Optional.empty()
                : record.finished(word, outcome, now);
          });
    }

    @Override
    public FinishResult release(ImageHash hash, String token, Instant now) {
      return end(hash, token, now, false, (record, word) -> record.released(word, now));
    }

    @Override
    public FinishResult defer(
        ImageHash hash, String token, String reason, Instant until, Instant now) {
      return exclusively(
          () -> {
            Optional<ImageRecord> current = find(hash, now);
            Optional<ImageRecord> next =
                current.flatMap(
                    r ->
                        flaw == RecordFlaw.COUNTS_DEFERRED_ATTEMPTS
                            ? r.released(token, now)
                            : r.deferred(token, reason, until, now));
            if (next.isPresent()) {
              return new FinishResult.Written(put(next.get()));
            }
            return current
                .filter(r -> r.wasDeferredWith(token))
                .<FinishResult>map(FinishResult.Written::new)
                .orElseGet(FinishResult.Superseded::new);
          });
    }

    @Override
    public FinishResult giveUp(
        ImageHash hash, int run, String token, WorkError error, Instant now) {
      return exclusively(
          () -> {
            Optional<ImageRecord> current = find(hash, now);
            Optional<ImageRecord> next =
                current.flatMap(
                    r ->
                        r.givenUp(
                            flaw == RecordFlaw.GIVES_UP_BLINDLY ? r.run() : run,
                            token,
                            error,
                            now));
            next.ifPresent(this::put);
            return next.or(() -> current.filter(r -> r.wasEndedWith(token)))
                .<FinishResult>map(FinishResult.Written::new)
                .orElseGet(FinishResult.Superseded::new);
          });
    }

    @Override
    public Optional<ImageRecord> watch(ImageHash hash, int run, Instant now) {
      return exclusively(
          () -> {
            Optional<ImageRecord> current = find(hash, now);
            Optional<ImageRecord> next = current.flatMap(r -> r.watched(run, now));
            next.filter(r -> flaw != RecordFlaw.FORGETS_WHO_CAME_LATE || !r.status().isFinal())
                .ifPresent(this::put);
            return next.isPresent() ? next : current;
          });
    }

    @Override
    public void announced(ImageRecord seen, Instant now) {
      exclusively(
          () -> {
            Optional<ImageRecord> current = find(seen.hash(), now);
            current
                .flatMap(
                    r -> r.announced(flaw == RecordFlaw.CLEARS_ANNOUNCEMENTS_BLINDLY ? r : seen))
                .ifPresent(this::put);
            return true;
          });
    }

    @Override
    public CancelResult cancel(ImageHash hash, String token, Instant now) {
      return exclusively(
          () -> {
            ImageRecord current = find(hash, now).orElse(null);
            if (current == null) {
              return new CancelResult.Absent();
            }
            Instant then =
                flaw == RecordFlaw.CANCELS_UNDER_THE_HOLDER ? now.plus(Duration.ofDays(1)) : now;
            Optional<ImageRecord> next = current.canceled(token, then);
            next.ifPresent(this::put);
            return flaw == RecordFlaw.FORGETS_WHO_CANCELED && next.isEmpty()
                ? new CancelResult.AlreadyFinal(current)
                : CancelResult.of(current, next, token);
          });
    }

    @Override
    public AdvanceResult advance(ImageHash hash, String token, Instant dueAt, Instant now) {
      return exclusively(
          () -> {
            ImageRecord current = find(hash, now).orElse(null);
            if (current == null) {
              return new AdvanceResult.Absent();
            }
            Instant due = flaw == RecordFlaw.ADVANCES_TO_ANY_TIME ? Instant.EPOCH : dueAt;
            Optional<ImageRecord> next = current.advanced(token, due, now);
            next.ifPresent(this::put);
            return flaw == RecordFlaw.FORGETS_WHO_ADVANCED && next.isEmpty()
                ? new AdvanceResult.Unchanged(current)
                : AdvanceResult.of(current, next, token);
          });
    }

    @Override
    public List<ImageRecord> overdue(Instant now, int limit) {
      return records.values().stream()
          .filter(r -> r.overdueAt().isPresent() && !r.overdueAt().get().isAfter(now))
          .filter(r -> flaw != RecordFlaw.FORGETS_OVERDUE_WORK || r.status() != Status.PROCESSING)
          .sorted(Comparator.comparing(r -> r.overdueAt().orElseThrow()))
          .limit(limit)
          .toList();
    }

    @Override
    public boolean requeued(ImageRecord seen, String messageId, Instant now) {
      return exclusively(
          () -> {
            if (flaw == RecordFlaw.REQUEUES_BLINDLY) {
              seen.requeued(messageId, now).ifPresent(this::put);
              return true;
            }
            Optional<ImageRecord> next =
                find(seen.hash(), now)
                    .filter(r -> r.revision() == seen.revision())
                    .flatMap(r -> r.requeued(messageId, now));
            next.ifPresent(this::put);
            return next.isPresent();
          });
    }

    @Override
    public RecordPage list(
        @Nullable Status status, RecordPage.@Nullable Position after, int limit, Instant now) {
      Comparator<RecordPage.Position> order =
          Comparator.comparing(RecordPage.Position::createdAt)
              .thenComparing(position -> position.hash().hex());
      int repeated = flaw == RecordFlaw.REPEATS_THE_LAST_OF_A_PAGE && limit > 1 ? 1 : 0;
      List<ImageRecord> found =
          records.values().stream()
              .filter(r -> !r.isExpired(now))
              .filter(
                  r ->
                      status == null
                          || r.status() == status
                          || flaw == RecordFlaw.LISTS_EVERY_STATUS)
              .filter(
                  r ->
                      after == null
                          || order.compare(RecordPage.Position.after(r), after) < repeated)
              .sorted(Comparator.comparing(RecordPage.Position::after, order).reversed())
              .limit(limit + 1L)
              .toList();
      return RecordPage.of(found, limit);
    }

    @FunctionalInterface
    private interface Step {
      Optional<ImageRecord> next(ImageRecord record, String token);
    }

    private FinishResult end(
        ImageHash hash, String token, Instant now, boolean finalOnly, Step step) {
      return exclusively(
          () -> {
            Optional<ImageRecord> current = find(hash, now);
            String word =
                flaw == RecordFlaw.TAKES_ANY_TOKEN
                    ? current.map(r -> String.valueOf(r.token())).orElse(token)
                    : token;
            Optional<ImageRecord> next = current.flatMap(r -> step.next(r, word));
            if (next.isPresent()) {
              return new FinishResult.Written(put(next.get()));
            }
            return current
                .filter(r -> r.wasEndedWith(word) && (!finalOnly || r.status().isFinal()))
                .<FinishResult>map(FinishResult.Written::new)
                .orElseGet(FinishResult.Superseded::new);
          });
    }

    @Override
    public RetryResult retry(ImageHash hash, Instant now) {
      return exclusively(
          () -> {
            Optional<ImageRecord> current = find(hash, now);
            if (current.isEmpty()) {
              return new RetryResult.Absent();
            }
            if (races(RecordFlaw.EVERY_RACING_RETRY_STARTS)) {
              return new RetryResult.Started(current.get());
            }
            Optional<ImageRecord> next = current.get().retried(now);
            return next.isPresent()
                ? new RetryResult.Started(put(next.get()))
                : RetryResult.refused(current.get());
          });
    }

    @Override
    public void confirmQueued(ImageHash hash, int run, String messageId, Instant now) {
      exclusively(
          () -> {
            find(hash, now)
                .flatMap(
                    r ->
                        r.confirmedQueued(
                            flaw == RecordFlaw.CONFIRMS_BLINDLY ? r.run() : run, messageId, now))
                .ifPresent(this::put);
            return true;
          });
    }

    @Override
    public void checkReachable() {}

    /** Only the races run in other threads than the one that made the store. */
    private boolean races(RecordFlaw wanted) {
      return flaw == wanted && Thread.currentThread() != owner;
    }

    private ImageRecord put(ImageRecord record) {
      var classification = record.classification();
      ImageRecord kept =
          classification == null && flaw != RecordFlaw.LOSES_THE_HISTORY
              ? record
              : classified(record, classification == null ? null : kept(classification));
      records.put(record.hash(), kept);
      return record;
    }

    private Classification kept(Classification whole) {
      return new Classification(
          whole.annotations(),
          flaw == RecordFlaw.LOSES_BOXES ? List.of() : whole.objects(),
          whole.classifier(),
          flaw == RecordFlaw.LOSES_EXTRAS ? null : whole.extras());
    }

    private ImageRecord classified(ImageRecord record, @Nullable Classification classification) {
      return record.toBuilder()
          .classification(classification)
          .history(flaw == RecordFlaw.LOSES_THE_HISTORY ? List.of() : record.history())
          .build();
    }

    private <T> T exclusively(Supplier<T> step) {
      T result;
      synchronized (this) {
        result = step.get();
      }
      if (loses.compareAndSet(true, false)) {
        throw new TransientFailure("the answer got lost");
      }
      return result;
    }
  }

  enum CallbackFlaw {
    REGISTERS_ALL,
    FORGETS_THE_MESSAGE_ID,
    TELLS_OTHER_RUNS,
    EVERY_RACING_CLAIMER_WINS,
    TAKES_ANY_TOKEN,
    ANNOUNCES_ANEW,
    FORGETS_ATTEMPTS,
    FORGETS_THE_HELD,
    SENDS_AGAIN_BLINDLY,
    REDELIVERS_THE_HELD,
    CARRIES_A_COPY,
    CARRIES_OVER_WHAT_IS_THERE,
    CARRIES_WHAT_WAS_TOLD,
    LISTS_ONE_RUN_ONLY,
    LISTS_THE_EXPIRED,
    COUNTS_THE_EXPIRED,
    REDELIVERS_THE_EXPIRED
  }

  static final class RightCallbacks extends CallbackStoreContract {
    private final AtomicBoolean loses = new AtomicBoolean();
    private final CallbackStore store = new MemoryCallbacks(null, loses);

    @Override
    protected CallbackStore store() {
      return store;
    }

    @Override
    protected void loseNextAnswer() {
      loses.set(true);
    }
  }

  @ExtendWith(StopAtFirstFailure.class)
  static final class WrongCallbacks extends CallbackStoreContract {
    private static CallbackFlaw flaw = CallbackFlaw.REGISTERS_ALL;
    private final CallbackStore store = new MemoryCallbacks(flaw, new AtomicBoolean());

    @Override
    protected CallbackStore store() {
      return store;
    }
  }

  private static final class MemoryCallbacks implements CallbackStore {
    private final Map<CallbackId, Callback> callbacks = new HashMap<>();
    private final @Nullable CallbackFlaw flaw;
    private final AtomicBoolean loses;
    private final Thread owner = Thread.currentThread();

    MemoryCallbacks(@Nullable CallbackFlaw flaw, AtomicBoolean loses) {
      this.flaw = flaw;
      this.loses = loses;
    }

    @Override
    public RegisterResult register(Callback fresh, int most, Instant now) {
      return exclusively(
          () -> {
            Callback stored = callbacks.get(fresh.id());
            if (stored != null && !stored.isExpired(now)) {
              return flaw != CallbackFlaw.FORGETS_THE_MESSAGE_ID
                      && stored.messageId().equals(fresh.messageId())
                  ? new RegisterResult.Registered(stored)
                  : new RegisterResult.Exists(stored);
            }
            if (flaw != CallbackFlaw.REGISTERS_ALL
                && of(fresh.subject(), fresh.kind(), false).stream()
                        .filter(c -> flaw == CallbackFlaw.COUNTS_THE_EXPIRED || !c.isExpired(now))
                        .count()
                    >= most) {
              return new RegisterResult.TooMany();
            }
            return new RegisterResult.Registered(put(fresh));
          });
    }

    @Override
    public synchronized List<Callback> waiting(Subject subject, int limit) {
      return callbacks.values().stream()
          .filter(c -> c.status() == CallbackStatus.WAITING)
          .filter(c -> c.subject().id().equals(subject.id()))
          .filter(c -> flaw == CallbackFlaw.TELLS_OTHER_RUNS || c.subject().run() <= subject.run())
          .limit(limit)
          .toList();
    }

    @Override
    public void carry(CallbackId id, Subject later, Instant now) {
      exclusively(
          () -> {
            Callback from = callbacks.get(id);
            if (from == null) {
              return false;
            }
            if (flaw == CallbackFlaw.CARRIES_WHAT_WAS_TOLD) {
              from = Callback.waiting(from.subject(), from.kind(), from.target(), now);
            }
            Optional<Callback> carried = from.carriedTo(later, now);
            if (carried.isEmpty()) {
              return false;
            }
            if (flaw == CallbackFlaw.CARRIES_OVER_WHAT_IS_THERE
                || !callbacks.containsKey(carried.get().id())) {
              put(carried.get());
            }
            if (flaw != CallbackFlaw.CARRIES_A_COPY) {
              callbacks.remove(id);
            }
            return true;
          });
    }

    @Override
    public Optional<Callback> announce(CallbackId id, String payload, Instant now) {
      return change(
          id,
          c ->
              flaw == CallbackFlaw.ANNOUNCES_ANEW && c.payload() != null
                  ? c.redelivered(now)
                  : c.announced(payload, now));
    }

    @Override
    public CallbackClaimResult claim(CallbackClaim claim) {
      return exclusively(
          () -> {
            Callback current = callbacks.get(claim.id());
            Callback.Decision decision = Callback.decide(current, claim);
            Callback next = decision.write();
            if (next != null) {
              if (flaw != CallbackFlaw.EVERY_RACING_CLAIMER_WINS
                  || Thread.currentThread() == owner) {
                put(next);
              }
            }
            return decision.result();
          });
    }

    @Override
    public Optional<Callback> settle(
        CallbackId id, String token, Settlement settlement, Instant now) {
      return exclusively(
          () -> {
            Callback current = callbacks.get(id);
            if (current == null) {
              return Optional.empty();
            }
            String word =
                flaw == CallbackFlaw.TAKES_ANY_TOKEN ? String.valueOf(current.token()) : token;
            Optional<Callback> next = current.settled(word, settlement, now);
            if (next.isPresent() && flaw == CallbackFlaw.FORGETS_ATTEMPTS) {
              next = Optional.of(withoutAttempts(next.get()));
            }
            next.ifPresent(this::put);
            return next.isPresent() || !current.wasSettledWith(word) ? next : Optional.of(current);
          });
    }

    @Override
    public Optional<Callback> redeliver(CallbackId id, Instant now) {
      Instant then = flaw == CallbackFlaw.REDELIVERS_THE_HELD ? now.plus(Duration.ofDays(1)) : now;
      synchronized (this) {
        Callback stored = callbacks.get(id);
        if (stored != null
            && stored.isExpired(now)
            && flaw != CallbackFlaw.REDELIVERS_THE_EXPIRED) {
          return Optional.empty();
        }
      }
      return change(id, c -> c.redelivered(then));
    }

    @Override
    public synchronized List<Callback> list(
        Subject subject, CallbackKind kind, int limit, Instant now) {
      return Callback.ofOneRun(
          of(subject, kind, flaw != CallbackFlaw.LISTS_ONE_RUN_ONLY).stream()
              .filter(c -> flaw == CallbackFlaw.LISTS_THE_EXPIRED || !c.isExpired(now))
              .toList(),
          limit);
    }

    private List<Callback> of(Subject subject, CallbackKind kind, boolean withEarlier) {
      return callbacks.values().stream()
          .filter(c -> c.subject().id().equals(subject.id()) && c.kind() == kind)
          .filter(
              c ->
                  c.subject().equals(subject)
                      || (withEarlier
                          && c.status() == CallbackStatus.WAITING
                          && c.subject().run() < subject.run()))
          .toList();
    }

    @Override
    public synchronized List<Callback> overdue(Instant now, int limit) {
      List<Callback> found = new ArrayList<>();
      for (Callback each : callbacks.values()) {
        Instant checkAt = each.checkAt();
        if (checkAt != null
            && !checkAt.isAfter(now)
            && (flaw != CallbackFlaw.FORGETS_THE_HELD || each.leaseUntil() == null)) {
          found.add(each);
        }
      }
      found.sort(Comparator.comparing(c -> Objects.requireNonNull(c.checkAt())));
      return found.subList(0, Math.min(limit, found.size()));
    }

    @Override
    public boolean sentAgain(Callback seen, Instant now) {
      return exclusively(
          () -> {
            Callback current = Objects.requireNonNull(callbacks.get(seen.id()));
            if (flaw != CallbackFlaw.SENDS_AGAIN_BLINDLY && current.revision() != seen.revision()) {
              return false;
            }
            Optional<Callback> next = seen.sentAgain(now);
            next.ifPresent(this::put);
            return next.isPresent();
          });
    }

    @Override
    public void checkReachable() {}

    private Optional<Callback> change(CallbackId id, Function<Callback, Optional<Callback>> step) {
      return exclusively(
          () -> {
            Optional<Callback> current = Optional.ofNullable(callbacks.get(id));
            Optional<Callback> next = current.flatMap(step);
            next.ifPresent(this::put);
            return next.isPresent() ? next : current;
          });
    }

    private static Callback withoutAttempts(Callback whole) {
      return new Callback(
          whole.subject(),
          whole.kind(),
          whole.target(),
          whole.messageId(),
          whole.status(),
          whole.payload(),
          whole.tries(),
          List.of(),
          whole.since(),
          whole.dueAt(),
          whole.checkAt(),
          whole.token(),
          whole.leaseUntil(),
          whole.redelivery(),
          whole.createdAt(),
          whole.updatedAt(),
          whole.expireAt(),
          whole.revision());
    }

    private Callback put(Callback callback) {
      callbacks.put(callback.id(), callback);
      return callback;
    }

    private <T> T exclusively(Supplier<T> step) {
      T result;
      synchronized (this) {
        result = step.get();
      }
      if (loses.compareAndSet(true, false)) {
        throw new TransientFailure("the answer got lost");
      }
      return result;
    }
  }

  enum LedgerFlaw {
    RACERS_OVERSPEND,
    ALL_OR_NOTHING,
    ONE_ACCOUNT_FOR_ALL,
    FIRST_CEILING_HOLDS
  }

  static final class RightLedger extends SpendingLedgerContract {
    private final SpendingLedger ledger = new MemoryLedger(null);

    @Override
    protected SpendingLedger ledger() {
      return ledger;
    }
  }

  @ExtendWith(StopAtFirstFailure.class)
  static final class WrongLedger extends SpendingLedgerContract {
    private static LedgerFlaw flaw = LedgerFlaw.ALL_OR_NOTHING;
    private final SpendingLedger ledger = new MemoryLedger(flaw);

    @Override
    protected SpendingLedger ledger() {
      return ledger;
    }
  }

  private static final class MemoryLedger implements SpendingLedger {
    private final Map<String, Long> accounts = new HashMap<>();
    private final Map<String, Long> ceilings = new HashMap<>();
    private final @Nullable LedgerFlaw flaw;
    private final Thread owner = Thread.currentThread();

    MemoryLedger(@Nullable LedgerFlaw flaw) {
      this.flaw = flaw;
    }

    @Override
    public synchronized long reserve(String account, long units, long ceiling) {
      if (flaw == LedgerFlaw.RACERS_OVERSPEND && Thread.currentThread() != owner) {
        return units;
      }
      String name = flaw == LedgerFlaw.ONE_ACCOUNT_FOR_ALL ? "all" : account;
      long holds =
          flaw == LedgerFlaw.FIRST_CEILING_HOLDS
              ? ceilings.computeIfAbsent(name, key -> ceiling)
              : ceiling;
      long left = Math.max(0, holds - accounts.getOrDefault(name, 0L));
      long granted = flaw == LedgerFlaw.ALL_OR_NOTHING && left < units ? 0 : Math.min(units, left);
      accounts.merge(name, granted, Long::sum);
      return granted;
    }
  }

  enum QueueFlaw {
    LOSES_MESSAGES,
    DELIVERS_ONCE,
    ONE_ID_FOR_ALL,
    FORGETS_THE_FORMAT,
    LOSES_LETTERS,
    FORGETS_THE_REASON,
    ASCII_ONLY
  }

  static final class RightQueue extends MemoryQueue {
    RightQueue() {
      super(null);
    }
  }

  @ExtendWith(StopAtFirstFailure.class)
  static final class WrongQueue extends MemoryQueue {
    private static QueueFlaw flaw = QueueFlaw.LOSES_MESSAGES;

    WrongQueue() {
      super(flaw);
    }
  }

  abstract static class MemoryQueue extends WorkQueueContract implements WorkQueue {
    private final Map<String, Map<String, String>> messages = new ConcurrentHashMap<>();
    private final List<Letter> letters = new CopyOnWriteArrayList<>();
    private final @Nullable QueueFlaw flaw;

    MemoryQueue(@Nullable QueueFlaw flaw) {
      this.flaw = flaw;
    }

    @Override
    protected WorkQueue queue() {
      return this;
    }

    @Override
    protected Map<String, String> awaitDelivery(String messageId) {
      Map<String, String> attributes =
          flaw == QueueFlaw.DELIVERS_ONCE ? messages.remove(messageId) : messages.get(messageId);
      if (attributes == null) {
        throw new AssertionError("not delivered");
      }
      return attributes;
    }

    @Override
    protected List<Letter> deadLetters(String messageId) {
      return letters.stream().filter(letter -> letter.messageId().equals(messageId)).toList();
    }

    @Override
    public String publish(WorkMessage message) {
      String id = flaw == QueueFlaw.ONE_ID_FOR_ALL ? "id" : Samples.id("message");
      Map<String, String> attributes = new HashMap<>(message.toAttributes());
      if (flaw == QueueFlaw.FORGETS_THE_FORMAT) {
        attributes.put("content_type", "image/jpeg");
      }
      if (flaw != QueueFlaw.LOSES_MESSAGES) {
        messages.put(id, attributes);
      }
      return id;
    }

    @Override
    public void deadLetter(String messageId, Map<String, String> attributes, String reason) {
      Map<String, String> kept = new HashMap<>(attributes);
      if (flaw == QueueFlaw.ASCII_ONLY) {
        kept.replaceAll((name, value) -> value.replaceAll("[^ -~]", "?"));
      }
      if (flaw != QueueFlaw.LOSES_LETTERS) {
        letters.add(
            new Letter(messageId, kept, flaw == QueueFlaw.FORGETS_THE_REASON ? "" : reason));
      }
    }

    @Override
    public void checkReachable() {}
  }

  enum DelayedFlaw {
    COMES_AT_ONCE,
    NEVER_COMES,
    COMES_FOR_EACH_CALL,
    KNOWS_A_NAME_ONCE
  }

  static final class RightDelayed extends MemoryDelayed {
    RightDelayed() {
      super(null);
    }
  }

  @ExtendWith(StopAtFirstFailure.class)
  static final class WrongDelayed extends MemoryDelayed {
    private static DelayedFlaw flaw = DelayedFlaw.NEVER_COMES;

    WrongDelayed() {
      super(flaw);
    }
  }

  abstract static class MemoryDelayed extends DelayedMessagesContract implements DelayedMessages {
    private final @Nullable DelayedFlaw flaw;
    private final Map<String, DelayedMessage> messages = new ConcurrentHashMap<>();

    MemoryDelayed(@Nullable DelayedFlaw flaw) {
      this.flaw = flaw;
    }

    @Override
    protected DelayedMessages delayed() {
      return this;
    }

    @Override
    protected Instant now() {
      return Samples.NOW.truncatedTo(ChronoUnit.SECONDS);
    }

    @Override
    public void put(DelayedMessage message) {
      String call = flaw == DelayedFlaw.COMES_FOR_EACH_CALL ? Samples.id("call") : "";
      String second = flaw == DelayedFlaw.KNOWS_A_NAME_ONCE ? "" : "-" + message.dueSecond();
      messages.putIfAbsent(message.name() + second + call, message);
    }

    @Override
    protected List<Map<String, String>> comeBy(Topic topic, Instant instant) {
      return messages.values().stream()
          .filter(message -> message.topic() == topic && flaw != DelayedFlaw.NEVER_COMES)
          .filter(
              message ->
                  flaw == DelayedFlaw.COMES_AT_ONCE
                      || message.dueSecond() <= instant.getEpochSecond())
          .map(DelayedMessage::attributes)
          .toList();
    }
  }
}
