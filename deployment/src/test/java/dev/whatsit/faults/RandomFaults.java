package dev.whatsit.faults;

import com.google.rpc.Code;
import dev.whatsit.faultproxy.Fault;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.function.Function;

/**
 * Makes three calls in ten fail. The fault depends on the seed, the call, its image and its number,
 * not on the order of threads, so that most of a run is reproducible.
 *
 * @param seed of the run
 */
record RandomFaults(long seed) implements Function<Call, Fault> {
  private static final List<Fault> FAULTS =
      List.of(
          Fault.refuse(Code.UNAVAILABLE),
          Fault.refuse(Code.RESOURCE_EXHAUSTED),
          Fault.refuse(Code.INTERNAL),
          Fault.refuse(Code.PERMISSION_DENIED),
          Fault.refuse(Code.UNKNOWN),
          Fault.refuse(Code.ABORTED),
          Fault.loseResponse(Code.UNAVAILABLE),
          Fault.loseResponse(Code.INTERNAL),
          Fault.loseResponse(Code.DEADLINE_EXCEEDED),
          Fault.loseResponse(Code.UNKNOWN),
          Fault.of(Fault.Kind.DROP_BEFORE),
          Fault.of(Fault.Kind.DROP_AFTER),
          Fault.of(Fault.Kind.DUPLICATE));

  private static final Duration MAX_DELAY = Duration.ofMillis(300);

  @Override
  public Fault apply(Call call) {
    Random random = random(call.toString() + call.image());
    if (random.nextInt(10) >= 3) {
      return Fault.NONE;
    }
    // Fewer hanging calls to Firestore and Pub/Sub: their adapters wait for seconds when a call
    // hangs.
    int rarity =
        call.service().equals(TestSystem.FIRESTORE) || call.service().equals(TestSystem.PUB_SUB)
            ? 60
            : 10;
    if (random.nextInt(rarity) == 0) {
      return Fault.of(random.nextBoolean() ? Fault.Kind.HANG_BEFORE : Fault.Kind.HANG_AFTER);
    }
    if (random.nextInt(6) == 0) {
      return Fault.delay(Duration.ofMillis(random.nextInt((int) MAX_DELAY.toMillis())));
    }
    Fault fault = FAULTS.get(random.nextInt(FAULTS.size()));
    return fault.kind() == Fault.Kind.DUPLICATE && !TestSystem.GRPC.contains(call.service())
        ? Fault.of(Fault.Kind.DROP_AFTER)
        : fault;
  }

  /** Vision's response for an image, by the number of earlier requests for it. */
  VisionVerdicts.Verdict verdict(String image, int before) {
    if (random("difficult " + image).nextInt(5) == 0) {
      // Until its attempts are exhausted.
      return VisionVerdicts.Verdict.INTERNAL;
    }
    int chance = random("verdict " + image + before).nextInt(12);
    if (chance == 0 && before == 0) {
      // Two such responses are a permanent failure.
      return VisionVerdicts.Verdict.BAD_DATA;
    }
    return switch (chance) {
      case 1 -> VisionVerdicts.Verdict.UNAVAILABLE;
      case 2 -> VisionVerdicts.Verdict.QUOTA;
      case 3 -> VisionVerdicts.Verdict.INTERNAL;
      default -> VisionVerdicts.Verdict.SEEN;
    };
  }

  private Random random(String what) {
    Random random = new Random(seed * 1_000_003 + what.hashCode());
    // Skip one number: the first numbers of adjacent seeds are similar.
    random.nextInt();
    return random;
  }
}
