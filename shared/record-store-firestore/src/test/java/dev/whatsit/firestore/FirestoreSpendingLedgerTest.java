package dev.whatsit.firestore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.contracts.SpendingLedgerContract;
import dev.whatsit.domain.record.SpendingLedger;
import dev.whatsit.emulators.Emulator;
import dev.whatsit.emulators.junit.EmulatorExtension;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class FirestoreSpendingLedgerTest extends SpendingLedgerContract {
  @RegisterExtension
  static final EmulatorExtension FIRESTORE = EmulatorExtension.of(Emulator.FIRESTORE);

  private Emulated emulated;
  private Emulated otherProcess;

  @BeforeEach
  void open() {
    emulated = Emulated.fresh(FIRESTORE.hostPort());
    otherProcess = emulated.other();
  }

  @AfterEach
  void close() {
    emulated.close();
    otherProcess.close();
  }

  @Override
  protected SpendingLedger ledger() {
    return emulated.spending();
  }

  @Override
  protected SpendingLedger otherLedger() {
    return otherProcess.spending();
  }

  @Test
  void reserve_answerLost_countsTheUnitsOnce() {
    ledger().reserve("vision-2026-11", 50, 1000);
    emulated.wire().loseNextAnswer(Code.UNAVAILABLE);

    assertThat(ledger().reserve("vision-2026-11", 50, 1000)).isEqualTo(50);

    assertThat(otherLedger().reserve("vision-2026-11", 1000, 1000)).isEqualTo(900);
  }

  @Test
  void reserve_nobodyInterferes_takesTwoCallsAndOneAtTheCeiling() {
    ledger().reserve("vision-2026-11", 50, 100);
    assertThat(emulated.wire().calls()).containsExactly(Wire.READ, Wire.COMMIT);

    ledger().reserve("vision-2026-11", 50, 100);
    assertThat(emulated.wire().calls()).containsExactly(Wire.READ, Wire.COMMIT);

    assertThat(ledger().reserve("vision-2026-11", 50, 100)).isZero();
    assertThat(emulated.wire().calls()).containsExactly(Wire.READ);
  }
}
