package dev.whatsit.logging;

import java.util.logging.LogRecord;

/** Reads the parts of a record that both formatters use. */
final class LogText {
  private LogText() {}

  static Labels labels(LogRecord record) {
    Object[] parameters = record.getParameters();
    return parameters != null && parameters.length == 1 && parameters[0] instanceof Labels labels
        ? labels
        : Labels.NONE;
  }

  /** The message without line breaks, so that an entry is always one line. */
  static String message(LogRecord record) {
    String message = record.getMessage();
    return message == null ? "" : message.replace('\n', ' ').replace('\r', ' ');
  }
}
