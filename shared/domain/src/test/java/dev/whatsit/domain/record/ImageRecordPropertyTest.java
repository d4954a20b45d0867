package dev.whatsit.domain.record;

import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.domain.queue.WorkMessage;
import dev.whatsit.domain.record.ImageRecord.Decision;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Runs random histories of one record, from a seed that a failure message shows. */
class ImageRecordPropertyTest {
  private static final long SEED = Long.getLong("whatsit.seed", 20_261_121);

  @Test
  void anyHistory_neverHasTwoHoldersNorLosesAWriteNorLeavesAFinalStatusByItself() {
    Random random = new Random(SEED);
    for (int history = 0; history < 2_000; history++) {
      List<String> events = new ArrayList<>();
      try {
        play(random, events);
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("seed " + SEED + ", history " + history + ": " + events, e);
      }
    }
  }

  private static void play(Random random, List<String> events) {
    @Nullable ImageRecord record =
        random.nextBoolean() ? null : ImageRecord.queued(Records.IMAGE, "m0", Records.NOW);
    Instant now = Records.NOW;
    List<String> tokens = new ArrayList<>(List.of("none"));
    for (int step = 0; step < 20; step++) {
      now = now.plusSeconds(random.nextInt(100));
      // Any earlier claim holder may still call, however late.
      String token = tokens.get(random.nextInt(tokens.size()));
      int event = random.nextInt(6);
      events.add(event + ":" + token + "@" + now);
      ImageRecord next = null;
      if (event == 0 || record == null) {
        int run = 1 + random.nextInt(3);
        String mine = "t" + step;
        WorkMessage message = new WorkMessage(Records.IMAGE, run, now);
        Claim claim = new Claim(message, "m" + random.nextInt(3), mine, now, now.plusSeconds(150));
        Decision decision = ImageRecord.decide(record, claim);
        if (decision instanceof Decision.Next granted) {
          next = granted.record();
          tokens.add(mine);
          assertGrantIsFair(record, claim, next);
        }
      } else if (event == 1) {
        next = finished(record, token, new Outcome.Classified(Records.RESULT), now);
      } else if (event == 2) {
        next = finished(record, token, new Outcome.Failed(Records.ERROR), now);
      } else if (event == 3) {
        next = record.released(token, now).orElse(null);
        assertThat(next == null || token.equals(record.token())).isTrue();
      } else if (event == 4) {
        next = record.retried(now).orElse(null);
        assertThat(next != null).isEqualTo(record.status().isFinal());
      } else {
        next = record.confirmedQueued(record.run(), "m9", now).orElse(null);
      }
      if (next != null) {
        assertThat(next.revision()).isEqualTo(record == null ? 1 : record.revision() + 1);
        assertThat(record == null || next.run() >= record.run()).isTrue();
        record = next;
      }
    }
  }

  private static @Nullable ImageRecord finished(
      ImageRecord record, String token, Outcome outcome, Instant now) {
    Optional<ImageRecord> next = record.finished(token, outcome, now);
    boolean held = record.status() == Status.PROCESSING && token.equals(record.token());
    assertThat(next.isPresent()).isEqualTo(held);
    next.ifPresent(
        ended -> {
          assertThat(ended.status().isFinal()).isTrue();
          assertThat(ended.wasEndedWith(token)).isTrue();
          assertThat(ended.finished(token, outcome, now)).isEmpty();
        });
    return next.orElse(null);
  }

  private static void assertGrantIsFair(
      @Nullable ImageRecord before, Claim claim, ImageRecord after) {
    assertThat(after.token()).isEqualTo(claim.token());
    if (before == null || after.run() > before.run()) {
      assertThat(after.attempts()).isEqualTo(1);
      return;
    }
    assertThat(before.status().isFinal()).isFalse();
    Instant lease = before.leaseUntil();
    assertThat(lease == null || !lease.isAfter(claim.now())).isTrue();
    assertThat(after.attempts()).isEqualTo(before.attempts() + 1);
  }
}
