package dev.whatsit.faults;

/** Decides what becomes of calls. Asked by several threads. */
@FunctionalInterface
interface Fates {
  /** Everything works. */
  Fates GOOD = call -> Fate.PASSED;

  Fate of(Call call);
}
