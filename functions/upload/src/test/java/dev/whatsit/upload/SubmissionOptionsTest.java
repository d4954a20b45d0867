package dev.whatsit.upload;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.whatsit.http.FieldErrors;
import dev.whatsit.http.JsonBody;
import dev.whatsit.http.Problem.FieldError;
import dev.whatsit.http.ProblemException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SubmissionOptionsTest {
  private static final Instant NOW = Instant.parse("2026-11-21T08:19:44.497Z");

  @ParameterizedTest
  @CsvSource({"1,2026-11-21T08:19:45.497Z", "2591940,2026-12-21T08:18:44.497Z"})
  void read_delaySeconds_isCountedFromTheAcceptance(String seconds, Instant due) {
    assertThat(query(Map.of("delay_seconds", seconds)).dueAt(NOW)).hasValue(due);
    assertThat(form(Map.of("delay_seconds", seconds)).dueAt(NOW)).hasValue(due);
    assertThat(json("{\"delay_seconds\": " + seconds + "}").dueAt(NOW)).hasValue(due);
    assertThat(json("{\"delay_seconds\": " + seconds + ".0}").dueAt(NOW.plusSeconds(60)))
        .hasValue(due.plusSeconds(60));
  }

  @Test
  void read_noDelay_startsAtOnce() {
    assertThat(query(Map.of("delay_seconds", "0")).dueAt(NOW)).isEmpty();
    assertThat(json("{\"delay_seconds\": null, \"not_before\": null}").dueAt(NOW)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "2026-11-21T09:00:00Z,2026-11-21T09:00:00Z",
    "2026-11-21t09:00:00z,2026-11-21T09:00:00Z",
    "2026-11-21T10:30:00.5+01:30,2026-11-21T09:00:00.500Z",
    "2026-11-20T21:00:00-12:00,2026-11-21T09:00:00Z",
    "2026-11-22T08:59:00+23:59,2026-11-21T09:00:00Z",
    "2026-11-20T10:00:00-23:00,2026-11-21T09:00:00Z",
    // A leap second, which no Instant can represent, is read as the second after it.
    "2026-11-30T23:59:60Z,2026-12-01T00:00:00Z",
    "2026-12-01T05:29:60.25+05:30,2026-12-01T00:00:00.250Z",
    // Rounded up: never earlier than requested.
    "2026-11-21T09:00:00.123000001Z,2026-11-21T09:00:00.124Z"
  })
  void read_notBefore_isTheInstant(String text, Instant due) {
    assertThat(query(Map.of("not_before", text)).dueAt(NOW)).hasValue(due);
    assertThat(form(Map.of("not_before", text)).dueAt(NOW)).hasValue(due);
    assertThat(json("{\"not_before\": \"" + text + "\"}").dueAt(NOW)).hasValue(due);
  }

  @Test
  void read_notBeforeJustNow_isForgivenAsADifferenceOfClocks() {
    String justNow = NOW.minusSeconds(9).toString();

    assertThat(query(Map.of("not_before", justNow)).dueAt(NOW)).isEmpty();
  }

  @Test
  void dueAt_whenTheBodyTookLongerThanThat_isAtOnce() {
    SubmissionOptions options = query(Map.of("not_before", NOW.plusSeconds(5).toString()));

    assertThat(options.dueAt(NOW.plusSeconds(5))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "-1", "+5", "1.5", "5s", " 5", "2591941", "999999999", "9999999999", "٣"})
  void read_delayThatIsNone_isOutOfRange(String text) {
    assertThat(errors(Map.of("delay_seconds", text), Map.of(), null))
        .containsExactly("delay_seconds OUT_OF_RANGE");
    assertThat(errors(Map.of(), Map.of("delay_seconds", text), null))
        .containsExactly("delay_seconds OUT_OF_RANGE");
  }

  @ParameterizedTest
  @CsvSource({
    "'\"3\"',WRONG_TYPE",
    "true,WRONG_TYPE",
    "[3],WRONG_TYPE",
    "{},WRONG_TYPE",
    "-1,OUT_OF_RANGE",
    "0.5,OUT_OF_RANGE",
    "2591941,OUT_OF_RANGE",
    "1e30,OUT_OF_RANGE",
    "-1e-30,OUT_OF_RANGE"
  })
  void read_jsonDelayThatIsNone_isRefused(String value, String code) {
    assertThat(errors(Map.of(), Map.of(), "{\"delay_seconds\": " + value + "}"))
        .containsExactly("delay_seconds " + code);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "tomorrow",
        "1764000000",
        "2026-11-21",
        "2026-11-21T09:00:00",
        "2026-11-21T09:00Z",
        "2026-11-21 09:00:00Z",
        "2026-11-21T09:00:00 01:00",
        "2026-02-30T09:00:00Z",
        "2026-11-21T25:00:00Z",
        "2026-11-21T24:00:00Z",
        "2026-11-21T09:00:00+24:00",
        "2026-11-21T09:00:00+01:60",
        "2026-11-21T23:59:60Z",
        "2026-11-30T23:58:60Z",
        "2026-11-30T23:59:60+01:00",
        "2026-11-30T23:59:61Z",
        "2026-11-21T09:00:00.1234567890Z",
        "+12026-11-21T09:00:00Z"
      })
  void read_timeThatIsNone_isInvalid(String text) {
    assertThat(errors(Map.of("not_before", text), Map.of(), null))
        .containsExactly("not_before INVALID_VALUE");
    assertThat(errors(Map.of(), Map.of(), "{\"not_before\": \"" + text + "\"}"))
        .containsExactly("not_before INVALID_VALUE");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"2026-11-21T08:19:34Z", "1970-01-01T00:00:00Z", "2026-12-21T08:18:44.498Z"})
  void read_timeInThePastOrTooFar_isOutOfRange(String text) {
    assertThat(errors(Map.of("not_before", text), Map.of(), null))
        .containsExactly("not_before OUT_OF_RANGE");
  }

  private static SubmissionOptions query(Map<String, String> query) {
    FieldErrors errors = new FieldErrors();
    SubmissionOptions options = read(query, Map.of(), null, errors);
    errors.verify();
    return options;
  }

  private static SubmissionOptions form(Map<String, String> form) {
    FieldErrors errors = new FieldErrors();
    SubmissionOptions options = read(Map.of(), form, null, errors);
    errors.verify();
    return options;
  }

  private static SubmissionOptions json(String json) {
    FieldErrors errors = new FieldErrors();
    SubmissionOptions options = read(Map.of(), Map.of(), json, errors);
    errors.verify();
    return options;
  }

  private static List<String> errors(
      Map<String, String> query, Map<String, String> form, @Nullable String json) {
    FieldErrors errors = new FieldErrors();
    read(query, form, json, errors);
    List<String> codes = new ArrayList<>();
    assertThatThrownBy(errors::verify)
        .isInstanceOfSatisfying(
            ProblemException.class,
            refused ->
                ((List<?>) requireNonNull(refused.problem().members().get("errors")))
                    .forEach(error -> codes.add(shown((FieldError) error))));
    return codes;
  }

  private static String shown(FieldError error) {
    return error.field() + " " + error.code();
  }

  private static SubmissionOptions read(
      Map<String, String> query,
      Map<String, String> form,
      @Nullable String json,
      FieldErrors errors) {
    JsonObject object = json == null ? null : JsonParser.parseString(json).getAsJsonObject();
    return SubmissionOptions.read(
        name -> Optional.ofNullable(query.get(name)),
        form,
        object == null ? null : new JsonBody(object, "", errors),
        errors,
        NOW);
  }
}
