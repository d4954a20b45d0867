package dev.whatsit.emulators;

import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Arrays;

/**
 * The main class of the child process: runs another one, and ends the process when its standard
 * input ends. The parent holds the other end of that pipe, and the operating system closes it
 * however the parent dies, so no emulator outlives the one who started it.
 */
final class Leash {
  private Leash() {}

  /** With the main class to run, and its arguments. */
  public static void main(String[] arguments) throws Throwable {
    Thread thread = new Thread(Leash::haltWithTheParent, "leash");
    thread.setDaemon(true);
    thread.start();
    MethodHandles.publicLookup()
        .findStatic(
            Class.forName(arguments[0]), "main", MethodType.methodType(void.class, String[].class))
        .invoke((Object) Arrays.copyOfRange(arguments, 1, arguments.length));
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
