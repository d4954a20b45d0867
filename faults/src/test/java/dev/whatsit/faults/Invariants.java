package dev.whatsit.faults;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.batch.Batch;
import dev.whatsit.domain.batch.BatchStore;
import dev.whatsit.domain.batch.Changed;
import dev.whatsit.domain.callback.CallbackClaim;
import dev.whatsit.domain.callback.CallbackStore;
import dev.whatsit.domain.classification.Classification;
import dev.whatsit.domain.classification.Classifier;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.record.Claim;
import dev.whatsit.domain.record.ClaimResult;
import dev.whatsit.domain.record.FinishResult;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.Outcome;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.settings.Settings;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Watches the stores and the classifier of every function, and notes when an image is classified
 * more often than it may be, or a batch completed anew. It also is the functions' clock as far as
 * records and callbacks, and what is overdue of batches, know it: time can leap, so that leases end
 * and work becomes overdue without anybody's waiting. Thread-safe.
 */
final class Invariants {
  private final Timeline timeline;
  private final Map<String, Integer> granted = new HashMap<>();
  private final Map<String, Integer> classified = new HashMap<>();
  private final Map<String, Integer> busy = new HashMap<>();
  private final Set<String> finished = new HashSet<>();
  private final Map<String, Instant> completed = new HashMap<>();
  private final List<String> violations = new ArrayList<>();
  private volatile Duration ahead = Duration.ZERO;

  Invariants(Timeline timeline) {
    this.timeline = timeline;
  }

  /** Lets the functions' clocks go forward. */
  void leap(Duration time) {
    ahead = ahead.plus(time);
  }

  /** What happened that must not. */
  synchronized List<String> violations() {
    return List.copyOf(violations);
  }

  /** By how much the functions' clocks are ahead of this machine's. */
  Duration ahead() {
    return ahead;
  }

  /** How often the classifier was asked about the image. */
  synchronized int classified(String image) {
    return classified.getOrDefault(image, 0);
  }

  /** The backend with this invariants over it. */
  Backend over(Backend backend) {
    return new Watched(this, backend);
  }

  /** A backend that is watched. */
  record Watched(Invariants invariants, Backend backend) implements Backend {
    @Override
    public String name() {
      return backend.name();
    }

    @Override
    public <P> Optional<P> open(Class<P> port, Settings settings) {
      Optional<P> adapter = backend.open(port, settings);
      if (port == RecordStore.class || port == CallbackStore.class) {
        return adapter.map(real -> invariants.over(port, real, method -> true));
      }
      // What is written of a batch is of today, and an Idempotency-Key lives for a day.
      return port == BatchStore.class
          ? adapter.map(real -> invariants.over(port, real, method -> method.startsWith("overdue")))
          : adapter;
    }
  }

  private <P> P over(Class<P> port, P real, Predicate<String> leaps) {
    return port.cast(
        Proxy.newProxyInstance(
            port.getClassLoader(),
            new Class<?>[] {port},
            (proxy, method, given) -> {
              String name = method.getName();
              @Nullable Object[] arguments =
                  leaps.test(name)
                      ? later(given, name.equals("createIfAbsent"))
                      : given == null ? new @Nullable Object[0] : given;
              try {
                Object result = method.invoke(real, arguments);
                note(arguments, result);
                return result;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }

  /** The classifier with this invariants over it. */
  Classifier over(Classifier real) {
    return new Classifier() {
      @Override
      public Classification classify(ImageDescription image) {
        String hash = image.hash().hex();
        begin(hash);
        try {
          return real.classify(image);
        } finally {
          end(hash);
        }
      }

      @Override
      public void checkReachable() {
        real.checkReachable();
      }

      @Override
      public void close() {
        real.close();
      }
    };
  }

  private @Nullable Object[] later(@Nullable Object @Nullable [] given, boolean isFresh) {
    @Nullable Object[] arguments = given == null ? new @Nullable Object[0] : given.clone();
    Duration by = ahead;
    for (int i = 0; i < arguments.length; i++) {
      if (arguments[i] instanceof Instant instant) {
        arguments[i] = instant.plus(by);
      } else if (arguments[i] instanceof Claim claim) {
        arguments[i] =
            new Claim(
                claim.message(),
                claim.messageId(),
                claim.token(),
                claim.now().plus(by),
                claim.leaseUntil().plus(by));
      } else if (arguments[i] instanceof CallbackClaim claim) {
        arguments[i] =
            new CallbackClaim(
                claim.id(), claim.token(), claim.now().plus(by), claim.leaseUntil().plus(by));
      } else if (isFresh
          && arguments[i] instanceof ImageRecord fresh
          && fresh.messageId() != null) {
        // Work for later is of today: its message knows when it is due.
        arguments[i] =
            ImageRecord.queued(fresh.image(), fresh.messageId(), fresh.createdAt().plus(by));
      }
    }
    return arguments;
  }

  private synchronized void note(@Nullable Object[] arguments, @Nullable Object result) {
    if (result instanceof Optional<?> maybe
        && maybe.isPresent()
        && maybe.get() instanceof Changed<?> changed
        && changed.value() instanceof Batch batch
        && batch.completedAt() != null) {
      Instant first = completed.putIfAbsent(batch.id().text(), batch.completedAt());
      if (first != null && !first.equals(batch.completedAt())) {
        violations.add(
            batch.id() + " was completed at " + first + " and at " + batch.completedAt());
      }
    }
    if (result instanceof ClaimResult.Granted claim) {
      String image = claim.record().hash().hex();
      granted.merge(image, 1, Integer::sum);
      timeline.add(image, "granted, attempt " + claim.record().attempts());
      if (finished.contains(image + " " + claim.record().run())) {
        violations.add(image + " was claimed after its run was finished");
      }
    } else if (result instanceof ClaimResult claim && arguments[0] instanceof Claim asked) {
      timeline.add(asked.message().image().hash().hex(), "not granted: " + claim);
    }
    if (result instanceof FinishResult.Written written) {
      ImageRecord record = written.record();
      String image = record.hash().hex();
      timeline.add(image, "written: " + record.status() + ", attempts " + record.attempts());
      boolean isResult = arguments[2] instanceof Outcome.Classified;
      if (isResult && !finished.add(image + " " + record.run())) {
        violations.add(image + " was finished twice in one run");
      }
    }
  }

  private synchronized void begin(String image) {
    int calls = classified.merge(image, 1, Integer::sum);
    int claims = granted.getOrDefault(image, 0);
    timeline.add(image, "classify");
    if (calls > claims) {
      violations.add(image + " was classified " + calls + " times by " + claims + " claims");
    }
    if (busy.merge(image, 1, Integer::sum) > 1) {
      violations.add(image + " was classified twice at the same moment");
    }
  }

  private synchronized void end(String image) {
    busy.merge(image, -1, Integer::sum);
  }
}
