package dev.whatsit.faults;

import dev.whatsit.faultproxy.Fault;

/** Chooses the fault of each call. Called concurrently. */
@FunctionalInterface
interface Faults {
  /** No call fails. */
  Faults NONE = call -> Fault.NONE;

  Fault of(Call call);
}
