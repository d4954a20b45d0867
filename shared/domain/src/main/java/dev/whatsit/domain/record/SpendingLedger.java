package dev.whatsit.domain.record;

import dev.whatsit.domain.document.Codec;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.domain.document.Documents;
import dev.whatsit.domain.document.Step;
import dev.whatsit.domain.failure.TransientFailure;

/**
 * Counts billed units over all function instances, so that a spending limit holds: one document for
 * each account in the collection {@code spending}. Each reservation takes two store calls.
 * Firestore sustains about one write per second on one document, so callers reserve in blocks.
 * Thread-safe.
 */
public final class SpendingLedger {
  public static final Codec<Account> CODEC = Codec.of("spending", Account.class).build();

  private final Documents<Account> documents;

  public SpendingLedger(DocumentStore store) {
    this.documents = new Documents<>(store, CODEC);
  }

  /**
   * The state of an account.
   *
   * @param units number of reserved units, used or not
   */
  public record Account(long units) {}

  /**
   * Reserves units of a period's account by one conditional write. Reserved units count as spent,
   * used or not: an instance that crashes wastes its unused reservation but never overspends.
   *
   * @param account name of the counted thing and the period, for example {@code vision-2026-11};
   *     letters, digits and hyphens
   * @param units number of requested units, at least 1
   * @param limit limit of the account, at least 0; it is not stored, each call uses its own
   * @return the number of granted units, 0 to {@code units}; less than {@code units} only when the
   *     limit is nearly reached
   * @throws TransientFailure if it is not known whether units were reserved; these may be lost
   */
  public long reserve(String account, long units, long limit) {
    return documents.change(
        documents.get(account),
        current -> {
          long spent = current.find().map(Account::units).orElse(0L);
          long granted = Math.max(0, Math.min(units, limit - spent));
          return granted == 0
              ? Step.answer(0L)
              : Step.put(new Account(spent + granted), written -> granted);
        });
  }
}
