package dev.whatsit.domain.record;

import dev.whatsit.domain.document.Codec;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.domain.document.Documents;
import dev.whatsit.domain.document.Step;
import dev.whatsit.domain.failure.TransientFailure;

/**
 * Counts units of something that costs money, over all instances, so that a limit holds: one
 * document for each account in the collection {@code spending}. Two store calls for each
 * reservation. Firestore takes about one write a second on one document for long: callers reserve
 * in blocks. Thread-safe.
 */
public final class SpendingLedger {
  /** How accounts are stored. */
  public static final Codec<Account> CODEC = Codec.of("spending", Account.class).build();

  private final Documents<Account> documents;

  /** The accounts in a store. */
  public SpendingLedger(DocumentStore store) {
    this.documents = new Documents<>(store, CODEC);
  }

  /**
   * What was reserved of an account.
   *
   * @param units that are reserved, used or not
   */
  public record Account(long units) {}

  /**
   * Reserves units of a period's account by one conditional write. What is reserved counts as
   * spent, used or not: an instance that crashes wastes the rest of what it reserved and never
   * overspends.
   *
   * @param account names what is counted and the period, for example {@code vision-2026-11};
   *     letters, digits and hyphens
   * @param units how many are wished for, at least 1
   * @param limit of the account, at least 0; that of the newest call holds
   * @return how many were granted, 0 to {@code units}; fewer only when the limit is near
   * @throws TransientFailure if it is not known whether units were reserved; those may be lost
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
