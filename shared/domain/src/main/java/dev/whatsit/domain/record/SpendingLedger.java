package dev.whatsit.domain.record;

import dev.whatsit.domain.failure.TransientFailure;

/**
 * Counts units of something that costs money, over all instances, so that a ceiling holds.
 * Implementations are safe for use by several threads.
 */
public interface SpendingLedger {
  /**
   * Reserves units of a period's account by one conditional write. What is reserved counts as
   * spent, used or not: an instance that dies wastes the rest of what it reserved and never
   * overspends.
   *
   * @param account names what is counted and the period, for example {@code vision-2026-11};
   *     letters, digits and hyphens
   * @param units how many are wished for, at least 1
   * @param ceiling how many the account has in all, at least 0; the newest call's word holds
   * @return how many were granted, 0 to {@code units}; fewer only when the ceiling is near
   * @throws TransientFailure if it is not known whether units were reserved; those may be lost
   */
  long reserve(String account, long units, long ceiling);
}
