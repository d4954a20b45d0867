package dev.whatsit.emulators;

import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Arrays;
import java.util.List;

/**
 * The main class of the child process: runs another one, and ends the process when its standard
 * input ends. The parent holds the other end of that pipe, and the operating system closes it
 * however the parent dies, so no emulator outlives the one who started it.
 *
 * <p>What a terminal sends to all of its processes at Ctrl-C, or when it is closed, ends the parent
 * alone, which may still need the emulator for what is in flight.
 */
final class ParentProcessWatchdog {
  private static final List<String> OF_THE_TERMINAL = List.of("INT", "HUP");

  private ParentProcessWatchdog() {}

  /** With the main class to run, and its arguments. */
  public static void main(String[] arguments) throws Throwable {
    OF_THE_TERMINAL.forEach(ParentProcessWatchdog::ignore);
    Thread thread = new Thread(ParentProcessWatchdog::haltWithTheParent, "leash");
    thread.setDaemon(true);
    thread.start();
    MethodHandles.publicLookup()
        .findStatic(
            Class.forName(arguments[0]), "main", MethodType.methodType(void.class, String[].class))
        .invoke((Object) Arrays.copyOfRange(arguments, 1, arguments.length));
  }

  /** By reflection: the compiler warns of each use of the JDK's only way to do it. */
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
      // A system without this signal, or a JDK without the class: it ends with the others.
    }
  }

  private static void haltWithTheParent() {
    InputStream in = System.in;
    try {
      while (in.read() >= 0) {
        // Nothing is ever sent.
      }
    } catch (IOException e) {
      // The pipe is gone, and so is the parent.
    }
    // Not exit: nothing of an emulator is worth a shutdown hook that may hang.
    Runtime.getRuntime().halt(0);
  }
}
