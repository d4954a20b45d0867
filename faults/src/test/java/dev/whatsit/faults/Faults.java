package dev.whatsit.faults;

import dev.whatsit.faultproxy.Fault;

/** Decides what becomes of calls. Asked by several threads. */
@FunctionalInterface
interface Faults {
  /** Everything works. */
  Faults NONE = call -> Fault.NONE;

  Fault of(Call call);
}
