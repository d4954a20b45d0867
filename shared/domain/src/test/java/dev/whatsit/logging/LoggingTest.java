package dev.whatsit.logging;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;

class LoggingTest {
  private static final String HASH = "ab".repeat(32);

  @Test
  void format_json_hasTheFieldsThatCloudLoggingReads() {
    LogRecord record =
        record(
            Level.WARNING,
            "two\nlines",
            Labels.of("image_hash", HASH).and("request_id", "r-1").inTrace("0af7651916cd43dd"));
    record.setThrown(new IllegalStateException("why"));

    String line = new CloudLoggingFormatter("my-project").format(record);

    assertThat(line).endsWith("}\n").containsOnlyOnce("\n");
    JsonObject json = JsonParser.parseString(line).getAsJsonObject();
    assertThat(json.get("severity").getAsString()).isEqualTo("WARNING");
    assertThat(json.get("message").getAsString()).isEqualTo("two lines");
    assertThat(
            json.getAsJsonObject("logging.googleapis.com/labels").get("image_hash").getAsString())
        .isEqualTo(HASH);
    assertThat(json.get("logging.googleapis.com/trace").getAsString())
        .isEqualTo("projects/my-project/traces/0af7651916cd43dd");
    assertThat(json.get("stack_trace").getAsString()).contains("IllegalStateException: why");
  }

  @Test
  void format_plain_isOneShortLine() {
    String line =
        new PlainFormatter(ZoneOffset.UTC)
            .format(record(Level.INFO, "classified", Labels.of("image_hash", HASH)));

    assertThat(line)
        .matches("\\d\\d:\\d\\d:\\d\\d\\.\\d{3}  classified  image_hash=abababababab…\n");
  }

  @Test
  void formatter_onCloudRun_isJsonWhateverTheTerminal() {
    Formatter formatter = Logging.formatter(Map.of("K_SERVICE", "upload"));

    assertThat(formatter).isInstanceOf(CloudLoggingFormatter.class);
    assertThat(Logging.formatter(Map.of("LOG_FORMAT", "plain"))).isInstanceOf(PlainFormatter.class);
  }

  /** LogManager's shutdown hook calls reset while our hooks still wait for requests in flight. */
  @Test
  void info_afterTheLogManagerWasReset_isStillWritten() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Logging.install(new PlainFormatter(ZoneOffset.UTC), new PrintStream(out, true, UTF_8));
    EventLog log = EventLog.of(LoggingTest.class);

    log.info("before", Labels.NONE);
    LogManager.getLogManager().reset();
    log.info("after", Labels.of("request_id", "r-1"));

    assertThat(out.toString(UTF_8).lines())
        .hasSize(2)
        .last(STRING)
        .endsWith("  after  request_id=r-1");
  }

  private static LogRecord record(Level level, String message, Labels labels) {
    LogRecord record = new LogRecord(level, message);
    record.setLoggerName("dev.whatsit.Test");
    record.setParameters(new Object[] {labels});
    return record;
  }
}
