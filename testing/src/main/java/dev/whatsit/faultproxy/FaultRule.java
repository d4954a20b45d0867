package dev.whatsit.faultproxy;

/** Chooses the fault of each call. Called concurrently, once per call, and must not block. */
@FunctionalInterface
public interface FaultRule {
  /** Passes every call. */
  FaultRule NONE = call -> Fault.NONE;

  /** The fault of this call, {@link Fault#NONE} to pass it. */
  Fault of(Call call);
}
