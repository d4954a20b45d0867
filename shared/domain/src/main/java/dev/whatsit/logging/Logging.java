package dev.whatsit.logging;

import dev.whatsit.domain.settings.Settings;
import java.io.Console;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Sets up logging for everything under {@code dev.whatsit}. {@code LOG_FORMAT} is {@code json} or
 * {@code plain}; unset, it is plain in a terminal and JSON elsewhere.
 */
public final class Logging {
  private static final String ROOT_NAME = "dev.whatsit";
  private static final String FORMAT = "LOG_FORMAT";
  private static final List<String> FORMATS = List.of("json", "plain");

  /** Held strongly: {@code java.util.logging} keeps only weak references to loggers. */
  private static final Logger ROOT = Logger.getLogger(ROOT_NAME);

  /**
   * Held here too: at shutdown, the hook of {@code LogManager} removes all handlers from all
   * loggers, while our hooks still wait for requests in flight and log their results.
   */
  private static volatile @Nullable LineHandler installed;

  private Logging() {}

  /** Rejects a wrong {@code LOG_FORMAT} in the settings. */
  public static void check(Settings settings) {
    settings.find(FORMAT).ifPresent(format -> settings.oneOf(FORMAT, format, FORMATS));
  }

  /**
   * Writes the log to standard output in the format that the settings choose. An unknown format
   * counts as not set here; {@link #check} reports it. Calling this again replaces the earlier
   * set-up.
   *
   * @param settings names and values, for example the environment; reads {@code LOG_FORMAT}, {@code
   *     K_SERVICE} and {@code GOOGLE_CLOUD_PROJECT}
   */
  public static synchronized void install(Map<String, String> settings) {
    install(formatter(settings), System.out);
  }

  static synchronized void install(Formatter formatter, PrintStream out) {
    for (Handler old : ROOT.getHandlers()) {
      ROOT.removeHandler(old);
    }
    ROOT.setUseParentHandlers(false);
    ROOT.setLevel(Level.INFO);
    LineHandler handler = new LineHandler(formatter, out);
    ROOT.addHandler(handler);
    installed = handler;
  }

  /** Writes a record to the installed output, or returns false when none is installed. */
  static boolean write(LogRecord record) {
    LineHandler handler = installed;
    if (handler == null) {
      return false;
    }
    handler.publish(record);
    return true;
  }

  static Formatter formatter(Map<String, String> settings) {
    String format = settings.getOrDefault(FORMAT, "").strip();
    boolean plain =
        format.equals("plain")
            || (!format.equals("json") && !settings.containsKey("K_SERVICE") && inTerminal());
    return plain
        ? new PlainFormatter(ZoneId.systemDefault())
        : new CloudLoggingFormatter(settings.get("GOOGLE_CLOUD_PROJECT"));
  }

  @SuppressWarnings("SystemConsoleNull") // Null before JDK 22; later JDKs are asked below.
  private static boolean inTerminal() {
    Console console = System.console();
    if (console == null) {
      return false;
    }
    try {
      // From JDK 22 on there is always a console, and this method says whether it is a terminal.
      return (boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (ReflectiveOperationException e) {
      return true;
    }
  }

  /** Writes each record by one call, so that lines of several threads are never mixed. */
  private static final class LineHandler extends Handler {
    private final PrintStream out;

    LineHandler(Formatter formatter, PrintStream out) {
      this.out = out;
      setFormatter(formatter);
    }

    @Override
    public void publish(LogRecord record) {
      if (isLoggable(record)) {
        byte[] line = getFormatter().format(record).getBytes(StandardCharsets.UTF_8);
        out.write(line, 0, line.length);
        out.flush();
      }
    }

    @Override
    public void flush() {
      out.flush();
    }

    @Override
    public void close() {}
  }
}
