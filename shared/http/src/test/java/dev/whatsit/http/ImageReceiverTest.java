package dev.whatsit.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.whatsit.domain.image.ImageHash;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageReceiverTest {
  private static final int MAX = 200_000;

  private final MemoryBudget budget = new MemoryBudget(530_000);
  private final ImageReceiver receiver = new ImageReceiver(MAX, budget, Duration.ofHours(1));

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 65_535, 65_536, 65_537, 131_072, MAX - 1, MAX})
  void receive_anySize_keepsTheBytesAndTheirHash(int size) throws IOException {
    byte[] bytes = bytes(size);
    ImageHash hash = ImageHash.ofDigest(ImageHash.newDigest().digest(bytes));
    for (OptionalLong declared : new OptionalLong[] {OptionalLong.of(size), OptionalLong.empty()}) {
      try (ReceivedImage received = receiver.receive(new Dribble(bytes), declared)) {
        assertThat(received.bytes().stream().readAllBytes()).isEqualTo(bytes);
        assertThat(received.hash()).isEqualTo(hash);
      }
      assertThat(budget.used()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 65_536, 65_537, MAX})
  void receive_declared_isOneArrayAndCountsOnce(int size) {
    try (ReceivedImage received =
        receiver.receive(new Dribble(bytes(size)), OptionalLong.of(size))) {
      assertThat(received.bytes().toArray()).isSameAs(received.bytes().toArray()).hasSize(size);
      assertThat(budget.used()).isEqualTo(size);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 65_537, MAX})
  void receive_undeclared_countsTheCopyThatAStoreMayMake(int size) {
    try (ReceivedImage received =
        receiver.receive(new Dribble(bytes(size)), OptionalLong.empty())) {
      assertThat(received.bytes().toArray()).isNotSameAs(received.bytes().toArray()).hasSize(size);
      assertThat(budget.used()).isGreaterThanOrEqualTo(2L * size);
    }
  }

  @Test
  void receive_moreThanDeclared_countsAllOfIt() {
    try (ReceivedImage received =
        receiver.receive(new Dribble(bytes(50_000)), OptionalLong.of(30_000))) {
      assertThat(received.bytes().size()).isEqualTo(50_000);
      assertThat(budget.used()).isGreaterThanOrEqualTo(100_000);
    }
  }

  @Test
  void receive_largestImageUnderTheMinBudget_isTaken() {
    ImageReceiver tight =
        new ImageReceiver(MAX, new MemoryBudget(ImageReceiver.minBudget(MAX)), Duration.ofHours(1));
    for (OptionalLong declared : new OptionalLong[] {OptionalLong.of(MAX), OptionalLong.empty()}) {
      try (ReceivedImage received = tight.receive(new Dribble(bytes(MAX)), declared)) {
        assertThat(received.bytes().size()).isEqualTo(MAX);
      }
    }
  }

  /** Regression: 503, because memory for one more segment was reserved first. */
  @Test
  void receive_undeclaredAndTooLargeUnderTheMinBudget_isTooLarge() {
    int max = 2 * 65_536;
    ImageReceiver tight =
        new ImageReceiver(max, new MemoryBudget(ImageReceiver.minBudget(max)), Duration.ofHours(1));

    ProblemException refusal =
        catchThrowableOfType(
            ProblemException.class,
            () -> tight.receive(new Dribble(bytes(max + 1)), OptionalLong.empty()));

    assertThat(refusal.problem().code()).isEqualTo("IMAGE_TOO_LARGE");
  }

  /** Regression: a client that declared much and sent one byte took the whole budget. */
  @Test
  void receive_declaredMuchAndSentOneByte_leavesTheBudgetToOthers() {
    AtomicLong used = new AtomicLong();
    InputStream slow =
        new InputStream() {
          private boolean sent;

          @Override
          public int read() throws IOException {
            throw new IOException("unused");
          }

          @Override
          public int read(byte[] target, int offset, int length) throws IOException {
            if (!sent) {
              sent = true;
              return 1;
            }
            used.set(budget.used());
            throw new IOException("gone");
          }
        };

    assertThat(refusal(slow, OptionalLong.of(MAX)).code()).isEqualTo("INCOMPLETE_BODY");
    assertThat(used.get()).isEqualTo(65_536);
  }

  @Test
  void receive_declaredTooLarge_isRefusedBeforeReading() {
    Problem problem = refusal(failing(new IOException("was read")), OptionalLong.of(MAX + 1L));

    assertThat(problem.status()).isEqualTo(413);
    assertThat(problem.code()).isEqualTo("IMAGE_TOO_LARGE");
    assertThat(problem.members()).containsKey("max_bytes");
  }

  @Test
  void receive_budgetUsedUp_isRefusedAndGivesEverythingBack() {
    try (ReceivedImage first =
            receiver.receive(new ByteArrayInputStream(bytes(MAX)), OptionalLong.of(MAX));
        ReceivedImage second =
            receiver.receive(new ByteArrayInputStream(bytes(MAX - 1)), OptionalLong.of(MAX - 1L))) {
      long used = budget.used();

      Problem declared =
          refusal(new ByteArrayInputStream(bytes(150_000)), OptionalLong.of(150_000));
      Problem undeclared = refusal(new ByteArrayInputStream(bytes(150_000)), OptionalLong.empty());

      assertThat(declared.status()).isEqualTo(503);
      assertThat(declared.headers()).containsEntry("Retry-After", "1");
      assertThat(undeclared.code()).isEqualTo("OVER_CAPACITY");
      assertThat(budget.used()).isEqualTo(used);
      assertThat(first.hash()).isNotEqualTo(second.hash());
    }
  }

  @Test
  void receive_brokenOff_isRefusedAndGivesEverythingBack() {
    Problem problem = refusal(failing(new IOException("gone")), OptionalLong.of(MAX));

    assertThat(problem.code()).isEqualTo("INCOMPLETE_BODY");
    assertThat(budget.used()).isZero();
  }

  @Test
  void receive_idle_isATimeout() {
    InputStream idle = failing(new IOException(new TimeoutException("idle")));

    assertThat(refusal(idle, OptionalLong.empty()).status()).isEqualTo(408);
  }

  @Test
  void receive_pastItsTime_isATimeout() {
    ImageReceiver impatient = new ImageReceiver(MAX, budget, Duration.ZERO);

    ProblemException refusal =
        catchThrowableOfType(
            ProblemException.class,
            () -> impatient.receive(new Dribble(bytes(10)), OptionalLong.empty()));

    assertThat(refusal.problem().code()).isEqualTo("REQUEST_TIMEOUT");
  }

  private Problem refusal(InputStream body, OptionalLong declared) {
    return catchThrowableOfType(ProblemException.class, () -> receiver.receive(body, declared))
        .problem();
  }

  private static InputStream failing(IOException failure) {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        throw failure;
      }

      @Override
      public int read(byte[] target, int offset, int length) throws IOException {
        throw failure;
      }
    };
  }

  private static byte[] bytes(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }

  /** Returns chunks of random size, as a network does. */
  private static final class Dribble extends InputStream {
    private final InputStream source;
    private final Random random = new Random(7);

    Dribble(byte[] bytes) {
      this.source = new ByteArrayInputStream(bytes);
    }

    @Override
    public int read() throws IOException {
      return source.read();
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      return source.read(target, offset, Math.min(length, 1 + random.nextInt(20_000)));
    }
  }
}
