package dev.whatsit.logging;

import com.google.gson.JsonObject;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.jspecify.annotations.Nullable;

/**
 * Formats each record as one line of JSON, with the special fields of Cloud Logging's structured
 * logging page: {@code severity}, {@code message}, {@code time}, {@code
 * logging.googleapis.com/labels}, {@code logging.googleapis.com/trace}; and {@code stack_trace},
 * which Error Reporting reads.
 */
final class CloudLoggingFormatter extends Formatter {
  private final @Nullable String project;

  /**
   * Creates a formatter.
   *
   * @param project the Google Cloud project that traces belong to, or null outside one
   */
  CloudLoggingFormatter(@Nullable String project) {
    this.project = project;
  }

  @Override
  public String format(LogRecord record) {
    JsonObject line = new JsonObject();
    line.addProperty("severity", severity(record.getLevel()));
    line.addProperty("message", LogText.message(record));
    line.addProperty("time", record.getInstant().toString());
    line.addProperty("logger", record.getLoggerName());
    Labels labels = LogText.labels(record);
    if (!labels.values().isEmpty()) {
      JsonObject values = new JsonObject();
      labels.values().forEach(values::addProperty);
      line.add("logging.googleapis.com/labels", values);
    }
    String trace = labels.trace();
    if (trace != null) {
      line.addProperty(
          "logging.googleapis.com/trace",
          project == null ? trace : "projects/" + project + "/traces/" + trace);
    }
    Throwable thrown = record.getThrown();
    if (thrown != null) {
      StringWriter text = new StringWriter();
      thrown.printStackTrace(new PrintWriter(text, true));
      line.addProperty("stack_trace", text.toString());
    }
    return line + "\n";
  }

  private static String severity(Level level) {
    int value = level.intValue();
    if (value >= Level.SEVERE.intValue()) {
      return "ERROR";
    }
    if (value >= Level.WARNING.intValue()) {
      return "WARNING";
    }
    return value >= Level.INFO.intValue() ? "INFO" : "DEBUG";
  }
}
