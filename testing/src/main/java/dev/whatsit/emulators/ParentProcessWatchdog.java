package dev.whatsit.emulators;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Arrays;
import java.util.List;

/**
 * Ends an emulator when its parent process ends. This is the main class of the child process: it
 * runs the emulator's main class, and halts the process when its standard input ends. The parent
 * holds the other end of that pipe, and the operating system closes it however the parent ends, so
 * no emulator outlives its parent.
 *
 * <p>A terminal sends SIGINT (Ctrl-C) and SIGHUP (close) to all of its processes. The child ignores
 * both, because the parent may still need the emulator for work in flight.
 */
final class ParentProcessWatchdog {
  private ParentProcessWatchdog() {}

  /** Runs the main class in the first argument with the other arguments. */
  public static void main(String[] arguments) throws Throwable {
    List.of("INT", "HUP").forEach(ParentProcessWatchdog::ignore);
    Thread thread = new Thread(ParentProcessWatchdog::haltWithTheParent, "parent-watchdog");
    thread.setDaemon(true);
    thread.start();
    MethodHandles.publicLookup()
        .findStatic(
            Class.forName(arguments[0]), "main", MethodType.methodType(void.class, String[].class))
        .invoke((Object) Arrays.copyOfRange(arguments, 1, arguments.length));
  }

  /**
   * By reflection, because the compiler warns of each use of sun.misc.Signal, the only API for
   * this.
   */
  private static void ignore(String signal) {
    try {
      Class<?> type = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      type.getMethod("handle", type, handler)
          .invoke(
              null,
              type.getConstructor(String.class).newInstance(signal),
              handler.getField("SIG_IGN").get(null));
    } catch (ReflectiveOperationException e) {
      // The system lacks this signal, or the JDK this class: the signal ends the child too.
    }
  }

  private static void haltWithTheParent() {
    try {
      while (System.in.read() >= 0) {
        // The parent sends nothing.
      }
    } catch (IOException e) {
      // The pipe is broken: the parent has ended.
    }
    // Not exit: an emulator needs no shutdown hooks, and they may hang.
    Runtime.getRuntime().halt(0);
  }
}
