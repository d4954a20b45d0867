package dev.whatsit.faults;

import com.google.rpc.Code;
import java.time.Duration;

/**
 * What becomes of one remote call.
 *
 * @param kind how it ends
 * @param code what the caller is told, where it is told something that is not so; else OK
 * @param delay how much later the answer comes, where it is late
 */
record Fate(Kind kind, Code code, Duration delay) {
  /** How a call ends. */
  enum Kind {
    /** As the service answers it. */
    PASSED,
    /** Nothing is done, and the caller is told so. */
    REFUSED,
    /** The work is done, and the caller is told that it failed. */
    LOST,
    /** Nothing is done, and no answer ever comes. */
    HANGS,
    /** The work is done, and no answer ever comes. */
    HANGS_ONCE_DONE,
    /** The work is done, and the answer takes its time. */
    LATE,
    /** Nothing is done, and the connection ends. */
    DROPPED,
    /** The work is done, and the connection ends before the answer. */
    DROPPED_ONCE_DONE
  }

  static final Fate PASSED = of(Kind.PASSED);

  /** A fate that needs no further word. */
  static Fate of(Kind kind) {
    return new Fate(kind, Code.OK, Duration.ZERO);
  }

  static Fate refused(Code code) {
    return new Fate(Kind.REFUSED, code, Duration.ZERO);
  }

  static Fate lost(Code code) {
    return new Fate(Kind.LOST, code, Duration.ZERO);
  }

  static Fate late(Duration delay) {
    return new Fate(Kind.LATE, Code.OK, delay);
  }

  /** Whether the caller gets the service's own answer. */
  boolean isAnswered() {
    return kind == Kind.PASSED || kind == Kind.LATE;
  }

  @Override
  public String toString() {
    return switch (kind) {
      case REFUSED, LOST -> kind + "(" + code + ")";
      case LATE -> kind + "(" + delay.toMillis() + " ms)";
      default -> kind.toString();
    };
  }
}
