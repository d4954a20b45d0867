package dev.whatsit.logging;

import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogRecord;

/**
 * Formats a record for a person at a terminal: one short line of time, level unless it is INFO,
 * message and labels; and a further line for each cause.
 */
final class PlainFormatter extends Formatter {
  private final DateTimeFormatter time;

  PlainFormatter(ZoneId zone) {
    this.time = DateTimeFormatter.ofPattern("HH:mm:ss.SSS").withZone(zone);
  }

  @Override
  public String format(LogRecord record) {
    StringBuilder line = new StringBuilder(time.format(record.getInstant()));
    if (record.getLevel().intValue() != Level.INFO.intValue()) {
      line.append(' ').append(record.getLevel().getName());
    }
    line.append("  ").append(LogText.message(record));
    LogText.labels(record)
        .values()
        .forEach(
            (name, value) -> line.append("  ").append(name).append('=').append(shorten(value)));
    for (Throwable cause = record.getThrown(); cause != null; cause = cause.getCause()) {
      line.append("\n    ").append(cause);
    }
    return line.append('\n').toString();
  }

  /** Shortens a hash to its first 12 digits, which are enough to recognise it. */
  private static String shorten(String value) {
    return value.length() == 64 ? value.substring(0, 12) + "…" : value;
  }
}
