package dev.whatsit.http;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.gson.JsonSerializer;
import com.google.gson.TypeAdapter;
import com.google.gson.TypeAdapterFactory;
import com.google.gson.reflect.TypeToken;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonWriter;
import dev.whatsit.domain.document.EnumWord;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * Writes records as the JSON of the HTTP API. A component {@code sizeBytes} becomes the member
 * {@code size_bytes}; instants have milliseconds, doubles four digits and enums their word; null
 * components are left out, except those with {@link ExplicitNull}.
 */
public final class Json {
  private static final int DECIMAL_DIGITS = 4;
  private static final DateTimeFormatter MILLISECONDS =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  private static final Gson GSON =
      new GsonBuilder()
          .setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES)
          .disableHtmlEscaping()
          .registerTypeAdapter(
              Instant.class,
              (JsonSerializer<Instant>)
                  (instant, type, context) -> new JsonPrimitive(milliseconds(instant)))
          .registerTypeAdapter(
              Double.class,
              (JsonSerializer<Double>) (value, type, context) -> new JsonPrimitive(rounded(value)))
          .registerTypeHierarchyAdapter(
              EnumWord.class,
              (JsonSerializer<EnumWord>)
                  (constant, type, context) -> new JsonPrimitive(constant.word()))
          .create();

  private Json() {}

  /** A record as a JSON object, to which members can be added. */
  public static JsonObject tree(Object value) {
    return GSON.toJsonTree(value).getAsJsonObject();
  }

  static byte[] bytes(Object value) {
    return GSON.toJson(value).getBytes(StandardCharsets.UTF_8);
  }

  /** Rounds down, so that a value below a threshold never appears to reach it. */
  private static BigDecimal rounded(double value) {
    return BigDecimal.valueOf(value).setScale(DECIMAL_DIGITS, RoundingMode.DOWN);
  }

  private static String milliseconds(Instant instant) {
    return MILLISECONDS.format(instant.truncatedTo(ChronoUnit.MILLIS));
  }

  /** Writes an absent component as null: {@code @JsonAdapter(value = …, nullSafe = false)}. */
  public static final class ExplicitNull implements TypeAdapterFactory {
    /** Created by Gson. */
    public ExplicitNull() {}

    @Override
    public <T> TypeAdapter<T> create(Gson gson, TypeToken<T> type) {
      TypeAdapter<T> adapter = gson.getAdapter(type);
      return new TypeAdapter<>() {
        @Override
        public void write(JsonWriter out, @Nullable T value) throws IOException {
          if (value != null) {
            adapter.write(out, value);
            return;
          }
          out.setSerializeNulls(true);
          out.nullValue();
          out.setSerializeNulls(false);
        }

        @Override
        public T read(JsonReader in) throws IOException {
          return adapter.read(in);
        }
      };
    }
  }
}
