package dev.whatsit.logging;

import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Writes log entries with labels: to the output that {@link Logging} installed, also during
 * shutdown, or without one to {@code java.util.logging}. Thread-safe.
 */
public final class EventLog {
  private final Logger logger;

  private EventLog(Logger logger) {
    this.logger = logger;
  }

  /** The log of a class. */
  public static EventLog of(Class<?> source) {
    return new EventLog(Logger.getLogger(source.getName()));
  }

  /** Logs an expected event. */
  public void info(String message, Labels labels) {
    log(Level.INFO, message, labels, null);
  }

  /** Logs an event that an operator may want to look at; the system recovers without help. */
  public void warning(String message, Labels labels, @Nullable Throwable cause) {
    log(Level.WARNING, message, labels, cause);
  }

  /** Logs an event that needs an operator's action. */
  public void error(String message, Labels labels, @Nullable Throwable cause) {
    log(Level.SEVERE, message, labels, cause);
  }

  private void log(Level level, String message, Labels labels, @Nullable Throwable cause) {
    if (!logger.isLoggable(level)) {
      return;
    }
    LogRecord record = new LogRecord(level, message);
    record.setLoggerName(logger.getName());
    record.setParameters(new Object[] {labels});
    record.setThrown(cause);
    if (!Logging.write(record)) {
      logger.log(record);
    }
  }
}
