package dev.whatsit.embedded;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.reflect.TypeToken;
import dev.whatsit.domain.record.Attempt;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The attempts of a record as one text. */
final class AttemptsJson {
  /** Members that this version does not know are passed over. */
  private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

  private static final TypeToken<List<Entry>> ENTRIES = new TypeToken<>() {};

  private AttemptsJson() {}

  /** One attempt; instants in nanoseconds, as in the columns. */
  private record Entry(
      int run,
      int number,
      long startedAt,
      @Nullable Long endedAt,
      @Nullable String result,
      @Nullable String code) {}

  static String write(List<Attempt> attempts) {
    return GSON.toJson(
        attempts.stream()
            .map(
                attempt ->
                    new Entry(
                        attempt.run(),
                        attempt.number(),
                        Instants.toNanos(attempt.startedAt()),
                        Instants.toNanosOrNull(attempt.endedAt()),
                        attempt.result() == null ? null : attempt.result().word(),
                        attempt.code()))
            .toList());
  }

  static List<Attempt> read(@Nullable String json) throws SQLException {
    List<Attempt> attempts = new ArrayList<>();
    if (json != null) {
      for (Entry entry : GSON.fromJson(json, ENTRIES)) {
        attempts.add(
            new Attempt(
                entry.run,
                entry.number,
                Instants.ofNanos(entry.startedAt),
                Instants.ofNanosOrNull(entry.endedAt),
                result(entry.result),
                entry.code));
      }
    }
    return attempts;
  }

  private static Attempt.@Nullable Result result(@Nullable String word) throws SQLException {
    return word == null
        ? null
        : Attempt.Result.ofWord(word)
            .orElseThrow(() -> new SQLException("unknown result of an attempt: " + word));
  }
}
