package dev.whatsit.upload;

import com.google.gson.JsonElement;
import com.google.gson.JsonPrimitive;
import dev.whatsit.http.FieldErrors;
import dev.whatsit.http.JsonBody;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The options of a submission. Each may be given as a query parameter, as a field of a form or as a
 * member of a JSON object, and in one of these places only.
 *
 * @param delay how long after its acceptance the work may start, or null
 * @param notBefore when the work may start, or null
 * @param callbackUrl URL to notify of the completion, as it was given, or null
 */
record SubmissionOptions(
    @Nullable Duration delay, @Nullable Instant notBefore, @Nullable String callbackUrl) {
  /** Cloud Tasks schedules up to 30 days ahead, counted from the later call to it. */
  static final Duration MAX_DELAY = Duration.ofDays(30).minusMinutes(1);

  /** How far a client's clock may be behind: a time up to this long ago counts as now. */
  static final Duration CLOCK_TOLERANCE = Duration.ofSeconds(10);

  static final String DELAY_SECONDS = "delay_seconds";
  static final String NOT_BEFORE = "not_before";
  static final String CALLBACK_URL = "callback_url";

  /** RFC 3339 section 5.6, with at most as many fraction digits as an {@link Instant} has. */
  private static final Pattern TIME =
      Pattern.compile(
          "(?<date>\\d{4}-\\d{2}-\\d{2})[Tt](?<minute>\\d{2}:\\d{2}):(?<second>\\d{2})"
              + "(?<fraction>(?:\\.\\d{1,9})?)"
              + "(?:[Zz]|(?<sign>[+-])(?<hours>[01]\\d|2[0-3]):(?<minutes>[0-5]\\d))");

  private static final String LEAP_SECOND = "60";

  /**
   * Reads the options and records every error in them.
   *
   * @param query gives a query parameter by its name
   * @param form the fields beside the file of a form, by name; empty if the body is not a form
   * @param json the members of a JSON body; null if the body is not JSON
   * @param errors receives the errors; the caller calls {@link FieldErrors#verify}
   */
  static SubmissionOptions read(
      Function<String, Optional<String>> query,
      Map<String, String> form,
      @Nullable JsonBody json,
      FieldErrors errors,
      Instant now) {
    Places places = new Places(query, form, json, errors);
    Optional<Given> delay = places.find(DELAY_SECONDS);
    Optional<Given> notBefore = places.find(NOT_BEFORE);
    if (delay.isPresent() && notBefore.isPresent()) {
      String detail = "Give " + DELAY_SECONDS + " or " + NOT_BEFORE + ", not both.";
      errors.add(DELAY_SECONDS, "CONFLICTING", detail);
      errors.add(NOT_BEFORE, "CONFLICTING", detail);
    }
    OptionalLong seconds =
        delay
            .map(given -> places.integer(given, MAX_DELAY.toSeconds()))
            .orElseGet(OptionalLong::empty);
    return new SubmissionOptions(
        seconds.isPresent() ? Duration.ofSeconds(seconds.getAsLong()) : null,
        notBefore.flatMap(given -> places.startOf(given, now)).orElse(null),
        places.find(CALLBACK_URL).flatMap(places::text).orElse(null));
  }

  /**
   * When the work of a submission that is accepted now may start, rounded up to milliseconds, which
   * every store keeps; empty if it may start at once.
   */
  Optional<Instant> dueAt(Instant now) {
    Instant due = delay == null ? notBefore : now.plus(delay);
    if (due == null || !due.isAfter(now)) {
      return Optional.empty();
    }
    Instant whole = due.truncatedTo(ChronoUnit.MILLIS);
    return Optional.of(whole.equals(due) ? due : whole.plusMillis(1));
  }

  /** One option as it was given: a text, or a member of a JSON object. */
  private record Given(String name, JsonElement value, boolean isJson) {}

  /** The places where an option may be given. */
  private record Places(
      Function<String, Optional<String>> query,
      Map<String, String> form,
      @Nullable JsonBody json,
      FieldErrors errors) {
    Optional<Given> find(String name) {
      Optional<Given> inQuery = query.apply(name).map(text -> text(name, text));
      Optional<Given> inForm = Optional.ofNullable(form.get(name)).map(text -> text(name, text));
      Optional<Given> inJson =
          json == null ? Optional.empty() : json.find(name).map(it -> new Given(name, it, true));
      int places =
          (inQuery.isPresent() ? 1 : 0)
              + (inForm.isPresent() ? 1 : 0)
              + (inJson.isPresent() ? 1 : 0);
      if (places > 1) {
        errors.add(name, "GIVEN_TWICE", "Give it in one place, the query or the body.");
      }
      return inQuery.or(() -> inForm).or(() -> inJson);
    }

    private static Given text(String name, String text) {
      return new Given(name, new JsonPrimitive(text), false);
    }

    Optional<String> text(Given given) {
      if (given.value instanceof JsonPrimitive primitive && primitive.isString()) {
        return Optional.of(primitive.getAsString());
      }
      errors.add(given.name, "WRONG_TYPE", "Must be a string.");
      return Optional.empty();
    }

    /** A whole number from 0; in JSON it must be a number. */
    OptionalLong integer(Given given, long max) {
      boolean number = given.value instanceof JsonPrimitive primitive && primitive.isNumber();
      if (given.isJson && !number) {
        errors.add(given.name, "WRONG_TYPE", "Must be a number.");
        return OptionalLong.empty();
      }
      if (number || given.value.getAsString().matches("[0-9]{1,9}")) {
        BigDecimal value = given.value.getAsBigDecimal().stripTrailingZeros();
        if (value.scale() <= 0
            && value.signum() >= 0
            && value.compareTo(BigDecimal.valueOf(max)) <= 0) {
          return OptionalLong.of(value.longValueExact());
        }
      }
      errors.add(
          given.name, "OUT_OF_RANGE", "Must be a whole number from 0 to " + max + ", in seconds.");
      return OptionalLong.empty();
    }

    Optional<Instant> startOf(Given given, Instant now) {
      if (!(given.value instanceof JsonPrimitive primitive && primitive.isString())) {
        errors.add(given.name, "WRONG_TYPE", "Must be a string.");
        return Optional.empty();
      }
      Optional<Instant> start = time(given.value.getAsString());
      if (start.isEmpty()) {
        errors.add(
            given.name,
            "INVALID_VALUE",
            "Must be a time as RFC 3339 writes it, for example 2027-01-31T08:00:00Z; in a query a"
                + " plus sign is written %2B.");
      } else if (start.get().isBefore(now.minus(CLOCK_TOLERANCE))) {
        errors.add(given.name, "OUT_OF_RANGE", "Must not lie in the past.");
      } else if (start.get().isAfter(now.plus(MAX_DELAY))) {
        errors.add(
            given.name, "OUT_OF_RANGE", "Must be no more than 30 days less a minute from now.");
      }
      return start;
    }

    private static Optional<Instant> time(String text) {
      Matcher time = TIME.matcher(text);
      if (!time.matches()) {
        return Optional.empty();
      }
      boolean isLeap = LEAP_SECOND.equals(time.group("second"));
      try {
        // Subtracted by hand: RFC 3339 allows longer offsets than are in use or java.time accepts.
        Instant instant =
            LocalDateTime.parse(
                    time.group("date")
                        + "T"
                        + time.group("minute")
                        + (isLeap ? ":59" : ":" + time.group("second"))
                        + time.group("fraction"))
                .toInstant(ZoneOffset.UTC)
                .minus(offset(time));
        return isLeap ? afterLeapSecond(instant.plusSeconds(1)) : Optional.of(instant);
      } catch (DateTimeException e) {
        // A day or an hour that does not exist.
        return Optional.empty();
      }
    }

    private static Duration offset(Matcher time) {
      if (time.group("sign") == null) {
        return Duration.ZERO;
      }
      Duration offset =
          Duration.ofHours(Integer.parseInt(time.group("hours")))
              .plusMinutes(Integer.parseInt(time.group("minutes")));
      return time.group("sign").equals("-") ? offset.negated() : offset;
    }

    /** RFC 3339 section 5.7: a leap second can occur only at the end of a month in UTC. */
    private static Optional<Instant> afterLeapSecond(Instant next) {
      LocalDateTime utc = LocalDateTime.ofInstant(next, ZoneOffset.UTC);
      boolean isBegin = utc.getDayOfMonth() == 1 && utc.toLocalTime().toSecondOfDay() == 0;
      return isBegin ? Optional.of(next) : Optional.empty();
    }
  }
}
