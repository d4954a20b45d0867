package dev.whatsit.contracts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.domain.record.SpendingLedger;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a {@link SpendingLedger} promises. */
public abstract class SpendingLedgerContract {
  /** The ledger under test. */
  protected abstract SpendingLedger ledger() throws Exception;

  /** The same ledger as another process sees it, where that is another object. */
  protected SpendingLedger otherLedger() throws Exception {
    return ledger();
  }

  @Test
  void reserve_farFromTheCeiling_grantsAll() throws Exception {
    assertThat(ledger().reserve(Samples.id("account"), 50, 1000)).isEqualTo(50);
  }

  @Test
  void reserve_nearTheCeiling_grantsTheRestAndThenNothing() throws Exception {
    String account = Samples.id("account");
    ledger().reserve(account, 50, 70);

    assertThat(otherLedger().reserve(account, 50, 70)).isEqualTo(20);
    assertThat(ledger().reserve(account, 1, 70)).isZero();
  }

  @Test
  void reserve_ceilingOfZero_grantsNothing() throws Exception {
    assertThat(ledger().reserve(Samples.id("account"), 50, 0)).isZero();
  }

  @Test
  void reserve_ceilingRaised_grantsAgain() throws Exception {
    String account = Samples.id("account");
    ledger().reserve(account, 50, 50);

    assertThat(ledger().reserve(account, 50, 80)).isEqualTo(30);
  }

  @Test
  void reserve_ceilingLoweredBelowWhatIsSpent_grantsNothingAndForgetsNothing() throws Exception {
    String account = Samples.id("account");
    ledger().reserve(account, 50, 100);

    assertThat(ledger().reserve(account, 10, 20)).isZero();
    assertThat(ledger().reserve(account, 100, 100)).isEqualTo(50);
  }

  @Test
  void reserve_otherAccount_isCountedApart() throws Exception {
    ledger().reserve(Samples.id("account"), 50, 50);

    assertThat(ledger().reserve(Samples.id("account"), 50, 50)).isEqualTo(50);
  }

  @Test
  void reserve_manyAtOnce_neverGrantMoreThanTheCeiling() throws Exception {
    String account = Samples.id("account");

    List<Long> granted =
        Race.of(16, i -> () -> (i % 2 == 0 ? ledger() : otherLedger()).reserve(account, 10, 95));

    assertThat(granted.stream().mapToLong(Long::longValue).sum()).isEqualTo(95);
  }
}
