package dev.whatsit.stores;

import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.contracts.Race;
import dev.whatsit.contracts.Samples;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.domain.record.SpendingLedger;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** The contract of {@link SpendingLedger}, on a document store. */
public abstract class SpendingLedgerSuite extends StoreSuite {
  /** As {@link StoreSuite}. */
  protected SpendingLedgerSuite(
      Supplier<DocumentStore> documents, Supplier<DocumentStore> otherDocuments) {
    super(documents, otherDocuments);
  }

  private SpendingLedger ledger() throws Exception {
    return new SpendingLedger(faulty());
  }

  private SpendingLedger otherLedger() throws Exception {
    return new SpendingLedger(otherDocuments());
  }

  @Test
  void reserve_nearTheLimit_grantsTheRestAndThenNothing() throws Exception {
    String account = Samples.id("account");
    ledger().reserve(account, 50, 70);

    assertThat(otherLedger().reserve(account, 50, 70)).isEqualTo(20);
    assertThat(ledger().reserve(account, 1, 70)).isZero();
  }

  @Test
  void reserve_limitLoweredBelowWhatIsSpent_grantsNothing() throws Exception {
    String account = Samples.id("account");
    ledger().reserve(account, 50, 100);

    assertThat(ledger().reserve(account, 10, 20)).isZero();
    assertThat(ledger().reserve(account, 100, 100)).isEqualTo(50);
  }

  @Test
  void reserve_manyAtOnce_neverGrantMoreThanTheLimit() throws Exception {
    String account = Samples.id("account");

    List<Long> granted =
        Race.of(16, i -> () -> (i % 2 == 0 ? ledger() : otherLedger()).reserve(account, 10, 95));

    assertThat(granted.stream().mapToLong(Long::longValue).sum()).isEqualTo(95);
  }

  @Test
  void reserve_responseLost_isReservedOnce() throws Exception {
    String account = Samples.id("account");
    faulty().reportNextCommitAsConflict();

    assertThat(ledger().reserve(account, 50, 100)).isEqualTo(50);

    assertThat(ledger().reserve(account, 100, 100)).isEqualTo(50);
  }

  @Test
  void reserve_inItsCourse_takesTwoStoreCalls() throws Exception {
    String account = Samples.id("account");

    ledger().reserve(account, 50, 100);
    assertCalls("get", "commit");
    ledger().reserve(account, 50, 50);
    assertCalls("get");
  }
}
