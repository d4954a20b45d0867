package dev.whatsit.faults;

import com.google.rpc.Code;
import java.time.Duration;
import java.util.List;
import java.util.Random;

/**
 * Three calls in ten go wrong. What becomes of a call depends on the seed, the call, its image and
 * its number, and not on which thread was first: most of a run comes out the same again.
 *
 * @param seed of a run
 */
record RandomFates(long seed) implements Fates {
  private static final List<Fate> WRONG =
      List.of(
          Fate.refused(Code.UNAVAILABLE),
          Fate.refused(Code.RESOURCE_EXHAUSTED),
          Fate.refused(Code.INTERNAL),
          Fate.refused(Code.PERMISSION_DENIED),
          Fate.refused(Code.UNKNOWN),
          Fate.refused(Code.ABORTED),
          Fate.lost(Code.UNAVAILABLE),
          Fate.lost(Code.INTERNAL),
          Fate.lost(Code.DEADLINE_EXCEEDED),
          Fate.lost(Code.UNKNOWN),
          Fate.of(Fate.Kind.DROPPED),
          Fate.of(Fate.Kind.DROPPED_ONCE_DONE),
          Fate.of(Fate.Kind.DROPPED_ONCE_DONE));

  private static final Duration LATEST = Duration.ofMillis(300);

  @Override
  public Fate of(Call call) {
    Random random = of(call.toString() + call.image());
    if (random.nextInt(10) >= 3) {
      return Fate.PASSED;
    }
    // The adapters of Firestore and Pub/Sub wait over three seconds for what hangs.
    int seldom =
        call.service().equals(World.FIRESTORE) || call.service().equals(World.PUB_SUB) ? 60 : 10;
    if (random.nextInt(seldom) == 0) {
      return Fate.of(random.nextBoolean() ? Fate.Kind.HANGS : Fate.Kind.HANGS_ONCE_DONE);
    }
    return random.nextInt(6) == 0
        ? Fate.late(Duration.ofMillis(random.nextInt((int) LATEST.toMillis())))
        : WRONG.get(random.nextInt(WRONG.size()));
  }

  /** What Vision says of an image the next time, by how often it was asked before. */
  FakeVision.Verdict verdict(String image, int before) {
    if (of("difficult " + image).nextInt(5) == 0) {
      // Until it is given up.
      return FakeVision.Verdict.INTERNAL;
    }
    int chance = of("verdict " + image + before).nextInt(12);
    if (chance == 0 && before == 0) {
      // Twice would be for good.
      return FakeVision.Verdict.BAD_DATA;
    }
    return switch (chance) {
      case 1 -> FakeVision.Verdict.UNAVAILABLE;
      case 2 -> FakeVision.Verdict.QUOTA;
      case 3 -> FakeVision.Verdict.INTERNAL;
      default -> FakeVision.Verdict.SEEN;
    };
  }

  private Random of(String what) {
    Random random = new Random(seed * 1_000_003 + what.hashCode());
    // The first numbers of neighbouring seeds are alike.
    random.nextInt();
    return random;
  }
}
